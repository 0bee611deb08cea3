"""What a timer was computed from, and terms for handing in.

Cases that were begun before have no such term: nobody told their applicants of one, and an upgrade ends nothing.
Their timers keep their instants, because nothing says what they were computed from.
"""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("timer") as timer:
        timer.add_column(sa.Column("kind", sa.String(length=8), nullable=False, server_default="engine"))
        timer.add_column(sa.Column("form", sa.String(length=8), nullable=True))
        timer.add_column(sa.Column("text", sa.String(length=100), nullable=True))
        timer.add_column(sa.Column("since", UtcDateTime(), nullable=True))
        timer.add_column(sa.Column("working", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("instance", sa.Column("fill_in_key", sa.String(length=64), nullable=True))
    op.add_column("instance", sa.Column("fill_in_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM timer WHERE kind <> 'engine'")
    with op.batch_alter_table("timer") as timer:
        for column in ("working", "since", "text", "form", "kind"):
            timer.drop_column(column)
    with op.batch_alter_table("instance") as instance:
        instance.drop_column("fill_in_until")
        instance.drop_column("fill_in_key")
