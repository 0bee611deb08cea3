"""One step while it is made: names keys, keeps variables in their scopes, evaluates, and writes down what happens."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.engine.decisions import DecisionError
from workflows.engine.errors import EngineError, Fault
from workflows.engine.expressions import Expression, ExpressionError
from workflows.engine.model import Definition, Element
from workflows.engine.results import (
    Closed,
    DueRequest,
    FactsMissing,
    Message,
    Opened,
    ScriptRequest,
    SignersRequest,
    Timer,
    TrailEntry,
)
from workflows.engine.state import State
from workflows.engine.values import Value, clean, clean_mapping

FACTS_ROOT, INPUT = "facts", "input"
DUE, SIGNERS, SCRIPT = "due:", "signers:", "script:"


class NeedsFacts(Exception):
    """Ends an attempt at a step that cannot go on without facts; nothing of the attempt is kept."""


class Step:
    """What the live tree reports to. Holds one attempt at one step of one instance, used by one thread (rule 16)."""

    def __init__(
        self, definition: Definition, state: State, *, now: datetime, seed: str, facts: Mapping[str, Value]
    ) -> None:
        self.definition = definition
        self.state = state
        self.now = now
        self.seed = seed
        self.facts = facts
        self.opened: list[Opened] = []
        self.closed: list[Closed] = []
        self.timers: list[Timer] = []
        self.messages: list[Message] = []
        self.trail: list[TrailEntry] = []
        self._named = {n: v for n, v in facts.items() if not n.startswith((DUE, SIGNERS, SCRIPT))}
        self._wanted: set[str] = set()
        self._due: list[DueRequest] = []
        self._signers: list[SignersRequest] = []
        self._scripts: list[ScriptRequest] = []

    # -- facts ------------------------------------------------------------------------------------------------

    def missing(self) -> FactsMissing | None:
        """What the attempt lacked, if it lacked anything."""
        names = sorted(self._wanted) + [DUE + one.key for one in self._due]
        names += [SIGNERS + one.key for one in self._signers] + [SCRIPT + one.key for one in self._scripts]
        asked = tuple(self._due), tuple(self._signers), tuple(self._scripts)
        return FactsMissing(tuple(names), *asked) if names else None

    def due(self, request: DueRequest) -> datetime:
        """The instant of a timer. A missing one does not end the attempt, so that all are asked for at once."""
        name = DUE + request.key
        if name not in self.facts:
            self._due.append(request)
            return self.now
        return self._instant(name, request.element_id)

    def new_due(self, key: str, element_id: str) -> datetime:
        """The instant that a timer is moved to. Only its command can know it: nothing is said to compute it from."""
        name = DUE + key
        if name not in self.facts:
            self._wanted.add(name)
            raise NeedsFacts(name)
        return self._instant(name, element_id)

    def _instant(self, name: str, element_id: str) -> datetime:
        due = self.facts[name]
        if not isinstance(due, datetime) or due.tzinfo is None:
            raise EngineError(Fault.FACT_WRONG, f"{name} is no instant with a zone.", element=element_id)
        return due

    def signers(self, request: SignersRequest) -> Value:
        """The signers of a task that names none itself."""
        name = SIGNERS + request.key
        if name not in self.facts:
            self._signers.append(request)
            raise NeedsFacts(name)
        return self.facts[name]

    def script(self, element: Element, context: Mapping[str, Value]) -> Value:
        """What the function of a script task gives, computed outside and handed in (rule 14)."""
        inputs = self.given(element, "input.", context)
        request = ScriptRequest(self.new_key(), element.id, element.properties["function"], inputs)
        name = SCRIPT + request.key
        if name not in self.facts:
            self._scripts.append(request)
            raise NeedsFacts(name)
        outputs = self.facts[name]
        if not isinstance(outputs, dict):
            raise EngineError(Fault.FACT_WRONG, f"{name} is no context.", element=element.id)
        values: dict[str, Value] = {"function": request.function, "inputs": inputs, "outputs": clean(outputs)}
        self.trail.append(TrailEntry("script", element.id, values=values))
        return clean(outputs)

    def _require_facts(self, names: frozenset[str]) -> None:
        wanted = {name.split(".")[1] for name in names if name.startswith(FACTS_ROOT + ".")}
        if missing := wanted - self._named.keys():
            self._wanted |= missing
            raise NeedsFacts(", ".join(sorted(missing)))

    # -- variables --------------------------------------------------------------------------------------------

    def context(self, keys: list[str]) -> dict[str, Value]:
        """What an expression may read, and the facts. ``keys`` are those of the activities around, innermost first."""
        return variables(self.definition, self.state, keys) | {FACTS_ROOT: self._named}

    def scope(self, keys: list[str]) -> dict[str, Value]:
        """The variables that an element writes to: those of the innermost scope around it."""
        for key in keys:
            if key in self.state.scopes:
                return self.state.scopes[key]
        return self.state.scope

    # -- expressions ------------------------------------------------------------------------------------------

    def condition(
        self, element: Element, text: str, context: Mapping[str, Value], *, quiet: bool = False
    ) -> bool:
        """Is the condition true? null and anything but true is not. What it read goes to the trail."""
        expression: Expression = self.definition.expressions[text]
        read = {name: _look_up(context, name) for name in sorted(expression.names)}
        value = self._evaluate(expression, context, element) is True
        if value or not quiet:
            self.trail.append(TrailEntry("read", element.id, values=clean_mapping(read)))
        return value

    def evaluate(self, element: Element, text: str, context: Mapping[str, Value]) -> Any:
        """The value of an expression of the definition, as the expression language gives it."""
        return self._evaluate(self.definition.expressions[text], context, element)

    def given(self, element: Element, prefix: str, context: Mapping[str, Value]) -> dict[str, Value]:
        """The values of an element's properties ``input.…`` or ``output.…``."""
        return {
            name.removeprefix(prefix): clean(self.evaluate(element, text, context))
            for name, text in element.properties.items()
            if name.startswith(prefix)
        }

    def listed(self, element: Element, text: str, context: Mapping[str, Value], most: int) -> list[Value]:
        """The value of an expression that gives a list; null is an empty one."""
        value = self.evaluate(element, text, context)
        found = clean([] if value is None else value)
        if not isinstance(found, list):
            raise EngineError(
                Fault.LIST_WANTED, f"{text!r} of {element.id} gives no list.", element=element.id
            )
        if len(found) > most:
            raise EngineError(
                Fault.LIST_TOO_LONG,
                f"{element.id} is for {len(found)}, over {most}.",
                element=element.id,
                limit=most,
            )
        return found

    def decide(self, element: Element, context: dict[str, Value]) -> Value:
        """Evaluate the decision table of a business rule task."""
        table = self.definition.decisions[element.prefix + element.properties["decision"]]
        each = element.properties.get("each")
        if each is None:
            return self._decide_once(element, table, context)
        rows = self.evaluate(element, each, context)
        if rows is None:
            rows = []
        if not isinstance(rows, list):
            raise EngineError(
                Fault.EACH_NOT_A_LIST, f"'each' of {element.id} gives no list.", element=element.id
            )
        item = element.properties["item"]
        return [self._decide_once(element, table, context | {item: row}) for row in rows]

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

    # -- keys -------------------------------------------------------------------------------------------------

    def new_key(self) -> str:
        """A key that no other token of the instance ever had; the same seed gives the same keys."""
        self.state.drawn += 1
        return hashlib.sha256(f"{self.seed}\n{self.state.drawn}".encode()).hexdigest()[:32]


def variables(definition: Definition, state: State, keys: list[str]) -> dict[str, Value]:
    """The variables of the instance, and over them those of the scopes ``keys``, innermost first.

    A called process sees none of its caller's: its own scope, the one that holds ``input``, is the outermost.
    """
    inner: list[dict[str, Value]] = []
    for key in keys:
        if key in state.scopes:
            inner.append(state.scopes[key])
            if INPUT in state.scopes[key]:
                break
    else:
        inner.append({**dict.fromkeys(definition.written[""]), **state.scope})
    found: dict[str, Value] = {}
    for scope in reversed(inner):
        found.update(scope)
    return found


def _look_up(context: Mapping[str, Value], name: str) -> Value:
    value: Value = dict(context)
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
