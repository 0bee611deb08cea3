"""How long finished cases took, and the ended cases in the order of their end."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_pace",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(64), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_case_pace_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_case_pace")),
    )
    op.create_index("ix_case_pace_process", "case_pace", ["process_key", "ended_at"], unique=False)
    op.create_index(op.f("ix_case_pace_ended_at"), "case_pace", ["ended_at"], unique=False)
    op.create_index(op.f("ix_instance_ended_at"), "instance", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_instance_ended_at"), table_name="instance")
    op.drop_table("case_pace")
