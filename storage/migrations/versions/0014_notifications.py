"""Notices, what goes out of them, how people want to be told, and which events were not looked at for it yet."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("noticed_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE event SET noticed_at = at")  # nobody is told what happened long ago
    _partial("ix_event_unnoticed", "event", ["at"], "noticed_at IS NULL")
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about", sa.String(80), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        *_keys("notification", account="account", organisation="organisation", instance="instance", task="task"),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sa.UniqueConstraint("account_id", "kind", "about", name="uq_notification_account_id_kind_about"),
    )
    op.create_index("ix_notification_list", "notification", ["account_id", "created_at", "id"], unique=False)
    op.create_index("ix_notification_instance_id", "notification", ["instance_id"], unique=False)
    op.create_index("ix_notification_task_id", "notification", ["task_id"], unique=False)
    _partial("ix_notification_unread", "notification", ["account_id"], "read_at IS NULL")
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(100), nullable=True),
        sa.Column("error", sa.String(100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        *_keys("delivery", notification="notification", account="account"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_list", "delivery", ["created_at", "id"], unique=False)
    op.create_index("ix_delivery_status", "delivery", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_delivery_notification_id", "delivery", ["notification_id"], unique=False)
    op.create_index("ix_delivery_digest_id", "delivery", ["digest_id"], unique=False)
    _partial("ix_delivery_gathered", "delivery", ["account_id", "channel"], "status = 'gathered'")
    op.create_table(
        "notification_preference",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        *_keys("notification_preference", account="account"),
        sa.PrimaryKeyConstraint("account_id", "kind", "channel", name="pk_notification_preference"),
    )
    op.create_table(
        "reminder",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        *_keys("reminder", task="task"),
        sa.PrimaryKeyConstraint("task_id", "kind", "due_at", name="pk_reminder"),
    )


def downgrade() -> None:
    for table in ("reminder", "notification_preference", "delivery", "notification"):
        op.drop_table(table)
    op.drop_index("ix_event_unnoticed", table_name="event")
    with op.batch_alter_table("event") as event:
        event.drop_column("noticed_at")


def _keys(table: str, **to: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([f"{name}_id"], [f"{other}.id"], name=f"fk_{table}_{name}_id")
        for name, other in to.items()
    ]


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name, table, columns, unique=False, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )
