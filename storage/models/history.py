"""The journal, the access stream beside it, idempotency rows, and leased work."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.models.processes import where
from storage.types import UtcDateTime


class Event(Model):
    """One fact of a stream. `body` is the canonical JSON that `hash` covers; the other columns only index it.

    Streams: instance:<id>, definition:<key>, account:<id>, system, access:<instance id>. `noticed_at` is when the worker
    saw to it that people are told; those of cases begin without.
    """

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_unnoticed", "at", **where("noticed_at IS NULL")),)
    stream: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    task_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    hash: Mapped[str] = mapped_column(sa.String(64))
    noticed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StreamHead(Model):
    """The last seq and hash of every stream but those of instances, which keep theirs in the instance row."""

    __tablename__ = "stream_head"
    stream: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.Integer)
    hash: Mapped[str] = mapped_column(sa.String(64))


class AccessRecord(Model):
    """Someone looked at a file or at personal data, or was refused. The worker chains these rows into a stream."""

    __tablename__ = "access_record"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    stream: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    organisation_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    authentication: Mapped[str] = mapped_column(sa.String(20))
    target: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    chained_seq: Mapped[int | None] = mapped_column(sa.Integer, index=True)


class IdempotencyKey(Model):
    """What a repeated request was answered the first time: status and resource, never the reply itself."""

    __tablename__ = "idempotency_key"
    actor_id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    resource_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Job(Model):
    """Work that no process owns: due, leased with a token, done or given up.

    kind names the work (handler:<name>, message:<name>, ...). status: waiting, done, failed, dropped.
    leased_by is the worker that leased it last; it holds it only while there is a lease_token.
    """

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_due", "status", "due_at"),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    dedupe_key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    instance_id: Mapped[UUID | None] = mapped_column(sa.Uuid, index=True)
    task_key: Mapped[str | None] = mapped_column(sa.String(64))
    payload: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.String(12))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[UUID | None] = mapped_column(sa.Uuid)
    leased_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Incident(Model):
    """Trouble that a person has to look at; the instance stays active.

    kind: job_failed, step_failed, timer_failed, state_damaged, file_damaged, file_infected, file_swapped. resolution, once closed: retried, skipped,
    failed, closed, moot.
    """

    __tablename__ = "incident"
    __table_args__ = (sa.Index("ix_incident_open", "kind", **where("closed_at IS NULL")),)
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    instance_id: Mapped[UUID | None] = mapped_column(sa.Uuid, index=True)
    task_key: Mapped[str | None] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(40))
    message: Mapped[str] = mapped_column(sa.String(500))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[UUID | None] = mapped_column(sa.Uuid)
    resolution: Mapped[str | None] = mapped_column(sa.String(12))
