"""Papers that the house has issued, named in the journal by their digests."""

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("about_seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("object_key", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_issued_document_instance_id"),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name="fk_issued_document_subject_id"),
        sa.PrimaryKeyConstraint("id", name="pk_issued_document"),
        sa.UniqueConstraint(
            "instance_id", "kind", "about_seq", "language", name="uq_issued_document_instance_id_kind_about_seq_language"
        ),
        sa.UniqueConstraint("object_key", name="uq_issued_document_object_key"),
    )
    op.create_index("ix_issued_document_subject_id", "issued_document", ["subject_id"], unique=False)
    op.create_index("ix_issued_document_checked_at", "issued_document", ["checked_at"], unique=False)


def downgrade() -> None:
    op.drop_table("issued_document")
