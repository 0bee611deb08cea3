"""Countersigned tasks of a package: what their outcomes are, and that lanes sign where the drawing names signers."""

import re
from typing import Final

from workflows.engine import Element
from workflows.engine.countersign import words
from workflows.engine.expressions import Type, compile_expression, type_of_expression
from workflows.forms import Field
from workflows.packages.inside import facts_of, fields_of
from workflows.packages.kinds import kinds_of_process
from workflows.packages.manifest_tasks import SIGNER_VERBS
from workflows.packages.parts import PROCESS, Parts

TEXT: Final = re.compile(r'(?<![=<>!]\s)(?<![=<>!])"((?:[^"\\]|\\.)*)"')
"""A text in quotes that is not compared with anything."""
FREE: Final = frozenset({"textfield", "textarea"})


def check_signing(parts: Parts) -> None:
    """Note signers that are no staff lanes, outcomes that no signature can have, verbs where nobody signs."""
    manifest = parts.manifest
    for element in parts.elements("user_task"):
        settings = manifest.tasks.get(element.id) if manifest else None
        if settings is None:
            continue
        if element.countersign is None:
            for verb in sorted(set(settings.verbs) & set(SIGNER_VERBS)):
                message = f"'{verb}' is for countersigned tasks, and '{element.id}' is none."
                parts.refuse_setting(f"tasks.{element.id}.verbs", "verb_without_signers", message, verb=verb)
            continue
        agree, _, veto = words(element)
        for name, outcome in (("agree", agree), ("veto", veto)):
            if outcome is not None and settings.outcome(outcome) is None:
                message = (
                    f"No signature of '{element.id}' can be '{outcome}' ({name}): it is none of its outcomes."
                )
                parts.refuse_element(element, "signer_outcome", message, outcome=outcome)
        if "signers" in element.properties:
            _signers(parts, element)


def lanes_that_sign(parts: Parts) -> frozenset[str]:
    """Return the staff lanes that may have to sign: all of them where it is not known before a process runs."""
    manifest = parts.manifest
    if manifest is None:
        return frozenset()
    staff = frozenset(key for key, lane in manifest.lanes.items() if not lane.starter)
    found: set[str] = set()
    for element in parts.elements("user_task"):
        if element.countersign is not None and "signers" in element.properties:
            values = _listed(parts, element.properties["signers"]).values
            found |= set(values) if values else staff
    return staff & found


def _listed(parts: Parts, text: str) -> Type:
    """Return the kind of the members of the list that an expression gives."""
    kind = type_of_expression(text, kinds_of_process(parts))
    return kind.item or Type("any") if kind.kind == "list" else kind


def _signers(parts: Parts, element: Element) -> None:
    text = element.properties["signers"]
    member = _listed(parts, text)
    for name in sorted(compile_expression(text).names):
        if _is_free(parts, name):
            message = f"The signers of '{element.id}' depend on '{name}', where anything can be written: offer lanes to choose from."
            parts.refuse_element(element, "signers_free_text", message, path=name)
    staff = (
        {key for key, lane in parts.manifest.lanes.items() if not lane.starter} if parts.manifest else set()
    )
    for lane in dict.fromkeys(member.values or TEXT.findall(text)):
        if lane not in staff:
            message = f"'{lane}' is no lane of the drawing that could sign '{element.id}'."
            parts.refuse(PROCESS, element.id, element.line, "signer_no_lane", message, lane=lane)


def _is_free(parts: Parts, path: str) -> bool:
    """Tell whether a path is a field of a form in which any text can stand."""
    task, _, rest = path.partition(".")
    form = parts.form_of(task)
    if form is None or rest in facts_of(form):
        return False
    field: Field | None = fields_of(form).get(rest)
    return field is not None and (field.type in FREE or field.options_from is not None)
