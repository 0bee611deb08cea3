"""What the store calls the bytes of a file that was checked, and files of one organisation by their content."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("store_mark", sa.String(100), nullable=True))
    op.create_index("ix_attachment_content", "attachment", ["organisation_id", "sha256"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_attachment_content", table_name="attachment")
    with op.batch_alter_table("attachment") as attachment:
        attachment.drop_column("store_mark")
