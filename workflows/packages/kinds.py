"""What is known before a process runs of the kinds of its values: form fields, facts, outcomes, tables, handlers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields

from workflows.engine import Element
from workflows.engine.countersign import words
from workflows.engine.expressions import Type, type_of_expression
from workflows.engine.expressions.types import ANY, BOOLEAN, DATE, NUMBER, STRING, context_of, list_of
from workflows.forms import Field, Form
from workflows.forms.form import flat
from workflows.functions import FUNCTIONS
from workflows.handlers import HANDLERS
from workflows.packages.calls import INPUT_KINDS
from workflows.packages.parts import Parts, drawn
from workflows.schema_values import AmountValue, DateValue, NumberValue

if TYPE_CHECKING:
    from workflows.packages.package import Package

_FIELDS: Final = {
    "number": NUMBER,
    "checkbox": BOOLEAN,
    "datetime": DATE,
    "textfield": STRING,
    "textarea": STRING,
}
_FACTS: Final = {"boolean": BOOLEAN, "number": NUMBER, "date": DATE}
_OUTPUTS: Final = {
    "string": STRING, "number": NUMBER, "integer": NUMBER, "long": NUMBER, "double": NUMBER, "boolean": BOOLEAN,
    "date": DATE, "dateTime": Type("date and time"), "date and time": Type("date and time"),
}  # fmt: skip
NUMBERS: Final = ("nr_of_instances", "nr_of_completed", "nr_of_active")
"""What is counted of something that is done several times, or that several people sign."""
_HANDLED: Final[tuple[tuple[type[fields.Field[Any]], Type], ...]] = (
    (AmountValue, NUMBER), (NumberValue, NUMBER), (DateValue, DATE), (fields.Boolean, BOOLEAN), (fields.String, STRING),
    (fields.List, Type("list")), (fields.Dict, Type("context")),
)  # fmt: skip


def kinds_of_process(parts: "Parts | Package") -> dict[str, Type]:
    """Return what each step and the caller leave for the expressions of the drawing, ANY where that is not known."""
    elements = {element.id: element for element in drawn(parts.definition)}
    kinds = {name: ANY for element in elements.values() if (name := element.properties.get("item"))}
    kinds |= {id_: _kind_of_step(parts, element) for id_, element in elements.items()}
    inputs = parts.manifest.inputs if parts.manifest else {}
    kinds["input"] = context_of({name: INPUT_KINDS[kind] for name, kind in inputs.items()})
    for id_, element in elements.items():  # tables may run for each row of what other steps leave
        if element.kind == "business_rule_task":
            kinds[id_] = _kind_of_table(parts, element)
    for id_, element in elements.items():
        if element.kind == "sub_process" and "result" in element.properties and not element.several:
            kinds[id_] = type_of_expression(element.properties["result"], kinds)
    return kinds | {"facts": context_of({"today": DATE})}


def kinds_of_form(parts: Parts, form: Form, process: Mapping[str, Type]) -> dict[str, Type]:
    """Return the names that the expressions of a form find, outside its rows."""
    return {
        **process,
        **_entries(form.fields),
        **_facts(form),
        "outcome": _outcomes_of_form(parts, form),
        "today": DATE,
    }


def kinds_of_row(rows: Field, around: Mapping[str, Type]) -> dict[str, Type]:
    """Return the names that the expressions inside repeated rows find."""
    return {**around, **_entries(rows.children)}


def kind_of_output(declared: str) -> Type:
    """Return what the typeRef of an output column promises."""
    return _OUTPUTS.get(declared, ANY)


def kinds_of_schema(schema: type[Schema]) -> dict[str, Type]:
    """Return the kinds of a handler's inputs or outputs by the names that a drawing gives them."""
    return {one.data_key or name: _handled(one) for name, one in schema().fields.items()}


def item_of(each: str, kinds: Mapping[str, Type]) -> Type:
    """Return the kind of one of the values that something is done for."""
    found = type_of_expression(each, kinds)
    return (found.item or ANY) if found.kind == "list" else ANY


