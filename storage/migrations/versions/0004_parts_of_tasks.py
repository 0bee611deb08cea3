"""What a task is a part of: a countersigned whole, one run of several; whose signature it is."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("whole_key", sa.String(length=64), nullable=True))
    op.add_column("task", sa.Column("run", sa.Integer(), nullable=True))
    op.add_column("task", sa.Column("item", sa.Text(), nullable=True))
    op.add_column("task", sa.Column("signer", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("task") as task:
        task.drop_column("signer")
        task.drop_column("item")
        task.drop_column("run")
        task.drop_column("whole_key")
