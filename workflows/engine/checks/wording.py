"""Checks of the expressions and decisions that a diagram holds."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from workflows.engine.checks.order import done_before, readable_at
from workflows.engine.drawing import Drawing, Node
from workflows.engine.events import is_bare_timer
from workflows.engine.expressions import Expression, ExpressionError, compile_expression
from workflows.engine.model import DECIDING_KINDS, Definition

EXPRESSIONS = frozenset({"each", "signers", "correlation", "result"})
KNOWN_FACTS = frozenset({"today"})
MAX_CHARACTERS = 60_000


@dataclass(frozen=True)
class Wording:
    """One expression, with the place that a finding names and the gateway that reads it, if one does."""

    text: str
    element: str
    line: int
    place: str
    gateway: str | None = None


def wordings(drawing: Drawing) -> Iterator[Wording]:
    """Every expression of the diagram, conditions first."""
    for edge in drawing.edges.values():
        source = drawing.nodes.get(edge.source)
        if edge.condition and source is not None and source.kind in DECIDING_KINDS:
            yield Wording(edge.condition, edge.id, edge.line, "condition", gateway=source.id)
    for node in drawing.nodes.values():
        if node.kind == "foreign":
            continue
        for name, text in node.properties.items():
            if name.startswith(("input.", "output.")) or name in EXPRESSIONS:
                yield Wording(text, node.id, node.line, name)
        yield from _hidden(node)


def _hidden(node: Node) -> Iterator[Wording]:
    """The expressions that stand in events and loops."""
    trigger, repeat = node.trigger, node.repeat
    if trigger is not None and trigger.type == "conditional" and trigger.text:
        yield Wording(trigger.text, node.id, trigger.line, "condition")
    timed = trigger is not None and trigger.type == "timer" and trigger.text
    if trigger is not None and timed and not is_bare_timer(trigger.form, trigger.text):
        yield Wording(trigger.text, node.id, trigger.line, "timer")
    if repeat is not None:
        for place, text in (
            ("loopCardinality", repeat.cardinality),
            ("completionCondition", repeat.until),
            ("loopCondition", repeat.condition),
        ):
            if text:
                yield Wording(text, node.id, repeat.line, place)


def check_wordings(drawing: Drawing, calls: Mapping[str, Definition]) -> dict[str, Expression]:
    """Compile every expression, report what cannot be read or names nothing, and return them by text."""
    compiled: dict[str, Expression] = {}
    foreign = {node.id for node in drawing.nodes.values() if node.kind == "foreign"}
    done = done_before(drawing)
    length = 0
    for wording in wordings(drawing):
        expression = compiled.get(wording.text)
        if expression is None:
            length += len(wording.text)
            if length > MAX_CHARACTERS:
                message = f"The expressions of a diagram may have {MAX_CHARACTERS} characters in all; use a decision table."
                drawing.report("expression_too_long", wording.element, wording.line, message)
                break
            try:
                expression = compiled[wording.text] = compile_expression(wording.text)
            except ExpressionError as error:
                _report_unreadable(drawing, wording, error)
                continue
        readable = readable_at(drawing, wording.element, wording.place, calls)
        if readable is None:
            continue
        for name in _unknown(expression, readable | foreign | {"input"}):
            message = (
                f"The {wording.place} of {wording.element} reads {name[:80]!r}; "
                "values are named <task>.<field>, and there is no such task."
            )
            drawing.report(
                "name_unknown", wording.element, wording.line, message, name=name[:80], place=wording.place
            )
        if wording.gateway is not None:
            _check_order(
                drawing,
                wording,
                expression.names & _reads(expression.names, readable & drawing.nodes.keys()),
                done,
            )
    return compiled


def _report_unreadable(drawing: Drawing, wording: Wording, error: ExpressionError) -> None:
    position = error.position or 0
    line = wording.line + wording.text.count("\n", 0, position)
    message = f"The {wording.place} of {wording.element} cannot be read at character {position + 1}: {error.message}"
    drawing.report(
        "expression_error", wording.element, line, message,
        code=error.code, position=position, place=wording.place, text=wording.text[:200],
    )  # fmt: skip


def _unknown(reader: Any, known: Set[str]) -> list[str]:
    """Names of an expression or table that nothing stands behind. Inside a filter one of several may be meant."""

    def exists(name: str) -> bool:
        root, _, rest = name.partition(".")
        return root in known or (root == "facts" and rest in KNOWN_FACTS)

    open_choice = {name for choice in reader.choices for name in choice}
    missing = {name for name in reader.names if name not in open_choice and not exists(name)}
    missing.update(choice[-1] for choice in reader.choices if not any(map(exists, choice)))
    return sorted(missing)


def _reads(names: frozenset[str], producing: set[str]) -> frozenset[str]:
    return frozenset(name for name in names if name.partition(".")[0] in producing)


def _check_order(
    drawing: Drawing, wording: Wording, names: frozenset[str], done: Mapping[str, frozenset[str]]
) -> None:
    gateway = wording.gateway or ""
    for name in sorted(names):
        task = name.partition(".")[0]
        if task not in done.get(gateway, frozenset({task})):
            message = f"{gateway} can be reached before {task} is done, so {name} may be null there."
            drawing.report("value_before_task", gateway, wording.line, message, name=name, task=task)


def check_decisions(drawing: Drawing, decisions: Mapping[str, Any], *, alone: bool) -> None:
    """A business rule task names a table of the package, and the table reads what is there."""
    for node in drawing.nodes.values():
        decision = node.properties.get("decision")
        if node.kind != "business_rule_task" or not decision:
            continue
        if decision not in decisions:
            if not alone:
                message = f"No table in decisions/ has the id {decision[:64]}."
                drawing.report("decision_unknown", node.id, node.line, message, decision=decision[:64])
            continue
        item = node.properties.get("item")
        producing = readable_at(drawing, node.id, "decision", {}) or set()
        for name in _unknown(decisions[decision], producing | {"input"} | ({item} if item else set())):
            message = f"The table {decision[:64]} reads {name[:80]!r}, which {node.id} does not give it."
            drawing.report("name_unknown", node.id, node.line, message, name=name[:80], place="decision")
