"""One step while it is made: names keys, keeps rounds and scope, evaluates, and writes down what happens."""

import hashlib
from collections.abc import Mapping
from typing import Any

from workflows.engine.decisions import DecisionError
from workflows.engine.errors import EngineError, Fault
from workflows.engine.expressions import Expression, ExpressionError
from workflows.engine.model import PRODUCING_KINDS, WAITING_KINDS, Definition, Element
from workflows.engine.results import Closed, Opened, TrailEntry
from workflows.engine.state import State
from workflows.engine.values import Value, clean, clean_mapping

FACTS_ROOT = "facts"


class NeedsFacts(Exception):
    """Ends an attempt at a step that lacks facts; nothing of the attempt is kept."""

    def __init__(self, requests: list[str]) -> None:
        super().__init__(", ".join(requests))
        self.requests = requests


class Step:
    """What the task specs report to. Holds one attempt at one step of one instance, used by one thread (rule 16)."""

    def __init__(
        self, definition: Definition, state: State, *, seed: str, facts: Mapping[str, Value]
    ) -> None:
        self.definition = definition
        self.state = state
        self.seed = seed
        self.facts = facts
        self.opened: list[Opened] = []
        self.closed: list[Closed] = []
        self.trail: list[TrailEntry] = []
        self.terminating = False

    # -- reported by the task specs ---------------------------------------------------------------------------

    def entered(self, task: Any) -> None:
        """A token is at an element and may pass, or waits there for a person or a handler."""
        element = self._element(task)
        count = self.state.rounds.get(element.id, 0) + 1
        self.state.rounds[element.id] = task.internal_data["round"] = count
        if element.kind in PRODUCING_KINDS:
            self.state.scope[element.id] = None
        self.trail.append(TrailEntry("entered", element.id))
        if element.kind in WAITING_KINDS:
            key = task.internal_data["key"] = self._new_key()
            self.opened.append(
                Opened(
                    key=key,
                    element_id=element.id,
                    kind=element.kind,
                    name=element.name,
                    lane=element.lane,
                    round=count,
                    properties=dict(element.properties),
                    inputs=self._inputs(element),
                )
            )

    def left(self, task: Any) -> None:
        """A token passed an element and goes on along the flows to the task's children."""
        element = self._element(task)
        self.trail.append(TrailEntry("left", element.id))
        self._close(task, element)
        for child in task.children:
            flow = self.definition.flow_between[element.id, child.task_spec.name]
            self.trail.append(TrailEntry("flow", element.id, flow))
        if element.kind == "end_event":
            self.state.end_event = element.id
            self.terminating = self.terminating or element.terminates

    def cancelled(self, task: Any) -> None:
        """A token was cut off where it waited."""
        element = self._element(task)
        if "round" in task.internal_data:
            self.trail.append(TrailEntry("left", element.id, values={"cancelled": True}))
        if "key" in task.internal_data:
            self.closed.append(Closed(task.internal_data["key"], element.id, "cancelled"))

    def condition(self, task: Any, text: str) -> bool:
        """Is the condition true? null and anything but true is not. What it read goes to the trail."""
        element = self._element(task)
        expression: Expression = self.definition.expressions[text]
        context = self._context()
        read = {name: _look_up(context, name) for name in sorted(expression.names)}
        self.trail.append(TrailEntry("read", element.id, values=clean_mapping(read)))
        return self._evaluate(expression, context, element) is True

    def decide(self, task: Any) -> None:
        """Evaluate the decision table of a business rule task into its scope."""
        element = self._element(task)
        table = self.definition.decisions[element.properties["decision"]]
        context = self._context()
        each = element.properties.get("each")
        if each is None:
            self.state.scope[element.id] = self._decide_once(element, table, context)
            return
        rows = self._evaluate(self.definition.expressions[each], context, element)
        if rows is None:
            rows = []
        if not isinstance(rows, list):
            raise EngineError(
                Fault.EACH_NOT_A_LIST, f"'each' of {element.id} gives no list.", element=element.id
            )
        item = element.properties["item"]
        self.state.scope[element.id] = [
            self._decide_once(element, table, context | {item: row}) for row in rows
        ]

    # -- within -----------------------------------------------------------------------------------------------

    def _decide_once(self, element: Element, table: Any, context: dict[str, Value]) -> Value:
        self._require_facts(table.names)
        try:
            hit = table.evaluate(context)
        except (DecisionError, ExpressionError) as error:
            raise EngineError(
                Fault.DECISION_FAILED,
                f"The decision of {element.id} failed: {error}",
                element=element.id,
                why=str(error),
            ) from None
        outputs = clean(hit.outputs)
        self.trail.append(
            TrailEntry(
                "decision",
                element.id,
                values={"inputs": clean(hit.inputs), "outputs": clean(outputs)},
                rules=list(hit.rule_ids),
            )
        )
        return outputs

    def _inputs(self, element: Element) -> dict[str, Value]:
        context = self._context()
        return {
            name.removeprefix("input."): clean(
                self._evaluate(self.definition.expressions[text], context, element)
            )
            for name, text in element.properties.items()
            if name.startswith("input.")
        }

    def _evaluate(self, expression: Expression, context: Mapping[str, Value], element: Element) -> Any:
        self._require_facts(expression.names)
        try:
            return expression.evaluate(context)
        except ExpressionError as error:
            raise EngineError(
                Fault.EXPRESSION_FAILED,
                f"An expression of {element.id} failed: {error}",
                element=element.id,
                why=str(error),
            ) from None

    def _context(self) -> dict[str, Value]:
        producing = {e.id: None for e in self.definition.elements.values() if e.kind in PRODUCING_KINDS}
        return {**producing, **self.state.scope, FACTS_ROOT: dict(self.facts)}

    def _require_facts(self, names: frozenset[str]) -> None:
        wanted = {name.split(".")[1] for name in names if name.startswith(FACTS_ROOT + ".")}
        if missing := wanted - self.facts.keys():
            raise NeedsFacts(sorted(missing))

    def _close(self, task: Any, element: Element) -> None:
        if "key" in task.internal_data:
            self.closed.append(Closed(task.internal_data["key"], element.id, "completed"))

    def _new_key(self) -> str:
        self.state.drawn += 1
        return hashlib.sha256(f"{self.seed}\n{self.state.drawn}".encode()).hexdigest()[:32]

    def _element(self, task: Any) -> Element:
        return self.definition.elements[task.task_spec.name]


def _look_up(context: Mapping[str, Value], name: str) -> Value:
    value: Value = dict(context)
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
