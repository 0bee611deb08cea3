"""What a return marks: rows whose select offers the fields of another form, with the reason beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.forms.form import Field, Form, flat


@dataclass(frozen=True, slots=True)
class MarkedField:
    """A field that was marked: the form it is of, its path (of one row or of all), and why; empty without a word."""

    form: str
    path: str
    reason: str


def marked_fields(form: Form, answers: Mapping[str, Any]) -> Iterator[MarkedField]:
    """The fields of other forms that these answers mark, in the order in which they were marked."""
    return _marked(form.fields, answers)


def _marked(fields: tuple[Field, ...], answers: Mapping[str, Any]) -> Iterator[MarkedField]:
    for rows in flat(fields):
        if rows.type != "dynamiclist":
            continue
        level = list(flat(rows.children))
        chooser = next((one for one in level if one.options_from), None)
        reason = next((one.key for one in level if one.type == "textarea"), "")
        for row in answers.get(rows.key) or []:
            if not isinstance(row, Mapping):
                continue
            if chooser is not None and row.get(chooser.key):
                source = str(chooser.options_from).removeprefix("fields:")
                yield MarkedField(source, str(row[chooser.key]), str(row.get(reason) or ""))
            yield from _marked(rows.children, row)
