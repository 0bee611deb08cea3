"""Deployed definitions, running instances and their tasks."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class Definition(Model):
    """One deployed version of a package, bound to the SHA-256 of its files."""

    __tablename__ = "definition"
    __table_args__ = (sa.UniqueConstraint("process_key", "version"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    process_key: Mapped[str] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(sa.Integer)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(200))
    deployed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deployed_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str | None] = mapped_column(sa.String(500))


class DefinitionFile(Model):
    """A file of a deployed package, byte for byte as it was checked."""

    __tablename__ = "definition_file"
    definition_id: Mapped[UUID] = mapped_column(sa.ForeignKey("definition.id"), primary_key=True)
    path: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class NumberSequence(Model):
    """The last serial given out per series, such as ZS-2026."""

    __tablename__ = "number_sequence"
    series: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    last: Mapped[int] = mapped_column(sa.Integer)


class Instance(Model):
    """A running or ended process: its status, its engine state and the head of its journal.

    status: active, suspended, completed, cancelled, failed. outcome is data (approved, withdrawn, ...).
    state is opaque bytes of the engine; state_sha256 covers (id, state_version, definition, state).
    """

    __tablename__ = "instance"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    process_key: Mapped[str] = mapped_column(sa.String(64), index=True)
    definition_id: Mapped[UUID] = mapped_column(sa.ForeignKey("definition.id"))
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    started_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    status: Mapped[str] = mapped_column(sa.String(12))
    outcome: Mapped[str | None] = mapped_column(sa.String(64))
    state: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state_version: Mapped[int] = mapped_column(sa.Integer)
    state_sha256: Mapped[str] = mapped_column(sa.String(64))
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    journal_seq: Mapped[int] = mapped_column(sa.Integer)
    journal_hash: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Task(Model):
    """A user task of an instance, open for a group (staff lanes) or an organisation (the applicant's lane).

    status: open, completed, cancelled. `key` is the engine's name of the token; `version` grows with each change.
    """

    __tablename__ = "task"
    __table_args__ = (
        sa.UniqueConstraint("instance_id", "key"),
        sa.Index("ix_task_group_open", "group_id", "status", "created_at", "id"),
        sa.Index("ix_task_organisation_open", "organisation_id", "status", "created_at", "id"),
        sa.Index("ix_task_assignee_open", "assignee_id", "status", "created_at", "id"),
        sa.Index("ix_task_ended_by", "ended_by", "ended_at", "id"),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"))
    key: Mapped[str] = mapped_column(sa.String(64))
    element_id: Mapped[str] = mapped_column(sa.String(64))
    lane: Mapped[str] = mapped_column(sa.String(64))
    round: Mapped[int] = mapped_column(sa.Integer)
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    group_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("organisation_group.id"))
    assignee_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    status: Mapped[str] = mapped_column(sa.String(12))
    outcome: Mapped[str | None] = mapped_column(sa.String(64))
    form_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(sa.Integer, default=1)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))


class Timer(Model):
    """A timer that an instance has set, by the engine's key; the row goes when it fires or is dropped.

    `due_at` is UTC. A worker that is about to fire it holds it until `lease_until`. One that could not be carried out
    has `failed_at`: it stops only its own task, and waits for an operator.
    """

    __tablename__ = "timer"
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    element_id: Mapped[str] = mapped_column(sa.String(200))
    host: Mapped[str] = mapped_column(sa.String(64))
    interrupting: Mapped[bool] = mapped_column(sa.Boolean)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AwaitedMessage(Model):
    """A message that an instance waits for. `correlation` is the canonical text of the value that tells cases apart."""

    __tablename__ = "awaited_message"
    __table_args__ = (sa.Index("ix_awaited_message_name", "name", "correlation"),)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    element_id: Mapped[str] = mapped_column(sa.String(200))
    name: Mapped[str] = mapped_column(sa.String(200))
    correlation: Mapped[str] = mapped_column(sa.String(500))
