"""The allow-list applied: everything in a file that vocabulary.py does not hold is reported by name and line."""

from typing import Any

from workflows.engine.drawing import MAX_FINDINGS, Drawing
from workflows.engine.tags import shown, split
from workflows.engine.vocabulary import (
    BPMN,
    BPMNDI,
    COLOURS,
    DRAWING,
    FEEL_LANGUAGES,
    FORMS,
    FORMULAS,
    MODELER,
    SPIFF,
    SPIFF_TAGS,
    XSI,
    Form,
)


def check_allowed(drawing: Drawing, root: Any) -> None:
    """Report every element, attribute, value and stray text that has no meaning here."""
    stack = [(root, FORMS["definitions"])]
    while stack:
        element, form = stack.pop()
        _check_attributes(drawing, element, form)
        _check_text(drawing, element, form)
        for child in element:
            if len(drawing.findings) >= MAX_FINDINGS:
                return
            space, tag = split(child.tag)
            if space in DRAWING:
                if space == BPMNDI and tag in form.children:
                    _check_diagram(drawing, child)
                    continue
            elif tag in form.children and space == (SPIFF if tag in SPIFF_TAGS else BPMN):
                stack.append((child, FORMS[tag]))
                continue
            drawing.report(
                "unsupported_element",
                child.get("id") or shown(child.tag),
                child.sourceline,
                f"{shown(child.tag)} is not supported within {shown(element.tag)}.",
                tag=shown(child.tag),
                parent=shown(element.tag),
            )


def _check_diagram(drawing: Drawing, diagram: Any) -> None:
    for element in diagram.iter():
        space, _ = split(element.tag)
        foreign = space not in DRAWING
        for name in element.attrib:
            attribute_space, _ = split(name)
            if attribute_space and attribute_space not in COLOURS:
                _report_attribute(drawing, element, name)
        if foreign:
            drawing.report(
                "unsupported_element",
                shown(element.tag),
                element.sourceline,
                f"{shown(element.tag)} is not supported within the diagram.",
                tag=shown(element.tag),
                parent="bpmndi:BPMNDiagram",
            )


def _check_attributes(drawing: Drawing, element: Any, form: Form) -> None:
    _, tag = split(element.tag)
    for name, value in element.attrib.items():
        space, local = split(name)
        if space:
            known = (
                (space == MODELER and tag == "definitions")
                or (space == XSI and local == "schemaLocation" and tag == "definitions")
                or (space == XSI and local == "type" and tag in FORMULAS)
            )
            if not known:
                _report_attribute(drawing, element, name)
            elif local == "type" and value.rpartition(":")[2] not in {"tFormalExpression", "tExpression"}:
                _report_value(drawing, element, name, value)
        elif local not in form.attributes:
            _report_attribute(drawing, element, name)
        else:
            allowed = form.attributes[local]
            language = local in {"language", "expressionLanguage"}
            if (allowed is not None and value not in allowed) or (language and value not in FEEL_LANGUAGES):
                _report_value(drawing, element, name, value)


def _report_attribute(drawing: Drawing, element: Any, name: str) -> None:
    drawing.report(
        "unsupported_attribute",
        element.get("id") or shown(element.tag),
        element.sourceline,
        f"Attribute {shown(name)} of {shown(element.tag)} is not supported.",
        attribute=shown(name),
        tag=shown(element.tag),
    )


def _report_value(drawing: Drawing, element: Any, name: str, value: str) -> None:
    drawing.report(
        "unsupported_value",
        element.get("id") or shown(element.tag),
        element.sourceline,
        f"{shown(name)}={value[:60]!r} of {shown(element.tag)} is not supported.",
        attribute=shown(name),
        value=value[:60],
        tag=shown(element.tag),
    )


def _check_text(drawing: Drawing, element: Any, form: Form) -> None:
    pieces = [child.tail for child in element]
    if not form.text:
        pieces.append(element.text)
    if any(piece and piece.strip() for piece in pieces):
        drawing.report(
            "unexpected_text",
            element.get("id") or shown(element.tag),
            element.sourceline,
            f"{shown(element.tag)} holds text that has no place there.",
            tag=shown(element.tag),
        )


def check_ids(drawing: Drawing, root: Any) -> None:
    """Note where each id of the file stands, and report those that are given twice."""
    for element in root.iter():
        identifier = element.get("id")
        if identifier is None:
            continue
        if identifier in drawing.ids:
            drawing.report(
                "id_duplicate",
                identifier,
                element.sourceline,
                f"The id {identifier} is used again; it was first given in line {drawing.ids[identifier]}.",
                first_line=drawing.ids[identifier],
            )
        else:
            drawing.ids[identifier] = element.sourceline or 0
