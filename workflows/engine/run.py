"""Starting a process and moving it on: pure functions of definition, state, command, seed and facts (rule 14)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine.codec import CODEC_VERSION, decode_state, encode_state
from workflows.engine.digest import digest_of
from workflows.engine.errors import EngineError, Fault, NotOpen
from workflows.engine.model import Definition
from workflows.engine.results import ENGINE_VERSION, Advance, Cancel, Complete, FactsMissing
from workflows.engine.state import State, Token
from workflows.engine.step import NeedsFacts, Step
from workflows.engine.values import Value, clean_mapping

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
MAX_PASSES = 2_000


class _ExpressionEngine:
    """The script engine that SpiffWorkflow gets: it evaluates our expressions and refuses everything else (rule 6)."""

    def evaluate(self, task: Any, expression: str, **_: object) -> bool:
        return bool(task.workflow.step.condition(task, expression))

    def execute(self, task: Any, *_: object, **__: object) -> bool:
        raise EngineError(Fault.SCRIPT_REFUSED, "A diagram runs no scripts.", element=task.task_spec.name)

    def call_service(self, task: Any, **_: object) -> str:
        raise EngineError(Fault.SCRIPT_REFUSED, "A diagram calls no services.", element=task.task_spec.name)


class _Live(BpmnWorkflow):
    """The live tree of one step: the root, and under it each token with the element that it came from.

    This is pruning at its end (rule 3): what is finished is not in the tree, at any depth, because only tokens are
    ever put into it. The finished part is in the trail of the events.
    """

    def __init__(self, step: Step) -> None:
        super().__init__(step.definition.spec, script_engine=_ExpressionEngine(), deserializing=True)
        self.step = step
        self.task_tree = Task(self, self.spec.start, state=TaskState.COMPLETED)

    def begin(self) -> None:
        """Put a token on the start event."""
        spec = self.spec.start.outputs[0]
        spec._update(Task(self, spec, self.task_tree, state=TaskState.FUTURE))

    def hang(self, token: Token) -> None:
        """Put a token of the stored state into the tree."""
        specs = self.spec.task_specs
        parent = Task(self, specs[token.source], self.task_tree, state=TaskState.COMPLETED)
        state = TaskState.WAITING if token.key is None else TaskState.READY
        task = Task(self, specs[token.element_id], parent, state=state)
        if token.key is not None:
            task.internal_data.update(key=token.key, round=token.round)
            task.task_spec._predict_hook(task)

    def live(self) -> list[Any]:
        """Every live task, in tree order. ``ended`` is the emptiness of this list and nothing else (rule 10)."""
        return list(self.get_tasks(state=LIVE))

    def open_task(self, key: str) -> Any:
        """The READY task with this key. Raises NotOpen (rule 8)."""
        for task in self.live():
            if task.has_state(TaskState.READY) and task.internal_data.get("key") == key:
                return task
        raise NotOpen(key)

    def settle(self) -> None:
        """Pass every gateway, decision and end event until only waiting tasks are left."""
        for _ in range(MAX_PASSES):
            task = next(
                (t for t in self.live() if t.has_state(TaskState.READY) and not t.task_spec.manual), None
            )
            if task is None:
                return
            task.run()
            if self.step.terminating:
                self.cut_off()
        raise EngineError(Fault.STEP_TOO_LONG, f"A step passes more than {MAX_PASSES} elements.")

    def cut_off(self) -> None:
        """Cancel every live token."""
        for task in self.live():
            task.cancel()

    def tokens(self) -> list[Token]:
        """What is live, as the state keeps it."""
        rounds = self.step.state.rounds
        return [
            Token(
                element_id=name,
                source=task.parent.task_spec.name,
                round=task.internal_data.get("round", rounds.get(name, 0) + 1),
                key=task.internal_data.get("key"),
            )
            for task in self.live()
            if (name := task.task_spec.name)
        ]


def start(
    definition: Definition,
    *,
    control: Mapping[str, object],
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    """Begin an instance: pass the start event and stop at the first tasks.

    ``control`` are values known before the first task, ``seed`` makes the keys, ``now`` is aware and in no way read
    but by what has a deadline. Raises EngineError.
    """
    state = State(definition.sha256, scope=clean_mapping(control))
    return _make(definition, state, None, now=now, seed=seed, facts=facts)


def advance(
    definition: Definition,
    state: bytes,
    command: Complete | Cancel,
    *,
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    """Apply a command to a stored state and pass on to the next tasks. Nothing that is given is changed.

    Raises NotOpen when the task of a Complete is not open, EngineError when the step cannot be made; then the stored
    state is still the truth.
    """
    loaded = decode_state(state)
    if loaded.definition_sha256 != definition.sha256:
        raise EngineError(
            Fault.STATE_OF_OTHER_DEFINITION, "The state belongs to another version of the process."
        )
    if any((token.source, token.element_id) not in definition.flow_between for token in loaded.tokens):
        raise EngineError(Fault.STATE_UNREADABLE, "The state has a token where no flow leads.")
    return _make(definition, loaded, command, now=now, seed=seed, facts=facts)


def read_control(definition: Definition, state: bytes) -> dict[str, Value]:
    """Return the control values of a stored state without making a step: what conditions of a form may read."""
    loaded = decode_state(state)
    if loaded.definition_sha256 != definition.sha256:
        raise EngineError(
            Fault.STATE_OF_OTHER_DEFINITION, "The state belongs to another version of the process."
        )
    return clean_mapping(loaded.scope)


def _make(
    definition: Definition,
    state: State,
    command: Complete | Cancel | None,
    *,
    now: datetime,
    seed: str,
    facts: Mapping[str, object],
) -> Advance | FactsMissing:
    if now.tzinfo is None:
        raise EngineError(Fault.NOW_WITHOUT_ZONE, "The time of a step needs a zone.")
    known = clean_mapping(facts)
    step = Step(definition, state, seed=seed, facts=known)
    try:
        live = _Live(step)
        for token in state.tokens:
            live.hang(token)
        _apply(live, command)
        live.settle()
    except NeedsFacts as missing:
        return FactsMissing(tuple(missing.requests))
    except SpiffWorkflowException as error:
        raise EngineError(Fault.STEP_FAILED, f"The step failed: {error}", why=str(error)) from error
    return _result(step, live.tokens(), known)


def _apply(live: _Live, command: Complete | Cancel | None) -> None:
    match command:
        case None:
            live.begin()
        case Complete(key, values):
            task = live.open_task(key)
            live.step.state.scope[task.task_spec.name] = clean_mapping(values)
            task.run()
        case Cancel():
            live.cut_off()


def _result(step: Step, tokens: list[Token], facts: dict[str, Value]) -> Advance:
    state = step.state
    state.tokens = tokens
    state.ended = not tokens
    if not state.ended:
        state.end_event = None
    content = encode_state(state)
    # What opened and was cut off again within one step was never open for anybody.
    passing = {opened.key for opened in step.opened} & {closed.key for closed in step.closed}
    return Advance(
        opened=tuple(opened for opened in step.opened if opened.key not in passing),
        closed=tuple(closed for closed in step.closed if closed.key not in passing),
        timers=(),
        messages=(),
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
    )


def _marking(definition: Definition, tokens: list[Token]) -> list[dict[str, str | int | None]]:
    return [
        {
            "element": token.element_id,
            "flow": definition.flow_between[token.source, token.element_id],
            "key": token.key,
            "round": token.round,
            "state": token.state,
        }
        for token in sorted(tokens, key=lambda token: (token.element_id, token.source))
    ]
