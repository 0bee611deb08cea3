"""Open work by deadline, process, step and round: what the filters of the inbox read."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OFFERED = "status = 'open' AND assignee_id IS NULL"


def upgrade() -> None:
    op.add_column("task", sa.Column("process_key", sa.String(64), server_default=sa.text("''"), nullable=False))
    op.execute(
        "UPDATE task SET process_key = (SELECT process_key FROM instance WHERE instance.id = task.instance_id)"
    )
    _partial("ix_task_offered_by_due", ["group_id", "due_at", "created_at", "id"], OFFERED)
    _partial("ix_task_offered_of_process", ["group_id", "process_key", "element_id", "round"], OFFERED)
    _partial("ix_task_offered_again", ["group_id", "created_at", "id"], f"{OFFERED} AND round > 1")
    _partial(
        "ix_task_offered_again_by_due", ["group_id", "due_at", "created_at", "id"], f"{OFFERED} AND round > 1"
    )


def downgrade() -> None:
    for name in ("again_by_due", "again", "of_process", "by_due"):
        op.drop_index(f"ix_task_offered_{name}", table_name="task")
    op.drop_column("task", "process_key")


def _partial(name: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        "task",
        columns,
        unique=False,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
