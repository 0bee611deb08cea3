"""What of earlier answers may stand in a new application: values that stay true, never a date or a consent."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from workflows.forms.form import Field, Form

NEVER: Final = frozenset({"datetime", "checkbox", "filepicker", "expression", "text", "separator"})
"""A date has passed, a consent is given anew, a file is copied as a file, the others hold nothing."""


def copyable(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that a form still has a place for, without dates, consents, files and the ids of people."""
    return _copied(form.fields, answers)


def files_of(form: Form, answers: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the ids of the files in answers, by the path of their field as `copyable` leaves the rows."""
    yield from _files(form.fields, answers, "")


def _copied(fields: Iterable[Field], answers: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in _level(fields):
        value = answers.get(one.key)
        if one.type in NEVER or value in (None, "", []):
            continue
        if one.type == "dynamiclist":
            found[one.key] = [_copied(one.children, row) for row in value if isinstance(row, Mapping)]
        elif not one.options or _offered(one, value):
            found[one.key] = value
    return found


def _files(
    fields: Iterable[Field], answers: Mapping[str, Any], above: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in _level(fields):
        value, path = answers.get(one.key), f"{above}{one.key}"
        if one.type == "dynamiclist":
            rows = [row for row in value or () if isinstance(row, Mapping)]
            for place, row in enumerate(rows):
                yield from _files(one.children, row, f"{path}[{place}].")
        elif one.type == "filepicker" and value:
            yield path, tuple(str(part) for part in value)


def _offered(one: Field, value: Any) -> bool:
    """Whether a choice is still offered."""
    offered = {str(option.value) for option in one.options}
    return {str(part) for part in (value if isinstance(value, list | tuple) else [value])} <= offered


def _level(fields: Iterable[Field]) -> Iterable[Field]:
    for one in fields:
        if one.type == "group":
            yield from _level(one.children)
        elif one.key:
            yield one
