"""What makes a stream of events tamper-evident, and the check of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from storage import canonical
from storage.models import Event, Instance, StreamHead
from storage.state import state_digest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

EVENT_FORMAT = 1
ALGORITHM = "sha256"
GENESIS = "0" * 64
"""What the first event of a stream names as its predecessor."""


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether a stream is whole; `why` says in English what is wrong with its first bad event."""

    ok: bool
    events: int
    first_bad_seq: int | None = None
    why: str | None = None


def event_hash(body: bytes) -> str:
    """Return the hash of an event: SHA-256 over its body, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def instance_stream(instance: Instance | UUID) -> str:
    """Return the name of the stream of an instance."""
    return f"instance:{instance.id if isinstance(instance, Instance) else instance}"


def verify(session: Session, stream: str) -> VerifyResult:
    """Recompute the chain of a stream up to its head and, for an instance, the digest of its state.

    Without a witness outside the database, whoever may write it can cut the tail together with the head unseen.
    """
    instance = _instance_of(session, stream)
    head = _head_of(session, stream, instance)
    previous, seen = GENESIS, 0
    last: dict[str, Any] = {}
    columns = (
        Event.stream,
        Event.seq,
        Event.action,
        Event.actor_id,
        Event.task_id,
        Event.at,
        Event.body,
        Event.hash,
    )
    found = (
        sa.select(*columns).where(Event.stream == stream).order_by(Event.seq).execution_options(yield_per=500)
    )
    with session.execute(found) as rows:
        for event in rows:
            why, last = _wrong_with(event, seen + 1, previous)
            if why:
                return VerifyResult(ok=False, events=seen, first_bad_seq=seen + 1, why=why)
            previous, seen = event.hash, seen + 1
    if head is None:
        why = None if not seen and not stream.startswith("instance:") else "the stream has no head"
        return VerifyResult(ok=why is None, events=seen, first_bad_seq=None if why is None else seen, why=why)
    if head != (seen, previous):
        why = f"the head names event {head[0]}, the last one found is {seen}"
        return VerifyResult(ok=False, events=seen, first_bad_seq=min(seen, head[0]) + 1, why=why)
    why = damage(instance, last.get("state_sha256")) if instance else None
    return VerifyResult(ok=why is None, events=seen, first_bad_seq=seen if why else None, why=why)


def state_sha256_of(body: bytes) -> str | None:
    """Return the digest of the state that an event names; the rest of it is not read."""
    kind, text = json.loads(body)["state_sha256"]
    return str(text) if kind == "string" else None


def damage(instance: Instance, recorded: str | None) -> str | None:
    """Say what is wrong with the stored state of an instance, given the digest in its last event; None when nothing is."""
    if instance.state_sha256 != recorded:
        return "the digest of the state is not the one in the last event"
    if not isinstance(instance.state, bytes):
        return "the state is not bytes"
    found = state_digest(instance.id, instance.state_version, instance.definition_id, instance.state)
    if found != instance.state_sha256:
        return "the state does not have its digest"
    return None


def _wrong_with(event: Any, seq: int, previous: str) -> tuple[str | None, dict[str, Any]]:
    if event.seq != seq:
        return f"event {seq} is missing", {}
    if not isinstance(event.body, bytes):  # SQLite keeps whatever type an UPDATE gave it
        return "the body is not bytes", {}
    if event_hash(event.body) != event.hash:
        return "the body does not have its hash", {}
    try:
        body = canonical.decode(event.body)
        if canonical.encode(body) != event.body:
            return "the body is not in canonical form", {}
    except (ValueError, TypeError, ArithmeticError):
        return "the body cannot be read", {}
    if body.get("previous") != previous:
        return "the event does not follow the one before it", body
    named = {
        "format": EVENT_FORMAT, "algorithm": ALGORITHM, "stream": event.stream, "seq": event.seq,
        "action": event.action, "actor": event.actor_id, "at": event.at,
    }  # fmt: skip
    for name, value in named.items():
        if body.get(name) != value:
            return f"the row says another {name} than the body", body
    if (body["task"] or {}).get("id") != event.task_id:
        return "the row says another task than the body", body
    return None, body


def _instance_of(session: Session, stream: str) -> Instance | None:
    kind, _, name = stream.partition(":")
    if kind != "instance":
        return None
    try:
        id_ = UUID(name)
    except ValueError:
        return None
    return session.execute(
        sa.select(Instance).where(Instance.id == id_).execution_options(populate_existing=True)
    ).scalar_one_or_none()


def _head_of(session: Session, stream: str, instance: Instance | None) -> tuple[int, str] | None:
    if instance is not None:
        return instance.journal_seq, instance.journal_hash
    row = session.execute(
        sa.select(StreamHead.seq, StreamHead.hash).where(StreamHead.stream == stream)
    ).first()
    return (row.seq, row.hash) if row else None
