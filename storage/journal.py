"""The journal: what happened, in streams whose events are chained by hash. Nothing in it is ever changed.

Streams: `instance:<id>` (its head lies in the instance row), `definition:<key>`, `account:<id>`, `system` and
`access:<instance id>` (heads in stream_head). The body of an event is canonical JSON in its final form, EVENT_FORMAT;
a field without meaning for an action is null or empty, never missing. Personal values occur as commitments only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa

from storage import canonical, chain
from storage.chain import ALGORITHM, EVENT_FORMAT, GENESIS, VerifyResult, event_hash, instance_stream
from storage.models import Event, Instance, StreamHead, Task

if TYPE_CHECKING:
    from storage.actor import Actor
    from storage.ports import Clock
    from storage.session import Session


class Step(Protocol):
    """What a step of the engine leaves for the journal, all of it plain data."""

    @property
    def facts(self) -> Any: ...
    @property
    def trail(self) -> Any: ...
    @property
    def marking(self) -> Any: ...
    @property
    def digest(self) -> str: ...
    @property
    def engine_version(self) -> str: ...
    @property
    def codec_version(self) -> int: ...
    @property
    def seed(self) -> str: ...


class Recorded(NamedTuple):
    """An event as it was recorded."""

    seq: int
    hash: str
    body: bytes


class Journal:
    """Writes and reads events inside the transaction of its unit of work."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self.actor: Actor | None = None
        self._heads: dict[str, StreamHead] = {}

    def act_for(self, actor: Actor | None) -> None:
        """Say who acts in the transaction that begins, or that it has ended: None. Heads locked before are let go."""
        self.actor = actor
        self._heads.clear()

    def record(
        self,
        action: str,
        *,
        instance: Instance | None = None,
        stream: str | None = None,
        task: Task | None = None,
        definition_sha256: str | None = None,
        step: Any = None,
        inputs: Mapping[str, Any] | None = None,
        submission_id: UUID | None = None,
        commitments: Mapping[str, str] | None = None,
        attachments: Sequence[tuple[UUID, str]] = (),
        details: Mapping[str, Any] | None = None,
    ) -> Recorded:
        """Append an event of the current actor to the stream of an instance, or to the named stream.

        The instance must be locked or new; give it its state (`put_state`) before. `inputs` are the outcome and the
        control values; `attachments` are (id, sha256). Raises TypeError for a value without canonical form.
        """
        if instance is not None and stream is None:
            stream = instance_stream(instance)
        elif stream is None or instance is not None:
            message = "an event belongs to an instance or to a named stream"
            raise ValueError(message)
        if self.actor is None:
            message = "an event is recorded inside uow.begin only"
            raise RuntimeError(message)
        facts = {
            "organisation": self.actor.organisation_id,
            "task": task
            and {"id": task.id, "key": task.key, "element": task.element_id, "round": task.round},
            "definition": definition_sha256,
            "facts": plain(getattr(step, "facts", None)),
            "trail": plain(getattr(step, "trail", ())),
            "marking": plain(getattr(step, "marking", None)),
            "digest": getattr(step, "digest", None),
            "engine": getattr(step, "engine_version", None),
            "codec": getattr(step, "codec_version", None),
            "state_sha256": instance.state_sha256 if instance else None,
            "inputs": {"values": plain(inputs or {}), "seed": getattr(step, "seed", None)},
            "submission": submission_id,
            "commitments": dict(commitments or {}),
            "attachments": [{"id": id_, "sha256": sha256} for id_, sha256 in attachments],
            "details": plain(details or {}),
        }
        return self._append(
            stream,
            instance,
            action,
            self.actor.account_id,
            str(self.actor.auth_level),
            self._clock.now(),
            facts,
            task_id=task.id if task else None,
        )

    def record_past(
        self,
        stream: str,
        action: str,
        actor_id: UUID | None,
        authentication: str,
        at: datetime,
        details: Mapping[str, Any],
    ) -> Recorded:
        """Append what was noted before without a place in a stream: access records, chained by the worker."""
        empty: dict[str, Any] = dict.fromkeys(
            (
                "organisation",
                "task",
                "definition",
                "facts",
                "marking",
                "digest",
                "engine",
                "codec",
                "state_sha256",
                "submission",
            )
        )
        facts: dict[str, Any] = {
            **empty,
            "trail": [],
            "inputs": {"values": {}, "seed": None},
            "commitments": {},
            "attachments": [],
        }
        facts["organisation"] = details.get("organisation")
        facts["details"] = {key: value for key, value in details.items() if key != "organisation"}
        return self._append(stream, None, action, actor_id, authentication, at, facts)

    def _append(
        self,
        stream: str,
        instance: Instance | None,
        action: str,
        actor_id: UUID | None,
        authentication: str,
        at: datetime,
        facts: Mapping[str, Any],
        task_id: UUID | None = None,
    ) -> Recorded:
        head = instance if instance is not None else self._head(stream)
        seq, previous = (
            (head.journal_seq, head.journal_hash) if isinstance(head, Instance) else (head.seq, head.hash)
        )
        body = canonical.encode(
            {
                **facts,
                "format": EVENT_FORMAT,
                "algorithm": ALGORITHM,
                "stream": stream,
                "seq": seq + 1,
                "previous": previous,
                "action": str(action),
                "actor": actor_id,
                "authentication": authentication,
                "at": at,
            }
        )
        event = Recorded(seq + 1, event_hash(body), body)
        row = {
            "stream": stream, "seq": event.seq, "action": str(action), "actor_id": actor_id, "task_id": task_id,
            "at": at, "body": body, "hash": event.hash, "noticed_at": None if isinstance(head, Instance) else at,
        }  # fmt: skip
        self._session.insert_later(Event, row)
        if isinstance(head, Instance):
            head.journal_seq, head.journal_hash = event.seq, event.hash
        else:
            head.seq, head.hash = event.seq, event.hash
        return event

    def _head(self, stream: str) -> StreamHead:
        """Lock the head of a stream, making it first where there is none; two first events never both win."""
        if stream in self._heads:
            return self._heads[stream]
        self._session.flush()
        insert = sa.text(
            "INSERT INTO stream_head (stream, seq, hash) VALUES (:stream, 0, :hash) ON CONFLICT DO NOTHING"
        )
        self._session.execute(insert, {"stream": stream, "hash": GENESIS})
        found = sa.select(StreamHead).where(StreamHead.stream == stream)
        head = self._session.execute(
            found.with_for_update().execution_options(populate_existing=True)
        ).scalar_one()
        self._heads[stream] = head
        return head

    def read(self, stream: str) -> list[dict[str, Any]]:
        """Return the events of a stream in order: the fields of the body as plain values, and `hash`."""
        rows = self._session.execute(
            sa.select(Event.body, Event.hash).where(Event.stream == stream).order_by(Event.seq)
        )
        return [{**canonical.decode(body), "hash": hash_} for body, hash_ in rows]

    def verify(self, stream: str) -> VerifyResult:
        """Recompute the chain of a stream up to its head and, for an instance, the digest of its state."""
        return chain.verify(self._session, stream)


def as_recorded(value: Any) -> Any:
    """Return plain data as an event gives it back: keys in canonical order, numbers exact. Raises TypeError."""
    return canonical.decode(canonical.encode(plain(value)))


def plain(value: Any) -> Any:
    """Turn the engine's frozen dataclasses and sets into dicts and sorted lists."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    names = _NAMES.get(kind)
    if names is None and dataclasses.is_dataclass(kind):
        names = _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind))
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(member) for member in value)
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    return value


_LEAVES = frozenset({str, int, bool, Decimal, type(None), date, datetime, UUID})
_NAMES: dict[type, tuple[str, ...]] = {}
"""The fields of each dataclass that was met."""
