"""Re-executes an instance from its journal and compares what comes out with what was written down (rule 14).

Every step is a pure function of the state before it, the pinned definition, and the command, time, seed and facts that
its event recorded. The kept state of the instance is never read: replay makes it again from the first event.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.chain import instance_stream
from storage.errors import NotFound
from storage.journal import as_recorded
from storage.models import Instance
from storage.state import state_digest
from storage.unit_of_work import UnitOfWork
from workflows import engine
from workflows.deployed import deployed
from workflows.engine import (
    AddSigner,
    Advance,
    Cancel,
    Command,
    Complete,
    Correlate,
    Definition,
    EngineError,
    FactsMissing,
    Fail,
    Fire,
    RemoveSigner,
    Reschedule,
    Return,
)
from workflows.engine.results import ENGINE_VERSION
from workflows.events import Event
from workflows.lines import searched
from workflows.packages import PackageRefused

Recorded = Mapping[str, Any]


def command_of(event: Recorded) -> Command | None:
    """Return the engine's command behind an event that moved its process; None for one that replay does not know."""
    details, values = event["details"], event["inputs"]["values"]
    key = (event.get("task") or {}).get("key") or details.get("key")
    match event["action"]:
        case Event.TASK_COMPLETED | Event.SERVICE_TASK_COMPLETED | Event.SERVICE_TASK_SKIPPED:
            return Complete(key, values)
        case Event.TASK_RETURNED:
            return Return(key, details["to"])
        case Event.TIMER_FIRED:
            return Fire(key)
        case Event.TIMER_MOVED:
            return Reschedule(key)
        case Event.MESSAGE_CORRELATED:
            return Correlate(details["message"], values, details.get("correlation"), key)
        case Event.INSTANCE_WITHDRAWN | Event.INSTANCE_CANCELLED | Event.INSTANCE_EXPIRED:
            return Cancel()
        case Event.TASK_SIGNER_ADDED:
            return AddSigner(details["key"], details["signer"])
        case Event.TASK_SIGNER_REMOVED:
            return RemoveSigner(details["key"], details["signer"])
        case Event.SERVICE_TASK_FAILED:
            return Fail(key, details["error"])
    return None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event whose replay is not what was recorded.

    what: chain (the stream is not whole), definition, action (unknown), step (it cannot be made again), facts, digest, marking, trail, state,
    end. `why` is an English sentence; the markings are None where the event or the replay has none.
    """

    seq: int | None
    action: str | None
    what: str
    why: str
    recorded: Any = None
    replayed: Any = None
    recorded_digest: str | None = None
    replayed_digest: str | None = None


@dataclass(slots=True)
class Replay:
    """What a replay found. `steps` counts the events that moved the process and came out as they were recorded."""

    instance_id: UUID
    number: str
    definition_sha256: str
    engine_version: str = ENGINE_VERSION
    events: int = 0
    steps: int = 0
    difference: Difference | None = None

    @property
    def ok(self) -> bool:
        """Whether everything came out as it was recorded."""
        return self.difference is None


@dataclass(slots=True)
class _Tape:
    """Where the replay stands: the state that it made itself, and how often a state was put."""

    definition: Definition
    digest_of_row: Callable[[int, bytes], str] | None = None
    state: bytes | None = None
    puts: int = 0
    last: Advance | None = field(default=None)


def replay(definition: Definition, events: Iterable[Recorded]) -> Difference | None:
    """Return the first difference between events, in the order of their stream, and what they lead to; else None.

    Nothing but the engine runs; an event without a digest moved nothing and is passed over.
    """
    tape = _Tape(definition)
    return next((found for event in events if (found := _follow(tape, event)) is not None), None)


def replay_by_name(uow: UnitOfWork, number_or_id: str) -> Replay | None:
    """Replay a case by its number or id, for the command line; None when there is no such case."""
    try:
        found = Instance.id == UUID(number_or_id)
    except ValueError:
        found = Instance.number == searched(number_or_id).upper()
    instance_id = uow.session.scalar(select(Instance.id).where(found))
    return None if instance_id is None else replay_instance(uow, instance_id)


def replay_instance(uow: UnitOfWork, instance_id: UUID) -> Replay:
    """Replay a case up to its last event or the first difference; nothing is written. Raises NotFound."""
    instance = uow.session.get(Instance, instance_id, populate_existing=True)
    if instance is None:
        raise NotFound(kind="instance", id=instance_id)
    stream = instance_stream(instance)
    try:
        version = deployed(uow.session, instance.definition_id)
    except PackageRefused:
        result = Replay(instance.id, instance.number, "")
        why = "The pinned definition does not pass today's checks of this version of Zhupi."
        result.difference = Difference(None, None, "definition", why)
        return result
    result = Replay(instance.id, instance.number, version.sha256)
    whole = uow.journal.verify(stream)
    if not whole.ok and whole.first_bad_seq is not None and whole.first_bad_seq > whole.events:
        result.events = whole.events
        result.difference = Difference(whole.first_bad_seq, None, "chain", f"The journal: {whole.why}.")
        return result

    def digest_of_row(puts: int, state: bytes) -> str:
        return state_digest(instance.id, puts, instance.definition_id, state)

    tape = _Tape(version.package.definition, digest_of_row)
    for event in uow.journal.read(stream):
        if event["definition"] not in (None, version.sha256):
            why = "The event names another definition than the one of its instance."
            result.difference = _differs(event, "definition", why)
        else:
            result.difference = _follow(tape, event)
        if result.difference is not None:
            return result
        result.events += 1
        result.steps += event["digest"] is not None
    result.difference = _judge_end(instance, tape, whole.why)
    return result


def _follow(tape: _Tape, event: Recorded) -> Difference | None:
    """Make the step of an event again and compare; an event without a step has nothing to compare."""
    if event["digest"] is None:
        return None
    begins = tape.state is None and event["action"] == Event.INSTANCE_STARTED
    try:
        command = None if begins else command_of(event)
        if command is None and not begins:
            return _differs(event, "action", f"Nothing is known of a step behind {event['action']}.")
        made = _make(tape, event, command)
    except (EngineError, KeyError, TypeError, ValueError) as error:
        return _differs(event, "step", f"The step cannot be made again: {error or type(error).__name__}")
    if isinstance(made, FactsMissing):
        return _differs(event, "facts", f"The event lacks the facts {', '.join(made.requests)}.")
    return _compare(tape, event, made)


def _make(tape: _Tape, event: Recorded, command: Command | None) -> Advance | FactsMissing:
    at: datetime = event["at"]
    seed, facts = event["inputs"]["seed"], event["facts"] or {}
    if command is None:
        return engine.start(tape.definition, control={}, now=at, seed=seed, facts=facts)
    if tape.state is None:
        message = "the first step is no start."
        raise ValueError(message)
    return engine.advance(tape.definition, tape.state, command, now=at, seed=seed, facts=facts)


def _compare(tape: _Tape, event: Recorded, made: Advance) -> Difference | None:
    tape.state, tape.last, tape.puts = made.state, made, tape.puts + 1
    if made.digest != event["digest"]:
        return _differs(event, "digest", "The step ends elsewhere than it is recorded.", made)
    if as_recorded(made.marking) != event["marking"]:
        return _differs(event, "marking", "The event records another marking than its own digest.", made)
    if tape.digest_of_row is None or event["engine"] != made.engine_version:
        return None  # an older engine wrote the way in its own words, and its own bytes
    if as_recorded(made.trail) != event["trail"]:
        return _differs(event, "trail", "The step takes another way than it is recorded.", made)
    kept = tape.digest_of_row(tape.puts, made.state)
    if event["codec"] == made.codec_version and kept != event["state_sha256"]:
        return _differs(
            event, "state", "The event names another state than the one that the step makes.", made
        )
    return None


def _judge_end(instance: Instance, tape: _Tape, broken: str | None) -> Difference | None:
    """Compare where the replay ends with the row of the instance."""
    seq = instance.journal_seq
    if broken is not None:
        return Difference(seq, None, "chain", f"The journal: {broken}.")
    if tape.last is None:
        return Difference(seq, None, "end", "The journal does not tell how the instance began.")
    running = instance.status in ("active", "suspended")
    if running == tape.last.ended:
        why = f"The instance is {instance.status}, its journal says otherwise."
        return Difference(seq, None, "end", why, None, as_recorded(tape.last.marking))
    return None


def _differs(event: Recorded, what: str, why: str, made: Advance | None = None) -> Difference:
    return Difference(
        seq=int(event["seq"]),
        action=event["action"],
        what=what,
        why=why,
        recorded=event["marking"],
        replayed=None if made is None else as_recorded(made.marking),
        recorded_digest=event["digest"],
        replayed_digest=None if made is None else made.digest,
    )
