"""Control data: what an expression reads must exist, and may never be personal (architecture, two kinds of data)."""

from workflows.engine import Definition, Element
from workflows.engine.expressions import Expression
from workflows.forms import Form
from workflows.handlers import HANDLERS
from workflows.packages.crosscheck import PLAIN_PATH, input_names
from workflows.packages.inside import below, expressions_of, facts_of, fields_of
from workflows.packages.parts import PROCESS, Parts


def check_control(parts: Parts) -> None:
    """Note every path that an expression reads and no form, handler or table provides, or that is personal."""
    definition = parts.definition
    if definition is None:
        return
    optional = _optional(definition)
    for path in sorted(definition.control_paths):
        _check(parts, path, PROCESS, None, parts.line_in(PROCESS, path), may_lack=path in optional)
    _check_rows_of_decisions(parts, optional)
    parts.control_paths = set(definition.control_paths)
    for key, form in parts.forms.items():
        file = f"forms/{key}.json"
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
    parts: Parts, path: str, file: str, place: str | None, line: int | None, *, may_lack: bool
) -> None:
    first, _, rest = path.partition(".")
    element = parts.definition.elements.get(first) if parts.definition else None
    if element is None:
        if not may_lack:
            message = f"An expression reads '{path}', but no step of the drawing is called '{first}'."
            parts.refuse(file, place or first, line, "control_unknown", message, path=path)
        return
    why = _why_not(parts, element, rest)
    if why and not (may_lack and why[0] == "control_unknown"):
        message = f"An expression reads '{path}': {why[1]}"
        parts.refuse(file, place or element.id, line, why[0], message, path=path)


def _why_not(parts: Parts, element: Element, rest: str) -> tuple[str, str] | None:
    if not rest:
        return "control_whole", "name the value, not the whole step."
    head = rest.partition(".")[0]
    if element.kind == "user_task":
        return _why_not_of_form(parts, element, rest)
    if element.kind == "service_task":
        handler = HANDLERS.get(element.properties.get("handler", ""))
        given = input_names(handler.output).keys() if handler else {head}
    elif element.kind == "business_rule_task" and parts.definition:
        table = parts.definition.decisions.get(element.properties.get("decision", ""))
        given = {getattr(output, "name", output) for output in table.outputs} if table else {head}
    else:
        return "control_unknown", f"'{element.id}' gives no value."
    if head not in given:
        return "control_unknown", f"'{element.id}' gives {', '.join(sorted(given)) or 'nothing'}."
    return None


def _why_not_of_form(parts: Parts, element: Element, rest: str) -> tuple[str, str] | None:
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
