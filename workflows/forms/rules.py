"""The expressions of a form: conditions, computed fields, checks, advice and derived facts."""

from collections.abc import Mapping
from typing import Any

from workflows.engine.expressions import Expression, ExpressionError, compile_expression
from workflows.forms.form import Check, Fact
from workflows.forms.report import Report, place_of
from workflows.forms.vocabulary import FACT_TYPES, MAX_RULES, NAME, OPTION_VALUE, RESERVED


def condition(report: Report, component: Mapping[str, Any], place: str | None) -> Expression | None:
    """When a component is hidden: the expression of conditional.hide, or None."""
    conditional = component.get("conditional")
    if conditional is None:
        return None
    if not isinstance(conditional, dict) or not conditional.keys() <= {"hide"}:
        report.refuse(place, "form_not_supported", "conditional has one part, hide.")
        return None
    text = conditional.get("hide")
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not text.startswith("="):
        report.refuse(place, "form_expression", "hide is an expression that begins with =.")
        return None
    return read_expression(report, text[1:], place, offset=1)


def formula(report: Report, component: Mapping[str, Any], place: str | None) -> Expression | None:
    """What a computed field shows."""
    text = component.get("expression")
    if not isinstance(text, str) or not text.startswith("="):
        report.refuse(place, "form_expression", "expression begins with =.")
        return None
    return read_expression(report, text[1:], place, offset=1)


def read_expression(report: Report, text: Any, place: str | None, offset: int = 0) -> Expression | None:
    """Compile an expression; None after a finding. ``offset`` counts what stood before it, such as the =."""
    if not isinstance(text, str):
        report.refuse(place, "form_expression", "An expression is a text.")
        return None
    try:
        return compile_expression(text)
    except ExpressionError as error:
        position = error.position + offset
        message = f"{error.message} ({text[:60]!r}, character {position + 1})"
        report.refuse(place, "expression_" + error.code, message, position=position, text=text[:200])
        return None


def rules(report: Report, document: Mapping[str, Any], name: str) -> tuple[Check, ...]:
    """The checks or the advice of a form."""
    found: list[Check] = []
    for entry in entries(report, document, name, {"id", "expression", "message"}):
        identifier = entry.get("id")
        if not isinstance(identifier, str) or not NAME.fullmatch(identifier):
            report.refuse(None, "form_rule", f"Each of {name} needs an id that is a name.")
            continue
        if identifier in {rule.id for rule in found}:
            report.refuse(identifier, "form_rule", f"The id {identifier} stands twice in {name}.")
        if not isinstance(entry.get("message"), str) or not entry["message"].strip():
            report.refuse(identifier, "form_rule", f"{identifier} needs a message.")
            continue
        text = entry.get("expression")
        expression = read_expression(
            report, text.removeprefix("=") if isinstance(text, str) else text, identifier
        )
        if expression is not None:
            found.append(Check(identifier, expression, entry["message"]))
    return tuple(found)


def facts(report: Report, document: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The derived facts of a form."""
    found: list[Fact] = []
    for entry in entries(report, document, "facts", {"name", "type", "formula", "options"}):
        name, kind = entry.get("name"), entry.get("type")
        if not isinstance(name, str) or not NAME.fullmatch(name) or name in RESERVED:
            report.refuse(None, "form_fact", "Each fact needs a name that is a FEEL name and not taken.")
            continue
        if not isinstance(kind, str) or kind not in FACT_TYPES:
            report.refuse(name, "form_fact", f"The type of {name} is one of {', '.join(sorted(FACT_TYPES))}.")
            continue
        options = entry.get("options", [])
        if not isinstance(options, list) or not all(
            isinstance(one, str) and OPTION_VALUE.fullmatch(one) for one in options
        ):
            report.refuse(name, "form_fact", "options is a list of short codes.")
            continue
        if (kind == "option") != bool(options):
            report.refuse(
                name, "form_fact", f"{name}: a fact of type option lists its options, no other does."
            )
        text = entry.get("formula")
        expression = read_expression(report, text.removeprefix("=") if isinstance(text, str) else text, name)
        if expression is not None:
            found.append(Fact(name, kind, expression, tuple(options)))
    return tuple(found)


def entries(report: Report, document: Mapping[str, Any], name: str, known: set[str]) -> list[dict[str, Any]]:
    """The objects of a list at the top of the form; an empty list after a finding."""
    found = document.get(name, [])
    if (
        not isinstance(found, list)
        or len(found) > MAX_RULES
        or not all(isinstance(one, dict) for one in found)
    ):
        report.refuse(None, "form_rule", f"{name} is a list of at most {MAX_RULES} objects.")
        return []
    for entry in found:
        for part in entry.keys() - known:
            report.refuse(
                place_of(entry), "form_not_supported", f"{part!r} in {name} is not supported.", name=part
            )
    return found
