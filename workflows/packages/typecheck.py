"""Whether the expressions of a package can work on what forms, tables and handlers give them (docs/expressions.md)."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from workflows.engine import Element
from workflows.engine.checks.slots import check_slot
from workflows.engine.decisions import DecisionTable
from workflows.engine.expressions import (
    Expression,
    Type,
    TypeFault,
    check_tests,
    check_types,
    type_of_expression,
)
from workflows.forms import Field, Form
from workflows.packages.kinds import (
    item_of,
    kind_of_output,
    kinds_of_form,
    kinds_of_process,
    kinds_of_row,
)
from workflows.packages.parts import PROCESS, Parts
from workflows.packages.slots import drawn_slots, kinds_at, wanted_at

if TYPE_CHECKING:
    from workflows.packages.package import Package

# Names are checked with the control data (control.py) and by the form itself, which know what may be missing.
_ELSEWHERE: Final = frozenset({"unknown_name"})
_OPTION: Final = {"option": "string"}


def check_kinds(parts: Parts) -> None:
    """Note every expression that certainly gives nothing, compares what never compares, or is no condition."""
    if parts.definition is None:
        return
    kinds = kinds_of_process(parts)
    for place, element, slot in drawn_slots(parts):
        if element is None:
            faults = check_slot(slot, kinds)
        else:
            faults = check_slot(slot, kinds_at(parts, element, slot, kinds), wanted_at(parts, element, slot))
        _note(parts, PROCESS, place, slot.line, slot.text, faults)
    for activity, called in parts.calls.items():
        _outputs(parts, parts.definition.elements[activity], called, kinds)
    for element in parts.elements("business_rule_task"):
        table = parts.definition.decisions.get(element.properties.get("decision", ""))
        if table is not None and "." not in element.id:
            each, item = element.properties.get("each"), element.properties.get("item")
            known = kinds if each is None or item is None else {**kinds, item: item_of(each, kinds)}
            _table(parts, table, known)
    for form in parts.forms.values():
        _form(parts, form, kinds)


def _note(
    parts: Parts,
    file: str,
    place: str,
    line: int | None,
    text: str,
    faults: Iterable[TypeFault],
    offset: int = 0,
) -> None:
    told = {(one.rule, one.element) for one in parts.findings if one.file == file}
    for fault in faults:
        repeated = fault.code == "never_equal" and ("outcome_unknown", place) in told
        if fault.code not in _ELSEWHERE and not repeated:
            position = fault.position + offset
            at = None if line is None else line + text.count("\n", 0, fault.position)
            message = f"{fault.message} ({text[:60]!r}, character {position + 1})"
            parts.refuse(
                file, place, at, "expression_" + fault.code, message, position=position, text=text[:200]
            )


def _outputs(parts: Parts, element: Element, called: "Package", kinds: Mapping[str, Type]) -> None:
    """What a call gives back is read with the names of the called process, and the member that its run is for."""
    inside, item = kinds_of_process(called), element.properties.get("item")
    if item is not None:
        inside[item] = item_of(element.properties.get("each", "null"), kinds)
    for name, text in element.properties.items():
        if name.startswith("output."):
            _note(parts, PROCESS, element.id, element.line, text, check_types(text, inside))


def _table(parts: Parts, table: DecisionTable, kinds: Mapping[str, Type]) -> None:
    paths = parts.paths("decisions", ".dmn")
    file = next((path for path in paths if parts.line_in(path, f'id="{table.id}"')), PROCESS)
    found = []
    for column in table.inputs:
        text = column.expression.text
        line = parts.line_in(file, f'"{column.id}"') if column.id else None
        _note(parts, file, table.id, line, text, check_types(text, kinds))
        found.append(type_of_expression(text, kinds))
    for rule in table.rules:
        for test, value in zip(rule.tests, found, strict=True):
            _note(parts, file, rule.id, rule.line, test.text, check_tests(test.text, kinds, value))
        for output, result in zip(table.outputs, rule.results, strict=True):
            if result is not None:
                faults = check_types(result.text, kinds, kind_of_output(output.kind).kind)
                _note(parts, file, rule.id, rule.line, result.text, faults)


def _form(parts: Parts, form: Form, process: Mapping[str, Type]) -> None:
    file = f"forms/{form.key}.json"
    kinds = kinds_of_form(parts, form, process)

    def note(
        place: str, expression: Expression, wanted: str, names: Mapping[str, Type], offset: int = 0
    ) -> None:
        line = parts.line_in(file, f'"{place}"')
        _note(parts, file, place, line, expression.text, check_types(expression.text, names, wanted), offset)

    for rule in (*form.checks, *form.advice):
        note(rule.id, rule.expression, "boolean", kinds)
    for fact in form.facts:
        note(fact.name, fact.formula, _OPTION.get(fact.type, fact.type), kinds)

    def level(fields: tuple[Field, ...], names: Mapping[str, Type]) -> None:
        for one in fields:
            if one.hide is not None:
                note(one.key or one.id, one.hide, "boolean", names, 1)  # behind the =
            if one.expression is not None:
                note(one.key, one.expression, "any", names, 1)
            level(one.children, kinds_of_row(one, names) if one.type == "dynamiclist" else names)

    level(form.fields, kinds)
