"""Timers and awaited messages of running instances; who closed an incident, and how."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timer",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("interrupting", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_timer_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "key", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_table(
        "awaited_message",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("correlation", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_awaited_message_instance_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", "key", name=op.f("pk_awaited_message")),
    )
    op.create_index("ix_awaited_message_name", "awaited_message", ["name", "correlation"], unique=False)
    op.add_column("incident", sa.Column("closed_by", sa.Uuid(), nullable=True))
    op.add_column("incident", sa.Column("resolution", sa.String(length=12), nullable=True))
    op.create_index(op.f("ix_incident_opened_at"), "incident", ["opened_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_incident_opened_at"), table_name="incident")
    with op.batch_alter_table("incident") as incident:
        incident.drop_column("resolution")
        incident.drop_column("closed_by")
    op.drop_table("awaited_message")
    op.drop_table("timer")
