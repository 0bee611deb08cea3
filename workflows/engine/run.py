"""Starting a process and moving it on: pure functions of definition, state, command, seed and facts (rule 14)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from SpiffWorkflow.exceptions import SpiffWorkflowException

from workflows.engine import activities, countersign, events, returns
from workflows.engine.codec import CODEC_VERSION, decode_state, encode_state
from workflows.engine.digest import digest_of
from workflows.engine.errors import EngineError, Fault
from workflows.engine.live import Live
from workflows.engine.model import Definition
from workflows.engine.results import (
    ENGINE_VERSION,
    AddSigner,
    Advance,
    Cancel,
    Command,
    Complete,
    Correlate,
    Countersigned,
    FactsMissing,
    Fail,
    Fire,
    RemoveSigner,
    Reschedule,
    Return,
)
from workflows.engine.state import State, Token
from workflows.engine.step import NeedsFacts, Step, variables
from workflows.engine.values import Value, clean_mapping


def start(
    definition: Definition,
    *,
    control: Mapping[str, object],
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    """Begin an instance: pass the start event and stop at the first tasks.

    ``control`` are values known before the first task, ``seed`` makes the keys, ``now`` is aware and read by timers
    alone. Raises EngineError.
    """
    state = State(definition.sha256, scope=clean_mapping(control))
    return _make(definition, state, None, now=now, seed=seed, facts=facts)


def advance(
    definition: Definition,
    state: bytes,
    command: Command,
    *,
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    """Apply a command to a stored state and pass on to the next tasks. Nothing that is given is changed.

    Raises NotOpen when what the command names is not open, EngineError when the step cannot be made; then the stored
    state is still the truth.
    """
    loaded = read_state(definition, state)
    return _make(definition, loaded, command, now=now, seed=seed, facts=facts)


def read_control(definition: Definition, state: bytes, key: str | None = None) -> dict[str, Value]:
    """Return the control values of a stored state without making a step: what conditions of a form may read.

    ``key`` is that of an open task: within a called process its form reads the values and inputs of that process and
    none of the caller's. Without a key, or with one that is not open any more, they are those of the whole.
    """
    loaded = decode_state(state)
    if loaded.definition_sha256 != definition.sha256:
        raise EngineError(
            Fault.STATE_OF_OTHER_DEFINITION, "The state belongs to another version of the process."
        )
    tokens = {token.key: token for token in loaded.tokens if token.key is not None}
    around: list[str] = []
    while key is not None and key in tokens:
        around.append(key)
        key = tokens[key].within
    return clean_mapping(
        variables(definition, loaded, around) if loaded.scopes.keys() & set(around) else loaded.scope
    )


def read_countersigned(definition: Definition, state: bytes) -> tuple[Countersigned, ...]:
    """Return the countersigned tasks that are open in a stored state, without making a step."""
    loaded = read_state(definition, state)
    wholes = {token.key: definition.elements[token.element_id] for token in loaded.tokens if token.key}
    return tuple(
        Countersigned(
            key,
            wholes[key].id,
            countersign.signatures(series),
            countersign.tally(wholes[key], series),
        )
        for key, series in loaded.series.items()
        if wholes[key].countersign is not None
    )


def read_state(definition: Definition, state: bytes) -> State:
    """Return a stored state after checking that it belongs to the definition and that its tokens lie on flows."""
    loaded = decode_state(state)
    if loaded.definition_sha256 != definition.sha256:
        raise EngineError(
            Fault.STATE_OF_OTHER_DEFINITION, "The state belongs to another version of the process."
        )
    if any((token.source, token.element_id) not in definition.flow_between for token in loaded.tokens):
        raise EngineError(Fault.STATE_UNREADABLE, "The state has a token where no flow leads.")
    keys = {token.key: token for token in loaded.tokens if token.key is not None}
    elements = definition.elements
    for token in loaded.tokens:
        parent = elements[token.element_id].parent
        holder = None if token.within is None else keys.get(token.within)
        if token.within is not None and holder is None:
            raise EngineError(Fault.STATE_UNREADABLE, "The state has a token within what is not open.")
        held_by = holder.element_id if holder else None
        if held_by != (token.element_id if token.index is not None else parent):
            raise EngineError(Fault.STATE_UNREADABLE, "The state has a token on a level that is not its own.")
    if any(wait.host not in keys or wait.element_id not in elements for wait in loaded.waits):
        raise EngineError(Fault.STATE_UNREADABLE, "The state awaits something for a token that is not there.")
    if (loaded.series.keys() | loaded.scopes.keys()) - keys.keys():
        raise EngineError(Fault.STATE_UNREADABLE, "The state keeps values for a token that is not there.")
    return loaded


def _make(
    definition: Definition,
    state: State,
    command: Command | None,
    *,
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    if now.tzinfo is None:
        raise EngineError(Fault.NOW_WITHOUT_ZONE, "The time of a step needs a zone.")
    known = clean_mapping(facts)
    step = Step(definition, state, now=now, seed=seed, facts=known)
    try:
        live = Live(step)
        for token in state.tokens:
            live.hang(token)
        _apply(live, command)
        live.settle()
    except NeedsFacts:
        pass
    except SpiffWorkflowException as error:
        raise EngineError(Fault.STEP_FAILED, f"The step failed: {error}", why=str(error)) from error
    return step.missing() or _result(step, live.tokens(), known)


def _apply(live: Live, command: Command | None) -> None:
    match command:
        case None:
            live.put(live.step.definition.starts[""], "", None)
        case Complete(key, values):
            _complete(live, key, values)
        case Cancel():
            live.cut_level(None)
        case Fire(key) | Reschedule(key):
            (events.fire if isinstance(command, Fire) else events.reschedule)(live, key)
        case Correlate():
            events.correlate(live, command)
        case Fail(key, error):
            task = live.open_task(key)
            events.refuse_late(live, task)
            events.fail(live, key, error, task.task_spec.name)
        case AddSigner(key, signer):
            whole = countersign.whole_of(live, key)
            series = live.step.state.series[whole.internal_data["key"]]
            countersign.add(live.element(whole), series, signer)
            activities.signer_came(live, whole, series)
        case RemoveSigner(key, signer):
            whole = countersign.whole_of(live, key)
            series = live.step.state.series[whole.internal_data["key"]]
            activities.signer_went(live, whole, countersign.remove(live.element(whole), series, signer))
        case Return(key, target):
            task = live.open_task(key)
            events.refuse_late(live, task)
            returns.send_back(live, task, target)
        case _:
            assert_never(command)


def _complete(live: Live, key: str, values: Mapping[str, object]) -> None:
    task = live.open_task(key)
    events.refuse_late(live, task)
    given = clean_mapping(values)
    if task.internal_data["index"] is not None:
        task.internal_data["value"] = given
    else:
        live.write(task, given)
    task.run()


def _result(step: Step, tokens: list[Token], facts: dict[str, Value]) -> Advance:
    state = step.state
    state.tokens = tokens
    state.ended = not tokens
    if not state.ended:
        state.end_event = None
    content = encode_state(state)
    return Advance(
        opened=tuple(_lasting(step.opened, {one.key for one in step.closed})),
        closed=tuple(_lasting(step.closed, {one.key for one in step.opened})),
        timers=tuple(_whole(step.timers, "set")),
        messages=tuple(_whole(step.messages, "awaited")),
        ended=state.ended,
        end_event=state.end_event,
        trail=tuple(step.trail),
        marking=_marking(step.definition, tokens),
        digest=digest_of(state),
        state=content,
        state_sha256=hashlib.sha256(content).hexdigest(),
        codec_version=CODEC_VERSION,
        engine_version=ENGINE_VERSION,
        control=state.scope,
        facts=facts,
        seed=step.seed,
        error=state.error,
        next_due=min((wait.due for wait in state.waits if wait.due is not None), default=None),
    )


def _lasting(changes: list[Any], others: set[str]) -> list[Any]:
    """What opened and was cut off again within one step was never open for anybody."""
    return [one for one in changes if one.key not in others]


def _whole(changes: list[Any], first: str) -> list[Any]:
    """The same for timers and messages, which report their coming and going in one list."""
    come = {one.key for one in changes if one.change == first}
    gone = {one.key for one in changes if one.change != first}
    return [one for one in changes if one.key not in come & gone]


def _marking(definition: Definition, tokens: list[Token]) -> list[dict[str, str | int | None]]:
    """Where the tokens are. One on a level of its own names the activity's key, a run of several its number."""
    found: list[dict[str, str | int | None]] = []
    for token in sorted(
        tokens, key=lambda token: (token.element_id, token.source, token.within or "", token.index or 0)
    ):
        entry: dict[str, str | int | None] = {
            "element": token.element_id,
            "flow": definition.flow_between[token.source, token.element_id],
            "key": token.key,
            "round": token.round,
            "state": token.state,
        }
        if token.within is not None:
            entry["within"] = token.within
        if token.index is not None:
            entry["run"] = token.index
        found.append(entry)
    return found
