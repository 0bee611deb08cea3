"""Workers show themselves; who leased a job; partial indexes that count what is open without reading what is done."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_task_open", "task", ["due_at"], "status = 'open'"),
    ("ix_instance_running", "instance", ["status"], "status IN ('active', 'suspended')"),
    ("ix_instance_quarantined", "instance", ["quarantined_at"], "quarantined_at IS NOT NULL"),
    ("ix_incident_open", "incident", ["kind"], "closed_at IS NULL"),
    ("ix_attachment_uncommitted", "attachment", ["status"], "status <> 'committed'"),
    ("ix_timer_failed", "timer", ["failed_at"], "failed_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "worker_seen",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(100), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("rounds", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("troubles", sa.BigInteger(), nullable=False),
        sa.Column("round_ms", sa.Integer(), nullable=False),
        sa.Column("memory", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker_seen"),
    )
    op.add_column("job", sa.Column("leased_by", sa.Uuid(), nullable=True))
    for name, table, columns, condition in PARTIAL:
        op.create_index(
            name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
        )


def downgrade() -> None:
    for name, table, _columns, _condition in reversed(PARTIAL):
        op.drop_index(name, table_name=table)
    op.drop_column("job", "leased_by")
    op.drop_table("worker_seen")
