"""The live tree of one step: tokens, and how they move, open, close and are cut off."""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine import activities, events
from workflows.engine.errors import EngineError, Fault, NotOpen
from workflows.engine.model import DECIDING_KINDS, TASK_KINDS, WAITING_KINDS, Element
from workflows.engine.results import Closed, TrailEntry
from workflows.engine.specs import arrivals, consume, level_of
from workflows.engine.state import Token
from workflows.engine.step import Step
from workflows.engine.values import Value

LIVE = TaskState.READY | TaskState.WAITING
MAX_PASSES = 4_000


class ExpressionEngine:
    """The script engine that SpiffWorkflow gets: it runs nothing. Expressions are evaluated by the step (rule 6)."""

    def evaluate(self, task: Any, *_: object, **__: object) -> bool:
        raise EngineError(Fault.SCRIPT_REFUSED, "A diagram runs no scripts.", element=task.task_spec.name)

    def execute(self, task: Any, *_: object, **__: object) -> bool:
        raise EngineError(Fault.SCRIPT_REFUSED, "A diagram runs no scripts.", element=task.task_spec.name)

    def call_service(self, task: Any, **_: object) -> str:
        raise EngineError(Fault.SCRIPT_REFUSED, "A diagram calls no services.", element=task.task_spec.name)


