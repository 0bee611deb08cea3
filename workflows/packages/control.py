"""Control data: what an expression reads must exist, and may never be personal (architecture, two kinds of data)."""

from workflows.engine import Element
from workflows.engine.expressions import ExpressionError, compile_expression
from workflows.handlers import HANDLERS
from workflows.packages.crosscheck import PLAIN_PATH, input_names
from workflows.packages.parts import PROCESS, Parts


def check_control(parts: Parts) -> None:
    """Note every path that an expression reads and no form, handler or table provides, or that is personal."""
    definition = parts.definition
    if definition is None:
        return
    items = _items(parts)
    for path in sorted(definition.control_paths):
        file = PROCESS
        if path.partition(".")[0] in items:
            file = next((f for f in parts.paths("decisions", ".dmn") if parts.line_in(f, path)), PROCESS)
        _check(parts, path, file, None, parts.line_in(file, path), items)
    parts.control_paths = set(definition.control_paths)
    for key, shape in parts.outlines.items():
        file = f"forms/{key}.json"
        for element in definition.elements:
            if element in shape.fields or element in shape.facts:
                message = f"'{element}' is both a field of this form and a step of the drawing: expressions could mean either."
                parts.refuse(file, element, parts.line_in(file, f'"{element}"'), "field_shadows", message)
        for place, text in shape.expressions:
            for path in sorted(_foreign(parts, key, text)):
                _check(parts, path, file, place, parts.line_in(file, f'"{place}"'), {})
                parts.control_paths.add(path)


def _items(parts: Parts) -> dict[str, str]:
    """Return for the item name of each repeated decision the rows it runs over."""
    return {
        element.properties["item"]: element.properties["each"].strip()
        for element in parts.elements("business_rule_task")
        if "item" in element.properties and "each" in element.properties
    }


def _foreign(parts: Parts, form: str, text: str) -> set[str]:
    """Return the paths of other steps that an expression of a form reads."""
    try:
        names = compile_expression(text).names
    except ExpressionError:
        return set()  # lint_form has said so
    elements = parts.definition.elements if parts.definition else {}
    own = parts.outlines[form]
    return {
        name
        for name in names
        if name.partition(".")[0] in elements
        and name.partition(".")[0] not in own.fields
        and name.partition(".")[0] not in own.facts
    }


def _check(
    parts: Parts, path: str, file: str, place: str | None, line: int | None, items: dict[str, str]
) -> None:
    first, _, rest = path.partition(".")
    if first in items:
        if rest and PLAIN_PATH.fullmatch(items[first]):
            _check(parts, f"{items[first]}.{rest}", file, place, line, {})
        return
    element = parts.definition.elements.get(first) if parts.definition else None
    if element is None:
        message = f"An expression reads '{path}', but no step of the drawing is called '{first}'."
        parts.refuse(file, place or first, line, "control_unknown", message, path=path)
        return
    why = _why_not(parts, element, rest)
    if why:
        rule, message = why
        parts.refuse(
            file, place or element.id, line, rule, f"An expression reads '{path}': {message}", path=path
        )


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
    shape = parts.outline_of(element.id)
    if rest == "outcome" or shape is None or rest in shape.facts:
        return None
    field = shape.fields.get(rest)
    if field is None:
        return "control_unknown", f"the form '{shape.key}' has no field or derived fact '{rest}'."
    personal = next((one.path for one in (field, *shape.inside(rest)) if one.personal), None)
    if personal:
        return (
            "control_personal",
            f"'{personal}' is personal and never leaves its form; declare a derived fact.",
        )
    if field.type == "filepicker":
        return "control_file", f"'{rest}' holds files, which no expression reads."
    return None
