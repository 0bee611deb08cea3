"""Replay: what an instance's journal says happened is done again on the definition, and compared after every event.

Only the engine runs; nothing is read and nothing is written. An event that moved the process carries what the step was
given (command, facts, seed) and what it came to (semantic digest, marking); docs/digest.md says what a digest covers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workflows import engine
from workflows.engine import (
    AddSigner,
    Advance,
    Cancel,
    Command,
    Complete,
    Correlate,
    Definition,
    EngineError,
    Fail,
    Fire,
    RemoveSigner,
    Return,
)
from workflows.events import Event

STARTED: Final = str(Event.INSTANCE_STARTED)
SIGNER_ADDED, SIGNER_REMOVED, FAILED = "task.signer_added", "task.signer_removed", "service_task.failed"


@dataclass(frozen=True)
class Difference:
    """The first event after which the replayed process is not where the journal says it was.

    ``why`` is digest, marking, engine (the step cannot be made; ``text`` says why), facts (the event lacks some) or
    action (an event that moved the process in a way that replay does not know).
    """

    seq: int
    action: str
    why: str
    recorded: list[dict[str, Any]]
    replayed: list[dict[str, Any]]
    recorded_digest: str | None
    replayed_digest: str | None
    text: str = ""


def replay(definition: Definition, events: Iterable[Mapping[str, Any]]) -> Difference | None:
    """Return the first difference between event bodies, in the order of their stream, and what they lead to; else None.

    Events without a digest moved nothing and are passed over.
    """
    state: bytes | None = None
    before: datetime | None = None
    for body in events:
        if body.get("digest") is not None:
            result = _again(definition, state, before, body)
            if isinstance(result, Difference):
                return result
            found = _compare(body, result)
            if found is not None:
                return found
            state = result.state
        before = body["at"]
    return None


def command_of(body: Mapping[str, Any]) -> Command | None:
    """The engine's command behind an event that moved the process; None for one that replay does not know."""
    action, details, values = body["action"], body["details"], body["inputs"]["values"]
    key = (body.get("task") or {}).get("key") or details.get("key")
    match action:
        case Event.TASK_COMPLETED | Event.SERVICE_TASK_COMPLETED | Event.SERVICE_TASK_SKIPPED:
            return Complete(key, values)
        case Event.TASK_RETURNED:
            return Return(key, details["to"])
        case Event.TIMER_FIRED:
            return Fire(details["key"])
        case Event.MESSAGE_CORRELATED:
            return Correlate(details["message"], values, details.get("correlation"), details["key"])
        case Event.INSTANCE_WITHDRAWN | Event.INSTANCE_CANCELLED:
            return Cancel()
    if action == SIGNER_ADDED:
        return AddSigner(key, details["signer"])
    if action == SIGNER_REMOVED:
        return RemoveSigner(key, details["signer"])
    return Fail(key, details["error"]) if action == FAILED else None


def _again(
    definition: Definition, state: bytes | None, before: datetime | None, body: Mapping[str, Any]
) -> Advance | Difference:
    seed, facts = body["inputs"]["seed"], body["facts"] or {}
    try:
        if body["action"] == STARTED or state is None:
            result = engine.start(definition, control={}, now=body["at"], seed=seed, facts=facts)
        else:
            command = command_of(body)
            if command is None:
                return _difference(body, "action")
            # The step was made between the event before and its own: a timer was due by then, a task not yet late.
            now = body["at"] if isinstance(command, Fire) else before or body["at"]
            result = engine.advance(definition, state, command, now=now, seed=seed, facts=facts)
    except (EngineError, KeyError) as error:
        return _difference(body, "engine", text=f"{type(error).__name__}: {error}")
    if not isinstance(result, Advance):
        return _difference(body, "facts", text=", ".join(result.requests))
    return result


def _compare(body: Mapping[str, Any], result: Advance) -> Difference | None:
    if result.digest != body["digest"]:
        return _difference(body, "digest", result)
    if _marking(result.marking) != _marking(body["marking"] or []):
        return _difference(body, "marking", result)
    return None


def _difference(
    body: Mapping[str, Any], why: str, result: Advance | None = None, text: str = ""
) -> Difference:
    return Difference(
        seq=int(body["seq"]),
        action=str(body["action"]),
        why=why,
        recorded=_marking(body["marking"] or []),
        replayed=_marking(result.marking) if result else [],
        recorded_digest=body["digest"],
        replayed_digest=result.digest if result else None,
        text=text,
    )


def _marking(marking: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A marking with plain whole numbers: the journal gives numbers back as decimals."""
    return [
        {name: int(value) if name in {"round", "run"} else value for name, value in sorted(entry.items())}
        for entry in marking
    ]