class Live(BpmnWorkflow):
    """The root, and under it each token with the element that it came from.

    This is pruning at its end (rule 3): what is finished is not in the tree, on any level, because only tokens are ever
    put into it. A token within a sub-process hangs beside the token of the sub-process and names it as its level.
    """

    def __init__(self, step: Step) -> None:
        super().__init__(step.definition.spec, script_engine=ExpressionEngine(), deserializing=True)
        self.step = step
        self.task_tree = Task(self, self.spec.start, state=TaskState.COMPLETED)
        self.by_key: dict[str, Any] = {}

    # -- from and to the stored state -------------------------------------------------------------------------

    def hang(self, token: Token) -> None:
        """Put a token of the stored state into the tree."""
        parent = self._before(token.source, token.within)
        state = TaskState.WAITING if token.key is None else TaskState.READY
        task = Task(self, self.spec.task_specs[token.element_id], parent, state=state)
        task.internal_data["within"] = token.within
        if token.key is not None:
            task.internal_data.update(key=token.key, round=token.round, index=token.index)
            self.by_key[token.key] = task

    def put(self, element_id: str, source: str, within: str | None, brings: Value = None) -> None:
        """Put a new token on an element."""
        parent = self._before(source, within)
        parent.internal_data["brings"] = brings
        spec = self.spec.task_specs[element_id]
        spec._update(Task(self, spec, parent, state=TaskState.FUTURE))

    def _before(self, source: str, within: str | None) -> Any:
        spec = self.spec.task_specs.get(source, self.spec.start)
        task = Task(self, spec, self.task_tree, state=TaskState.COMPLETED)
        task.internal_data["within"] = within
        return task

    def live(self) -> list[Any]:
        """Every live task, in tree order. ``ended`` is the emptiness of this list and nothing else (rule 10)."""
        found, stack = [], [self.task_tree]
        tasks = self.tasks
        while stack:
            task = stack.pop()
            if task._state & LIVE:
                found.append(task)
            stack.extend(tasks[child] for child in reversed(task._children))
        return found

    def tokens(self) -> list[Token]:
        """What is live, as the state keeps it."""
        rounds = self.step.state.rounds
        return [
            Token(
                element_id=name,
                source=task.parent.task_spec.name,
                round=task.internal_data.get("round", rounds.get(name, 0) + 1),
                key=task.internal_data.get("key"),
                within=level_of(task),
                index=task.internal_data.get("index"),
            )
            for task in self.live()
            if (name := task.task_spec.name)
        ]

    # -- looking ----------------------------------------------------------------------------------------------

    def element(self, task: Any) -> Element:
        """The element that a task is at."""
        return self.step.definition.elements[task.task_spec.name]

    def is_live(self, task: Any) -> bool:
        """Is the token still there?"""
        return bool(task._state & LIVE)

    def open_task(self, key: str) -> Any:
        """The open task with this key that a person or a handler may complete. Raises NotOpen (rule 8)."""
        task = self.by_key.get(key)
        if task is None or not self.is_live(task):
            raise NotOpen(key)
        element = self.element(task)
        if element.kind not in TASK_KINDS or (element.several and task.internal_data["index"] is None):
            raise NotOpen(key)
        return task

    def inside(self, key: str) -> list[Any]:
        """The live tokens directly within an activity."""
        return [task for task in self.live() if level_of(task) == key]

    def around(self, task: Any) -> Iterator[Any]:
        """A token's own task and those of the activities that it lives in, innermost first."""
        yield task
        while (key := level_of(task)) is not None:
            task = self.by_key[key]
            yield task

    def keys(self, task: Any, *, own: bool) -> list[str]:
        """The keys of the activities around a token, innermost first; with ``own`` its own before them."""
        keys = [one.internal_data["key"] for one in self.around(task) if "key" in one.internal_data]
        return keys if own or "key" not in task.internal_data else keys[1:]

    def context(self, task: Any, *, own: bool = True) -> dict[str, Value]:
        """What an expression at a token may read; without ``own`` what one beside it may, such as a boundary event."""
        return self.step.context(self.keys(task, own=own))

    def write(self, task: Any, value: Value) -> None:
        """Write the value of a token's element into the scope around it."""
        self.step.scope(self.keys(task, own=False))[self.element(task).local] = value

    # -- moving -----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Pass everything that can be passed, until only what waits is left."""
        for _ in range(MAX_PASSES):
            tasks = self.live()
            task = next((t for t in tasks if t._state & TaskState.READY and self._passes(t)), None)
            if task is not None:
                task.run()
            elif not (
                activities.finish_one(self, tasks) or self._join_one(tasks) or events.meet_one(self, tasks)
            ):
                return
        raise EngineError(Fault.STEP_TOO_LONG, f"A step passes more than {MAX_PASSES} elements.")

    def _passes(self, task: Any) -> bool:
        return not task.task_spec.manual or "passing" in task.internal_data

    def _join_one(self, tasks: list[Any]) -> bool:
        """Let an inclusive join fire to which no further token can come (ISO 19510, 13.4.3)."""
        for task in tasks:
            if task._state & TaskState.WAITING and self.element(task).kind == "inclusive_gateway":
                arrived = arrivals(task)
                if not self._can_come(task, arrived, tasks):
                    consume(arrived, task)
                    task._ready()
                    return True
        return False

    def _can_come(self, join: Any, arrived: dict[str, Any], tasks: list[Any]) -> bool:
        reach, within, here = (
            self.step.definition.upstream[join.task_spec.name],
            level_of(join),
            arrived.keys(),
        )
        for task in tasks:
            if (
                level_of(task) == within
                and task.internal_data.get("index") is None
                and task.task_spec is not join.task_spec
            ):
                flows = reach.get(task.task_spec.name, frozenset())
                if flows and not flows & here:
                    return True
        return False

    def enter(self, task: Any) -> None:
        """A token comes to an element: it may pass, or something opens."""
        element, step, data = self.element(task), self.step, task.internal_data
        before = task.parent.internal_data
        level_of(task)
        count = step.state.rounds.get(element.id, 0) + 1
        step.state.rounds[element.id] = data["round"] = count
        data["index"] = None
        if element.produces:
            self.write(task, before.get("brings"))
        step.trail.append(TrailEntry("entered", element.id))
        if before.get("way") is not None:
            data["passing"] = True  # the event gateway before it has already seen it happen
        elif element.kind in WAITING_KINDS:
            key = data["key"] = step.new_key()
            self.by_key[key] = task
            activities.begin(self, task, element)
            if "passing" not in data:
                events.await_all(self, task, element)

    def do(self, task: Any) -> None:
        """What an element does while a token passes it."""
        element = self.element(task)
        if element.kind in DECIDING_KINDS:
            task.internal_data["ways"] = self._decide_ways(task, element)
        elif element.kind == "business_rule_task":
            self.write(task, self.step.decide(element, self.context(task)))
        elif element.kind == "script_task":
            self.write(task, self.step.script(element, self.context(task)))
        elif element.trigger is not None and element.kind in {"throw_event", "send_task", "end_event"}:
            events.throw(self, task, element)

    def _decide_ways(self, task: Any, element: Element) -> tuple[str, ...]:
        flows = [self.step.definition.flows[flow] for flow in element.outgoing]
        if len(flows) == 1 and flows[0].condition is None:
            return element.outgoing
        context, first = self.context(task), element.kind == "exclusive_gateway"
        ways: list[str] = []
        for flow in flows:
            if flow.id == element.default:
                continue
            if flow.condition is None or self.step.condition(element, flow.condition, context):
                ways.append(flow.id)
                if first:
                    break
        if not ways and element.default is not None:
            ways = [element.default]
        if not ways:
            raise EngineError(
                Fault.NO_WAY_OUT,
                f"No condition of {element.id} is true, and there is no default.",
                element=element.id,
            )
        return tuple(ways)

    def leave(self, task: Any) -> None:
        """A token leaves an element and goes on along its flows; a run of several reports to the whole."""
        element, step, data = self.element(task), self.step, task.internal_data
        if data["index"] is not None:
            self._end(task, element, "completed")
            activities.run_left(self, task)
            return
        step.trail.append(TrailEntry("left", element.id))
        self._end(task, element, "completed")
        ways = data.get("ways", element.outgoing)
        if data.get("way") is not None:
            ways = (data["way"],)
        children = []
        for way in ways:
            step.trail.append(TrailEntry("flow", element.id, way))
            spec = self.spec.task_specs[step.definition.flows[way].target]
            child = Task(self, spec, task, state=TaskState.FUTURE)
            child.internal_data["within"] = data["within"]
            children.append(child)
        for child in children:
            if child.id in self.tasks and not child.has_state(TaskState.FINISHED_MASK):
                child.task_spec._update(child)
        if element.kind == "end_event":
            events.end(self, task, element)

    def cancelled(self, task: Any) -> None:
        """A token was cut off where it waited."""
        element = self.element(task)
        if "round" in task.internal_data:
            values: dict[str, Value] = {"cancelled": True}
            self.step.trail.append(TrailEntry("left", element.id, values=values))
        self._end(task, element, "cancelled")

    def _end(self, task: Any, element: Element, reason: Any) -> None:
        key = task.internal_data.get("key")
        if key is None:
            return
        if element.kind in TASK_KINDS and not (element.several and task.internal_data["index"] is None):
            self.step.closed.append(Closed(key, element.id, reason))
        events.drop(self.step, key)
        self.step.state.scopes.pop(key, None)
        self.step.state.series.pop(key, None)

    def cut(self, task: Any) -> None:
        """Cut a token off, and everything within it, innermost first."""
        key = task.internal_data.get("key")
        if key is not None:
            for inner in self.inside(key):
                self.cut(inner)
        task.cancel()

    def cut_level(self, within: str | None) -> None:
        """Cut every token of a level off."""
        for task in self.live():
            if self.is_live(task) and level_of(task) == within:
                self.cut(task)
