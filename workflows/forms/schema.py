"""The marshmallow schema of a form, built from its fields once: unknown names are refused, values are typed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError

from workflows.forms.cells import (
    MAX_NAMES,
    Cell,
    ChoiceCell,
    ChoicesCell,
    DateCell,
    FilesCell,
    NumberCell,
    RowIdCell,
    RowsCell,
    TextCell,
    TickCell,
)
from workflows.forms.errors import ErrorCode
from workflows.forms.form import Field, Form, flat
from workflows.forms.surroundings import Surroundings, surrounded

MAX_ERRORS = 200

_CELLS: dict[str, type[Cell]] = {
    "textfield": TextCell,
    "textarea": TextCell,
    "number": NumberCell,
    "select": ChoiceCell,
    "radio": ChoiceCell,
    "checklist": ChoicesCell,
    "checkbox": TickCell,
    "datetime": DateCell,
    "filepicker": FilesCell,
}


class AnswersSchema(Schema):
    """What all schemas of forms have in common."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown_field", "type": "wrong_type"}  # noqa: RUF012 - marshmallow's own way


@lru_cache(maxsize=512)
def schema_of(form: Form) -> Schema:
    """The schema of a form. Whether a field is required depends on conditions and is judged afterwards."""
    return _schema(form.fields)


def _schema(fields: tuple[Field, ...], *, people: bool = False) -> Schema:
    cells: dict[str, Any] = {"row_id": RowIdCell()} if people else {}
    # The attribute names are ours: a key such as "load" must not meet a method of the schema.
    for number, one in enumerate(flat(fields)):
        if one.type == "dynamiclist":
            cells[f"cell_{number}"] = RowsCell(one, _schema(one.children, people=one.holds_people))
        elif one.answered:
            cells[f"cell_{number}"] = _CELLS[one.type](one)
    return AnswersSchema.from_dict(cells)()


def load_typed(
    form: Form, answers: Mapping[str, Any], surroundings: Surroundings
) -> tuple[dict[str, Any], dict[str, list[ErrorCode]]]:
    """Typed values of all sound answers, and the faults of the others by path; empty answers are left out."""
    # No form has as many fields as that: name none of the unknown ones, and do no work for them.
    if not isinstance(answers, Mapping) or len(answers) > MAX_NAMES:
        return {}, {"": [ErrorCode("wrong_type")]}
    with surrounded(surroundings):
        try:
            values = schema_of(form).load(dict(answers))
        except ValidationError as error:
            values = error.valid_data if isinstance(error.valid_data, dict) else {}
            errors: dict[str, list[ErrorCode]] = {}
            _flatten(error.messages, "", errors)
            return _without_empty(values), errors
    return _without_empty(values), {}


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            kept[key] = [_without_empty(row) for row in value]
        elif value is not None and value != []:
            kept[key] = value
    return kept


def _flatten(messages: Any, path: str, errors: dict[str, list[ErrorCode]]) -> None:
    if len(errors) >= MAX_ERRORS:
        return
    if isinstance(messages, dict):
        for name, inner in messages.items():
            if isinstance(name, int):
                _flatten(inner, f"{path}[{name}]", errors)
            elif name == "_schema":
                _flatten(inner, path, errors)
            else:
                shown = str(name)[:100].encode("utf-8", "replace").decode()
                _flatten(inner, f"{path}.{shown}" if path else shown, errors)
        return
    found = messages if isinstance(messages, list) else [messages]
    errors.setdefault(path, []).extend(
        one if isinstance(one, ErrorCode) else ErrorCode(_code(one)) for one in found
    )


def _code(message: Any) -> str:
    return message if message in ("unknown_field", "wrong_type") else "wrong_type"
