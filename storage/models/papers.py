"""Papers that the house has issued."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class IssuedDocument(Model):
    """A receipt, correction notice or decision as it was issued, in one language; never changed, never set again.

    `about_seq` is the event of its case that it is about, `event_seq` the one that names its digest. Its bytes lie in the
    store until the person whom `subject_id` stands for is erased; `checked_at` is when they were last found to be those
    of sha256.
    """

    __tablename__ = "issued_document"
    __table_args__ = (sa.UniqueConstraint("instance_id", "kind", "about_seq", "language"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"))
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    about_seq: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[str] = mapped_column(sa.String(80))
    language: Mapped[str] = mapped_column(sa.String(8))
    object_key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    event_seq: Mapped[int] = mapped_column(sa.Integer)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
