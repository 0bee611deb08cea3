"""What a deployed version calls, and room for the ids of elements within called processes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WIDER = {"task": 64, "submission": 64, "timer": 200, "awaited_message": 200}
ROOM = 400


def upgrade() -> None:
    op.create_table(
        "definition_call",
        sa.Column("definition_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(length=64), nullable=False),
        sa.Column("called_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_definition_call_definition_id")
        ),
        sa.ForeignKeyConstraint(["called_id"], ["definition.id"], name=op.f("fk_definition_call_called_id")),
        sa.PrimaryKeyConstraint("definition_id", "process_key", name=op.f("pk_definition_call")),
    )
    for table, length in WIDER.items():
        _set_length(table, length, ROOM)


def downgrade() -> None:
    for table, length in WIDER.items():
        _set_length(table, ROOM, length)
    op.drop_table("definition_call")


def _set_length(table: str, was: int, length: int) -> None:
    """Change the length of ``element_id``.

    SQLite does not keep to lengths, and has no statement for this one: other tables point to these, so they cannot be
    made anew. What it offers instead is to correct the text of the declaration (sqlite.org/lang_altertable.html, 7).
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column(
            table,
            "element_id",
            type_=sa.String(length=length),
            existing_type=sa.String(length=was),
            existing_nullable=False,
        )
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :was, :now) WHERE type = 'table' AND name = :name"
        ),
        {
            "was": f"element_id VARCHAR({was}) NOT NULL",
            "now": f"element_id VARCHAR({length}) NOT NULL",
            "name": table,
        },
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
