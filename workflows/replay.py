"""Re-executes an instance from its journal and compares what comes out with what was written down (rule 14).

Every step is a pure function of the state before it, the pinned definition, and the command, time, seed and facts that
its event recorded. The kept state of the instance is never read: replay makes it again from the first event.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage.chain import instance_stream
from storage.errors import NotFound
from storage.journal import as_recorded
from storage.models import Instance
from storage.state import state_digest
from storage.unit_of_work import UnitOfWork
from workflows import engine
from workflows.deployed import Deployed, deployed
from workflows.engine import Advance, Cancel, Complete, Correlate, EngineError, FactsMissing, Fire
from workflows.engine.results import ENGINE_VERSION, Command
from workflows.events import Event
from workflows.lines import searched
from workflows.packages import PackageRefused

Recorded = Mapping[str, Any]

COMMANDS: Final[Mapping[str, Callable[[Recorded], Command]]] = {
    Event.TASK_COMPLETED: lambda event: Complete(event["task"]["key"], event["inputs"]["values"]),
    Event.SERVICE_TASK_COMPLETED: lambda event: Complete(event["details"]["key"], event["inputs"]["values"]),
    Event.SERVICE_TASK_SKIPPED: lambda event: Complete(event["details"]["key"], event["inputs"]["values"]),
    Event.TIMER_FIRED: lambda event: Fire(event["details"]["key"]),
    Event.MESSAGE_CORRELATED: lambda event: Correlate(
        event["details"]["message"],
        event["inputs"]["values"],
        event["details"]["correlation"],
        event["details"]["key"],
    ),
    Event.INSTANCE_WITHDRAWN: lambda _: Cancel(),
    Event.INSTANCE_CANCELLED: lambda _: Cancel(),
}
"""How the command of a step is read from its event; the first event is a start and has none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event whose replay is not what was recorded.

    what: chain (the stream is not whole), definition, step (it cannot be made again), digest, marking, trail, state,
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

    instance: Instance
    version: Deployed
    state: bytes | None = None
    puts: int = 0
    last: Advance | None = field(default=None)


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
    tape = _Tape(instance, version)
    for event in uow.journal.read(stream):
        result.difference = _follow(tape, event)
        if result.difference is not None:
            return result
        result.events += 1
        result.steps += event["digest"] is not None
    result.difference = _judge_end(tape, whole.why)
    return result


def _follow(tape: _Tape, event: Recorded) -> Difference | None:
    """Make the step of an event again and compare; an event without a step has nothing to compare."""
    if event["definition"] not in (None, tape.version.sha256):
        return _differs(
            event, "definition", "The event names another definition than the one of its instance."
        )
    if event["digest"] is None:
        return None
    try:
        made = _make(tape, event)
    except (EngineError, KeyError, TypeError, ValueError) as error:
        why = f"The step cannot be made again: {error or type(error).__name__}"
        return _differs(event, "step", why)
    if isinstance(made, FactsMissing):
        return _differs(event, "step", f"The event lacks the facts {', '.join(made.requests)}.")
    return _compare(tape, event, made)


def _make(tape: _Tape, event: Recorded) -> Advance | FactsMissing:
    definition, inputs = tape.version.package.definition, event["inputs"]
    at: datetime = event["at"]
    facts = event["facts"] or {}
    if event["action"] == Event.INSTANCE_STARTED and tape.state is None:
        return engine.start(definition, control={}, now=at, seed=inputs["seed"], facts=facts)
    if tape.state is None or event["action"] not in COMMANDS:
        message = f"nothing is known of the command behind {event['action']}."
        raise ValueError(message)
    command = COMMANDS[event["action"]](event)
    return engine.advance(definition, tape.state, command, now=at, seed=inputs["seed"], facts=facts)


def _compare(tape: _Tape, event: Recorded, made: Advance) -> Difference | None:
    tape.state, tape.last, tape.puts = made.state, made, tape.puts + 1
    if made.digest != event["digest"]:
        return _differs(event, "digest", "The step ends elsewhere than it is recorded.", made)
    if as_recorded(made.marking) != event["marking"]:
        return _differs(event, "marking", "The event records another marking than its own digest.", made)
    if event["engine"] != made.engine_version:
        return None  # an older engine wrote the way in its own words, and its own bytes
    if as_recorded(made.trail) != event["trail"]:
        return _differs(event, "trail", "The step takes another way than it is recorded.", made)
    if event["codec"] == made.codec_version:
        kept = state_digest(tape.instance.id, tape.puts, tape.instance.definition_id, made.state)
        if kept != event["state_sha256"]:
            return _differs(
                event, "state", "The event names another state than the one that the step makes.", made
            )
    return None


def _judge_end(tape: _Tape, broken: str | None) -> Difference | None:
    """Compare where the replay ends with the row of the instance."""
    seq = tape.instance.journal_seq
    if broken is not None:
        return Difference(seq, None, "chain", f"The journal: {broken}.")
    if tape.last is None:
        return Difference(seq, None, "end", "The journal does not tell how the instance began.")
    running = tape.instance.status in ("active", "suspended")
    if running == tape.last.ended:
        why = f"The instance is {tape.instance.status}, its journal says otherwise."
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