def _kind_of_step(parts: "Parts | Package", element: Element) -> Type:
    if element.countersign is not None:
        return _kind_of_tally(parts, element)
    run = _kind_of_run(parts, element)
    return run if element.repeat is None or element.repeat.mode == "loop" else kind_of_series(run)


def _kind_of_tally(parts: "Parts | Package", element: Element) -> Type:
    settings = parts.manifest.tasks.get(element.id) if parts.manifest else None
    given = tuple(one.key for one in settings.outcomes) if settings else ()
    whole = tuple(dict.fromkeys(one for one in words(element) if one is not None))
    signed = context_of({"signer": STRING, "outcome": Type("string", values=given)})
    return context_of(
        {
            **dict.fromkeys(NUMBERS, NUMBER),
            "outcome": Type("string", values=whole),
            "tallies": context_of(dict.fromkeys(given, NUMBER)),
            "signed": list_of(signed),
        }
    )


def kind_of_series(run: Type) -> Type:
    """Return what something that is done for each of a list leaves: its tally, and what each run gave."""
    return context_of({**dict.fromkeys(NUMBERS, NUMBER), "results": list_of(run)})


def _kind_of_run(parts: "Parts | Package", element: Element) -> Type:
    if element.kind == "call_activity":
        return _kind_of_call(parts, element)
    if element.kind == "service_task":
        handler = HANDLERS.get(element.properties.get("handler", ""))
        return context_of(kinds_of_schema(handler.output)) if handler else ANY
    if element.kind == "script_task":
        function = FUNCTIONS.get(element.properties.get("function", ""))
        return context_of(kinds_of_schema(function.output)) if function else ANY
    form = parts.form_of(element.id) if element.kind == "user_task" else None
    if form is None:
        return ANY
    settings = parts.manifest.tasks.get(element.id) if parts.manifest else None
    outcomes = tuple(one.key for one in settings.outcomes) if settings else ()
    return context_of({**_entries(form.fields), **_facts(form), "outcome": Type("string", values=outcomes)})


def _kind_of_call(parts: "Parts | Package", element: Element) -> Type:
    called = parts.calls.get(element.id)
    if called is None:
        return ANY
    inside = kinds_of_process(called)
    return context_of(
        {
            name.removeprefix("output."): type_of_expression(text, inside)
            for name, text in element.properties.items()
            if name.startswith("output.")
        }
    )


def _kind_of_table(parts: "Parts | Package", element: Element) -> Type:
    table = (
        parts.definition.decisions.get(element.properties.get("decision", "")) if parts.definition else None
    )
    if table is None:
        return ANY
    row = context_of({column.name: kind_of_output(column.kind) for column in table.outputs})
    if table.hit_policy == "COLLECT" and table.aggregation is None:
        row = list_of(row)
    return list_of(row) if "each" in element.properties else row


def _outcomes_of_form(parts: Parts, form: Form) -> Type:
    tasks = [task.id for task in parts.elements("user_task") if task.properties.get("form") == form.key]
    settings = (
        [parts.manifest.tasks[task] for task in tasks if task in parts.manifest.tasks]
        if parts.manifest
        else []
    )
    return Type("string", values=tuple(dict.fromkeys(one.key for each in settings for one in each.outcomes)))


def _facts(form: Form) -> dict[str, Type]:
    return {fact.name: _FACTS.get(fact.type, Type("string", values=fact.options)) for fact in form.facts}


def _entries(level: tuple[Field, ...]) -> dict[str, Type]:
    return {one.key: _kind_of_field(one) for one in flat(level) if one.key}


def _kind_of_field(field: Field) -> Type:
    if field.type == "dynamiclist":
        return list_of(context_of(_entries(field.children)))
    options = () if field.options_from else tuple(option.value for option in field.options)
    if field.type in ("select", "radio"):
        return Type("string", values=options)
    if field.type == "checklist":
        return list_of(Type("string", values=options))
    return _FIELDS.get(field.type, ANY)


def _handled(field: fields.Field[Any]) -> Type:
    return next((kind for cls, kind in _HANDLED if isinstance(field, cls)), ANY)
