"""Case data: drafts, submissions, personal values and attachments."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.models.processes import where
from storage.types import ELEMENT_ID, UtcDateTime


class Subject(Model):
    """A person whom values are about. Destroying `wrapped_key` erases all of them.

    kind: account, applicant, row, or a name that a form gives, such as contact.
    """

    __tablename__ = "subject"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    instance_id: Mapped[UUID | None] = mapped_column(sa.Uuid, index=True)
    wrapped_key: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SubjectIndex(Model):
    """Blind index: HMAC of a normalised whole value, so that a person is found without the value being readable."""

    __tablename__ = "subject_index"
    kind: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"), primary_key=True, index=True)


class Submission(Model):
    """The answers of one completed task: immutable. `answers` is canonical JSON without the personal fields."""

    __tablename__ = "submission"
    __table_args__ = (sa.UniqueConstraint("task_id", "number"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"))
    element_id: Mapped[str] = mapped_column(sa.String(ELEMENT_ID))
    round: Mapped[int] = mapped_column(sa.Integer)
    number: Mapped[int] = mapped_column(sa.Integer, default=1)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    answers: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))


class PersonalValue(Model):
    """One personal value of a submission or event: ciphertext of (salt, value) under its subject's key."""

    __tablename__ = "personal_value"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(sa.Uuid, index=True)
    path: Mapped[str] = mapped_column(sa.String(200))
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"), index=True)
    ciphertext: Mapped[bytes] = mapped_column(sa.LargeBinary)
    commitment: Mapped[str] = mapped_column(sa.String(64))


class Draft(Model):
    """What an organisation has typed into a task so far; `revision` grows with each save.

    The body is encrypted as a whole, and what is personal inside it once more under the person it is about.
    """

    __tablename__ = "draft"
    __table_args__ = (sa.UniqueConstraint("task_id", "round", "organisation_id"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"))
    round: Mapped[int] = mapped_column(sa.Integer)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    revision: Mapped[int] = mapped_column(sa.Integer)
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    saved_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attachment(Model):
    """A file: pending -> held -> committed, or quarantined / expired. The original name is personal, so encrypted.

    expires_at: until when nobody collects a pending or quarantined file; of an expired one, until when its deletion is
    leased to a worker. checked_at: when its bytes were last found to be those of sha256. embedded: how many files lie in it
    beside what a viewer shows. store_mark: what the store calls the bytes that were checked; other bytes have another one.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        sa.Index("ix_attachment_uncommitted", "status", **where("status <> 'committed'")),
        sa.Index("ix_attachment_content", "organisation_id", "sha256"),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    task_id: Mapped[UUID] = mapped_column(sa.ForeignKey("task.id"), index=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    field: Mapped[str] = mapped_column(sa.String(200))
    status: Mapped[str] = mapped_column(sa.String(12))
    object_key: Mapped[str] = mapped_column(sa.String(100), unique=True)
    subject_id: Mapped[UUID] = mapped_column(sa.ForeignKey("subject.id"))
    name: Mapped[bytes] = mapped_column(sa.LargeBinary)
    media_type: Mapped[str | None] = mapped_column(sa.String(100))
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    embedded: Mapped[int | None] = mapped_column(sa.Integer)
    store_mark: Mapped[str | None] = mapped_column(sa.String(100))
    submission_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("submission.id"))
    uploaded_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
