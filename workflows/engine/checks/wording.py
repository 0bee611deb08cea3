"""Checks of the expressions and decisions that a diagram holds."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from workflows.engine.checks.order import done_before, readable_at
from workflows.engine.checks.slots import Slot, check_slot, slots_of
from workflows.engine.drawing import Drawing
from workflows.engine.expressions import Expression, ExpressionError, Type, check_types, compile_expression
from workflows.engine.expressions.types import ANY
from workflows.engine.model import DECIDING_KINDS, Definition

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
    slot: Slot | None = None


class _Anything(Mapping[str, Type]):
    """Types of names of which nothing is known yet: what constants alone get wrong is wrong whatever they hold."""

    def __getitem__(self, name: str) -> Type:
        return ANY

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def wordings(drawing: Drawing) -> Iterator[Wording]:
    """Every expression of the diagram, conditions first."""
    for edge in drawing.edges.values():
        source = drawing.nodes.get(edge.source)
        if edge.condition and source is not None and source.kind in DECIDING_KINDS:
            yield Wording(edge.condition, edge.id, edge.line, "condition", gateway=source.id)
    for node in drawing.nodes.values():
        if node.kind == "foreign":
            continue
        for slot in slots_of(node):
            yield Wording(slot.text, node.id, slot.line, slot.place, slot=slot)


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
        _check_kinds(drawing, wording)
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


def _check_kinds(drawing: Drawing, wording: Wording) -> None:
    slot, anything = wording.slot, _Anything()
    faults = check_slot(slot, anything) if slot else check_types(wording.text, anything, "boolean")
    for fault in faults:
        line = wording.line + wording.text.count("\n", 0, fault.position)
        message = f"The {wording.place} of {wording.element}, character {fault.position + 1}: {fault.message}"
        drawing.report(
            "expression_" + fault.code, wording.element, line, message,
            position=fault.position, place=wording.place, text=wording.text[:200],
        )  # fmt: skip


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
