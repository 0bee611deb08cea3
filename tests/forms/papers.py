"""Forms as short as a test wants them, and the answers around them."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from workflows.forms import AttachmentInfo, Form, InvalidForm, Submission, lint_form, load_answers, parse_form

TODAY = date(2026, 11, 20)


def component(kind: str, key: str, **rest: Any) -> dict[str, Any]:
    """One component; rows take their key as path."""
    name = "path" if kind == "dynamiclist" else "key"
    keyless = kind in ("group", "text", "separator")
    return {"type": kind, "id": f"id_{key}", **({} if keyless else {name: key}), **rest}


def text(key: str, *, check: str | None = None, personal: str | None = None, **rest: Any) -> dict[str, Any]:
    """A text field."""
    properties = {name: value for name, value in (("check", check), ("personal", personal)) if value}
    return component("textfield", key, label=key, properties=properties, **rest)


def number(key: str, **rest: Any) -> dict[str, Any]:
    """A number field."""
    return component("number", key, label=key, **rest)


def rows(key: str, *components: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """Repeated rows."""
    return component("dynamiclist", key, components=list(components), **rest)


def choice(key: str, *values: str, kind: str = "select", **rest: Any) -> dict[str, Any]:
    """A select, radio or checklist."""
    return component(kind, key, values=[{"label": value, "value": value} for value in values], **rest)


def content(*components: dict[str, Any], **rest: Any) -> bytes:
    """The file of a form."""
    document = {"type": "default", "id": "paper", "title": "表", "components": list(components), **rest}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def form(*components: dict[str, Any], **rest: Any) -> Form:
    """The form itself."""
    return parse_form(content(*components, **rest), "paper")


def rules_of(*components: dict[str, Any], **rest: Any) -> list[str]:
    """The rules of all findings in the form."""
    return [finding.rule for finding in lint_form(content(*components, **rest), "forms/paper.json")]


def load(
    of: Form,
    answers: Mapping[str, Any],
    *,
    control: Mapping[str, Any] | None = None,
    files: Mapping[UUID, AttachmentInfo] | None = None,
    **rest: Any,
) -> Submission:
    """Hand in answers."""
    return load_answers(of, answers, control=control or {}, files=files or {}, today=TODAY, **rest)


def faults(of: Form, answers: Mapping[str, Any], **rest: Any) -> dict[str, list[str]]:
    """The codes of all faults by path; an empty dict when the answers pass."""
    try:
        load(of, answers, **rest)
    except InvalidForm as refusal:
        return {path: [error.code for error in found] for path, found in refusal.errors.items()}
    return {}
