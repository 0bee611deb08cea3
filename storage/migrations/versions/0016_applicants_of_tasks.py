"""Whose case a task is of, and indexes that tell whether an offered task is for the reader."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OFFERED = "status = 'open' AND assignee_id IS NULL"
AGAIN = f"{OFFERED} AND round > 1"
JUDGED = ["applicant_id", "signer"]
INDEXES = {
    "ix_task_offered_to_group": (OFFERED, ["group_id", "created_at", "id"], JUDGED),
    "ix_task_offered_by_due": (OFFERED, ["group_id", "due_at", "created_at", "id"], JUDGED),
    "ix_task_offered_of_process": (
        OFFERED,
        ["group_id", "process_key", "element_id", "round"],
        ["created_at", "id", *JUDGED],
    ),
    "ix_task_offered_again": (AGAIN, ["group_id", "created_at", "id"], JUDGED),
    "ix_task_offered_again_by_due": (AGAIN, ["group_id", "due_at", "created_at", "id"], JUDGED),
}


def upgrade() -> None:
    op.add_column("task", sa.Column("applicant_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE task SET applicant_id = (SELECT organisation_id FROM instance WHERE instance.id = task.instance_id)"
    )
    for name, (condition, columns, more) in INDEXES.items():
        _anew(name, [*columns, *more], condition)


def downgrade() -> None:
    for name, (condition, columns, _) in INDEXES.items():
        _anew(name, columns, condition)
    op.drop_column("task", "applicant_id")


def _anew(name: str, columns: list[str], condition: str) -> None:
    op.drop_index(name, table_name="task")
    where = sa.text(condition)
    op.create_index(name, "task", columns, unique=False, sqlite_where=where, postgresql_where=where)
