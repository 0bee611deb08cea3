"""Deployed definitions, running instances and their tasks."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import ELEMENT_ID, UtcDateTime

_OFFERED = "status = 'open' AND assignee_id IS NULL"
_AGAIN = f"{_OFFERED} AND round > 1"
_JUDGED = ("applicant_id", "signer")
"""What tells whether an offered task is for the reader: in the index, so that SQLite finds a page without reading rows."""


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


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


class DefinitionCall(Model):
    """What a deployed version was bound to when it was deployed: for a process that it calls, that version of it."""

    __tablename__ = "definition_call"
    definition_id: Mapped[UUID] = mapped_column(sa.ForeignKey("definition.id"), primary_key=True)
    process_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    called_id: Mapped[UUID] = mapped_column(sa.ForeignKey("definition.id"))


class NumberSequence(Model):
    """The last serial given out per series, such as ZS-2026."""

    __tablename__ = "number_sequence"
    series: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    last: Mapped[int] = mapped_column(sa.Integer)


class Instance(Model):
    """A running or ended process: its status, its engine state and the head of its journal.

    status: active, suspended, completed, cancelled, failed. outcome is data (approved, withdrawn, ...).
    state is opaque bytes of the engine; state_sha256 covers (id, state_version, definition, state).
    fill_in_key is the task that has to be completed by fill_in_until, else the case expires; both go when it closes.
    """

    __tablename__ = "instance"
    __table_args__ = (
        sa.Index("ix_instance_number_id", "number", "id"),  # what a search by a part of the number reads
        sa.Index("ix_instance_organisation_id", "organisation_id", "created_at", "id"),
        sa.Index("ix_instance_running", "status", **where("status IN ('active', 'suspended')")),
        sa.Index("ix_instance_quarantined", "quarantined_at", **where("quarantined_at IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    process_key: Mapped[str] = mapped_column(sa.String(64), index=True)
    definition_id: Mapped[UUID] = mapped_column(sa.ForeignKey("definition.id"))
    organisation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("organisation.id"))
    started_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("account.id"))
    status: Mapped[str] = mapped_column(sa.String(12))
    outcome: Mapped[str | None] = mapped_column(sa.String(64))
    state: Mapped[bytes] = mapped_column(sa.LargeBinary)
    state_version: Mapped[int] = mapped_column(sa.Integer)
    state_sha256: Mapped[str] = mapped_column(sa.String(64))
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fill_in_key: Mapped[str | None] = mapped_column(sa.String(64))
    fill_in_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    journal_seq: Mapped[int] = mapped_column(sa.Integer)
    journal_hash: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class Task(Model):
    """A user task of an instance, open for a group (staff lanes) or an organisation (the applicant's lane).

    status: open, completed, cancelled. `key` is the engine's name of the token; `version` grows with each change.

    One of several runs has `whole_key`, the engine's key of what it is a part of, and `run`, its number from 0. `item` is
    the value that a run of a list is for, as canonical JSON. `signer` is whose signature a part of a countersigned task
    is: the id of an account, or the lane of a department. `process_key` and `applicant_id` are those of the case, so that
    what waits for a group is found by its process, and kept from its own applicants (K15), without a look at every case.
    """

    __tablename__ = "task"
    __table_args__ = (
        sa.UniqueConstraint("instance_id", "key"),
        sa.Index("ix_task_offered_to_group", "group_id", "created_at", "id", *_JUDGED, **where(_OFFERED)),
        sa.Index("ix_task_offered_by_due", "group_id", "due_at", "created_at", "id", *_JUDGED, **where(_OFFERED)),
        sa.Index(
            "ix_task_offered_of_process", "group_id", "process_key", "element_id", "round", "created_at", "id", *_JUDGED,
            **where(_OFFERED),
        ),
        sa.Index("ix_task_offered_again", "group_id", "created_at", "id", *_JUDGED, **where(_AGAIN)),
        sa.Index("ix_task_offered_again_by_due", "group_id", "due_at", "created_at", "id", *_JUDGED, **where(_AGAIN)),
        sa.Index(
            "ix_task_offered_to_organisation", "organisation_id", "created_at", "id",
            **where(f"{_OFFERED} AND group_id IS NULL"),
        ),
        sa.Index("ix_task_assignee_open", "assignee_id", "status", "created_at", "id"),
        sa.Index("ix_task_ended_by", "ended_by", "ended_at", "id"),
        sa.Index("ix_task_open", "due_at", **where("status = 'open'")),
    )
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"))
    key: Mapped[str] = mapped_column(sa.String(64))
    process_key: Mapped[str] = mapped_column(sa.String(64), server_default=sa.text("''"))
    applicant_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    element_id: Mapped[str] = mapped_column(sa.String(ELEMENT_ID))
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
    whole_key: Mapped[str | None] = mapped_column(sa.String(64))
    run: Mapped[int | None] = mapped_column(sa.Integer)
    item: Mapped[str | None] = mapped_column(sa.Text)
    signer: Mapped[str | None] = mapped_column(sa.String(64))


class Timer(Model):
    """A timer that an instance has set, by the engine's key; the row goes when it fires or is dropped.

    `kind` is engine, or fill_in: the term for handing in, which the engine knows nothing of and which means nothing
    once `host` is no longer the instance's `fill_in_key`. `due_at` is UTC. `form`,
    `text`, `since` and `working` are what it was computed from, so that it moves with the calendar; rows from before
    these columns have none and stay. A worker that is about to fire it holds it until `lease_until`. One that could
    not be carried out has `failed_at`: it stops only its own task, and waits for an operator.
    """

    __tablename__ = "timer"
    __table_args__ = (sa.Index("ix_timer_failed", "failed_at", **where("failed_at IS NOT NULL")),)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8), server_default="engine")
    element_id: Mapped[str] = mapped_column(sa.String(ELEMENT_ID))
    host: Mapped[str] = mapped_column(sa.String(64))
    interrupting: Mapped[bool] = mapped_column(sa.Boolean)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    form: Mapped[str | None] = mapped_column(sa.String(8))
    text: Mapped[str | None] = mapped_column(sa.String(100))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    working: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AwaitedMessage(Model):
    """A message that an instance waits for. `correlation` is the canonical text of the value that tells cases apart."""

    __tablename__ = "awaited_message"
    __table_args__ = (sa.Index("ix_awaited_message_name", "name", "correlation"),)
    instance_id: Mapped[UUID] = mapped_column(sa.ForeignKey("instance.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    element_id: Mapped[str] = mapped_column(sa.String(ELEMENT_ID))
    name: Mapped[str] = mapped_column(sa.String(200))
    correlation: Mapped[str] = mapped_column(sa.String(500))
