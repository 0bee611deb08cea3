"""When a file was last found whole, and how many files lie in it."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("embedded", sa.Integer(), nullable=True))
    op.add_column("attachment", sa.Column("checked_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE attachment SET checked_at = created_at WHERE status IN ('held', 'committed')")
    op.create_index(op.f("ix_attachment_checked_at"), "attachment", ["checked_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_attachment_checked_at"), table_name="attachment")
    with op.batch_alter_table("attachment") as attachment:
        attachment.drop_column("checked_at")
        attachment.drop_column("embedded")
