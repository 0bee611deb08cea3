"""Control data: what an expression reads must exist, and may never be personal (architecture, two kinds of data)."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from workflows.engine import Definition, Element
from workflows.engine.expressions import Expression
from workflows.forms import Form
from workflows.functions import FUNCTIONS
from workflows.handlers import HANDLERS
from workflows.packages.crosscheck import PLAIN_PATH, input_names
from workflows.packages.inside import below, expressions_of, facts_of, fields_of
from workflows.packages.kinds import NUMBERS
from workflows.packages.parts import PROCESS, Parts
from workflows.packages.slots import drawn_slots

if TYPE_CHECKING:
    from workflows.packages.package import Package

# What a message brings is its sender's to say; what a result reads was checked where it stands.
_SAID_ELSEWHERE: Final = frozenset({"receive_task", "catch_event", "boundary_event"})


def check_control(parts: Parts) -> None:
    """Note every path that an expression reads and no form, handler or table provides, or that is personal."""
    definition = parts.definition
    if definition is None:
        return
    optional = _optional(definition)
    inputs = parts.manifest.inputs if parts.manifest else {}
    _check_inputs_read(parts, inputs)
    _check_outputs(parts)
    _check_slots(parts, definition, optional)
    _check_tables(parts, definition, optional)
    _check_rows_of_decisions(parts, optional)
    parts.control_paths = set(definition.control_paths)
    for key, form in parts.forms.items():
        file = f"forms/{key}.json"
        if inputs and ("input" in fields_of(form) or "input" in facts_of(form)):
            message = "'input' is both a field of this form and what the caller gives: rename the field."
            parts.refuse(file, "input", parts.line_in(file, '"input"'), "field_shadows", message)
        for element in definition.elements:
            if element in fields_of(form) or element in facts_of(form):
                message = (
                    f"'{element}' is both a field of this form and a step of the drawing: rename the field."
                )
                parts.refuse(file, element, parts.line_in(file, f'"{element}"'), "field_shadows", message)
        for place, expression in expressions_of(form):
            for path, may_lack in sorted(_foreign(parts, form, expression).items()):
                _check(parts, path, file, place, parts.line_in(file, f'"{place}"'), may_lack=may_lack)
                parts.control_paths.add(path)


def _check_slots(parts: Parts, definition: Definition, optional: set[str]) -> None:
    """Check what the expressions of the drawing read, each where it stands."""
    for place, _, slot in drawn_slots(parts):
        expression = definition.expressions.get(slot.text)
        for path in () if expression is None else sorted(expression.names):
            if path.partition(".")[0] in definition.elements:
                at = position_of_name(slot.text, path)
                line = slot.line + slot.text.count("\n", 0, at or 0)
                _check(parts, path, PROCESS, place, line, may_lack=path in optional, position=at)


def _check_tables(parts: Parts, definition: Definition, optional: set[str]) -> None:
    """Check what the decision tables read of the steps."""
    for element in parts.elements("business_rule_task"):
        table = definition.decisions.get(element.properties.get("decision", ""))
        names = sorted(table.names) if table is not None and "." not in element.id else ()
        for path in names:
            if path.partition(".")[0] in definition.elements and path in definition.control_paths:
                tables = parts.paths("decisions", ".dmn")
                file = next((one for one in tables if parts.line_in(one, path)), PROCESS)
                line = parts.line_in(file, path) or element.line
                _check(parts, path, file, table.id if table else None, line, may_lack=path in optional)


def position_of_name(text: str, path: str) -> int | None:
    """Return where a dotted name begins in an expression; None where it is put together from several places."""
    found = re.search(rf"(?<![\w.]){re.escape(path)}(?!\w)", text)
    if found is None:
        found = re.search(rf"(?<![\w.]){re.escape(path.partition('.')[0])}(?!\w)", text)
    return found.start() if found else None


def _in_series(element: Element) -> bool:
    """Is it done for each of a list, so that it leaves a tally and the results of its runs?"""
    return element.repeat is not None and element.repeat.mode != "loop"


def _optional(definition: Definition) -> set[str]:
    """Return the names inside filters that may mean something else: lines[q > 1] reads lines.q or q."""
    sources = (*definition.expressions.values(), *definition.decisions.values())
    return {path for source in sources for choice in getattr(source, "choices", ()) for path in choice}


def _check_rows_of_decisions(parts: Parts, optional: set[str]) -> None:
    """Check what a decision that is run for each row reads of the row."""
    for element in parts.elements("business_rule_task"):
        item, each = element.properties.get("item"), element.properties.get("each", "")
        table = (
            parts.definition.decisions.get(element.properties.get("decision", ""))
            if parts.definition
            else None
        )
        if item is None or table is None or not PLAIN_PATH.fullmatch(each):
            continue
        file = next((path for path in parts.paths("decisions", ".dmn") if parts.line_in(path, item)), PROCESS)
        for name in sorted(table.names):
            first, _, rest = name.partition(".")
            if first == item and rest:
                line = parts.line_in(file, name)
                _check(parts, f"{each.strip()}.{rest}", file, table.id, line, may_lack=name in optional)


def _foreign(parts: Parts, form: Form, expression: Expression) -> dict[str, bool]:
    """Return the paths of other steps that an expression of a form reads, and whether each may be missing."""
    elements = parts.definition.elements if parts.definition else {}
    own = fields_of(form).keys() | facts_of(form)
    optional = {path for choice in expression.choices for path in choice}
    firsts = {name: name.partition(".")[0] for name in expression.names}
    return {
        name: name in optional for name, first in firsts.items() if first in elements and first not in own
    }


def _check(
    parts: Parts,
    path: str,
    file: str,
    place: str | None,
    line: int | None,
    *,
    may_lack: bool,
    position: int | None = None,
) -> None:
    first, _, rest = path.partition(".")
    element = parts.definition.elements.get(first) if parts.definition else None
    if element is None:
        if not may_lack:
            message = f"An expression reads '{path}', but no step of the drawing is called '{first}'."
            parts.refuse(file, place or first, line, "control_unknown", message, path=path)
        return
    why = why_not(parts, element, rest)
    if why and not (may_lack and why[0] == "control_unknown"):
        character = "" if position is None else f", character {position + 1}"
        message = f"An expression reads '{path}'{character}: {why[1]}"
        parts.refuse(file, place or element.id, line, why[0], message, path=path, position=position)


def _check_inputs_read(parts: Parts, inputs: Mapping[str, str]) -> None:
    """Check that every ``input.<name>`` is one that the manifest declares."""
    found = [(PROCESS, "input", path) for path in (parts.definition.inputs_read if parts.definition else ())]
    for form in parts.forms.values():
        if "input" not in {*fields_of(form), *facts_of(form)}:
            for place, expression in expressions_of(form):
                found += [(f"forms/{form.key}.json", place, path) for path in expression.names]
    for file, place, path in sorted(found):
        first, _, rest = path.partition(".")
        if first == "input" and rest.partition(".")[0] not in inputs:
            message = f"An expression reads '{path}', but the manifest declares no such input."
            parts.refuse(file, place, parts.line_in(file, path), "input_unknown", message, path=path)


def _check_outputs(parts: Parts) -> None:
    """Check what the outputs of each call read of the called process, its personal fields above all."""
    for activity, called in parts.calls.items():
        element = parts.definition.elements[activity] if parts.definition else None
        outputs = element.properties.items() if element else ()
        for name, text in outputs:
            if element is None or parts.definition is None or not name.startswith("output."):
                continue
            expression = parts.definition.expressions[text]
            optional = {path for choice in expression.choices for path in choice}
            for path in sorted(expression.names):
                why = _why_no_output(called, path)
                if why and not (path in optional and why[0] == "control_unknown"):
                    message = f"The {name} of '{activity}' reads '{path}' of '{called.key}': {why[1]}"
                    parts.refuse_element(element, why[0], message, path=path)


def _why_no_output(called: "Package", path: str) -> tuple[str, str] | None:
    first, _, rest = path.partition(".")
    if first == "input" and rest not in called.manifest.inputs:
        return "control_unknown", "it declares no such input."
    element = called.definition.elements.get(first)
    return why_not(called, element, rest) if element else None  # else an item, or refused with the drawing


def why_not(parts: "Parts | Package", element: Element, rest: str) -> tuple[str, str] | None:
    """Return the rule and the reason why a path of an element gives no control value, None when it does."""
    if not rest:
        return "control_whole", "name the value, not the whole step."
    if element.countersign is not None:
        return _why_not_of_signatures(parts, element, rest)
    if not _in_series(element):
        return _why_not_of_run(parts, element, rest)
    head, _, inner = rest.partition(".")
    if rest in NUMBERS:
        return None
    if head != "results":
        return "control_unknown", f"'{element.id}' gives {', '.join(NUMBERS)} and results."
    if not inner:
        return "control_whole", "name a value of the results, not all of them."
    return _why_not_of_run(parts, element, inner)


def _why_not_of_signatures(parts: "Parts | Package", element: Element, rest: str) -> tuple[str, str] | None:
    """Of a countersigned task expressions read the tally; what each signer wrote stays a submission."""
    head, _, last = rest.partition(".")
    settings = parts.manifest.tasks.get(element.id) if parts.manifest else None
    if head == "tallies" and last and settings is not None and settings.outcome(last) is None:
        return "control_unknown", f"no signature of '{element.id}' can be '{last}'."
    if (head in NUMBERS or head == "outcome") and not last:
        return None
    if (head == "tallies" and "." not in last) or (head == "signed" and last in ("", "signer", "outcome")):
        return None
    given = ", ".join((*NUMBERS, "outcome", "signed", "tallies.<outcome>"))
    return "control_unknown", f"'{element.id}' is countersigned and gives {given}."


def _why_not_of_run(parts: "Parts | Package", element: Element, rest: str) -> tuple[str, str] | None:
    if element.kind == "user_task":
        return _why_not_of_form(parts, element, rest)
    if element.kind in _SAID_ELSEWHERE or (element.kind == "sub_process" and "result" in element.properties):
        return None
    given = _given(parts, element)
    head = rest.partition(".")[0]
    if given is None:
        return "control_unknown", f"'{element.id}' gives no value."
    if head not in given and (given or element.kind == "call_activity"):
        return "control_unknown", f"'{element.id}' gives {', '.join(sorted(given)) or 'nothing'}."
    return None


def _given(parts: "Parts | Package", element: Element) -> set[str] | None:
    """Return what a handler, function or table gives, nothing where there is none of that name; else None."""
    named = element.properties.get
    if element.kind == "service_task":
        handler = HANDLERS.get(named("handler", ""))
        return {*input_names(handler.output)} if handler else set()
    if element.kind == "call_activity":
        return outputs_of(element)
    if element.kind == "script_task":
        function = FUNCTIONS.get(named("function", ""))
        return {*input_names(function.output)} if function else set()
    if element.kind == "business_rule_task" and parts.definition:
        table = parts.definition.decisions.get(named("decision", ""))
        return {getattr(output, "name", output) for output in table.outputs} if table else set()
    return None


def outputs_of(element: Element) -> set[str]:
    """Return the names that a call activity gives: its outputs."""
    return {name.removeprefix("output.") for name in element.properties if name.startswith("output.")}


def _why_not_of_form(parts: "Parts | Package", element: Element, rest: str) -> tuple[str, str] | None:
    form = parts.form_of(element.id)
    if rest == "outcome" or form is None or rest in facts_of(form):
        return None
    field = fields_of(form).get(rest)
    if field is None:
        return "control_unknown", f"the form '{form.key}' has no field or derived fact '{rest}'."
    personal = next((one.path for one in (field, *below(form, rest)) if one.subject), None)
    if personal:
        return (
            "control_personal",
            f"'{personal}' is personal and never leaves its form; declare a derived fact.",
        )
    if field.type == "filepicker":
        return "control_file", f"'{rest}' holds files, which no expression reads."
    return None
