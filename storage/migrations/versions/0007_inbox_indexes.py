"""Indexes in the order in which the inbox and its search read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OFFERED = "status = 'open' AND assignee_id IS NULL"
TO_ORGANISATION = f"{OFFERED} AND group_id IS NULL"


def upgrade() -> None:
    op.drop_index("ix_task_group_open", table_name="task")
    op.drop_index("ix_task_organisation_open", table_name="task")
    _partial("ix_task_offered_to_group", "group_id", OFFERED)
    _partial("ix_task_offered_to_organisation", "organisation_id", TO_ORGANISATION)
    op.create_index("ix_instance_number_id", "instance", ["number", "id"], unique=False)
    op.drop_index("ix_instance_organisation_id", table_name="instance")
    op.create_index(
        "ix_instance_organisation_id", "instance", ["organisation_id", "created_at", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_instance_organisation_id", table_name="instance")
    op.create_index("ix_instance_organisation_id", "instance", ["organisation_id"], unique=False)
    op.drop_index("ix_instance_number_id", table_name="instance")
    op.drop_index("ix_task_offered_to_organisation", table_name="task")
    op.drop_index("ix_task_offered_to_group", table_name="task")
    op.create_index(
        "ix_task_organisation_open", "task", ["organisation_id", "status", "created_at", "id"], unique=False
    )
    op.create_index("ix_task_group_open", "task", ["group_id", "status", "created_at", "id"], unique=False)


def _partial(name: str, first: str, condition: str) -> None:
    op.create_index(
        name,
        "task",
        [first, "created_at", "id"],
        unique=False,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
