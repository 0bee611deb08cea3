"""What a browser posts, as the answers that a form takes: typed as far as it can be read, otherwise as typed.

Names are paths: `company`, `lines[0].quantity`. A companion field `_has:<path>` says that a box or a list was on
the page, so that nothing ticked is an answer and a field that was not shown is none. `_new:<path>` says that a row was
pasted and not drawn yet: it begins with the defaults of what is not in it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    from workflows.forms import Field, Form

WITHOUT_VALUE = frozenset({"text", "separator", "expression"})
ROW_ID = "_row"
STEP = re.compile(r"(\w+)(?:\[(\d{1,4})\])?", re.ASCII)
PLAIN_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,10})?")


def typed_answers(form: "Form", posted: "MultiDict[str, str]") -> dict[str, Any]:
    """Return the answers in a posted form; what was left empty is left out."""
    return _of_fields(form.fields, posted, "")


def defaults(fields: Iterable["Field"]) -> dict[str, Any]:
    """Return what a fresh form begins with: its defaults, and one row where rows are required."""
    from workflows.forms.form import flat

    found: dict[str, Any] = {}
    for one in flat(tuple(fields)):
        if one.type == "dynamiclist":
            if one.required:
                found[one.key] = [defaults(one.children)]
        elif one.default not in (None, ""):
            found[one.key] = one.default
    return found


def _of_fields(fields: Iterable["Field"], posted: "MultiDict[str, str]", above: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        if field.type in WITHOUT_VALUE:
            continue
        if field.type == "group":
            found.update(_of_fields(field.children, posted, above))
            continue
        path = f"{above}{field.key}"
        value = _rows(field, posted, path) if field.type == "dynamiclist" else _value(field, posted, path)
        if value is not None:
            found[field.key] = value
    return found


def _rows(field: "Field", posted: "MultiDict[str, str]", path: str) -> list[dict[str, Any]] | None:
    if f"_has:{path}" not in posted:
        return None
    rows, new = [], set(posted.getlist(f"_new:{path}"))
    for number in posted.getlist(f"_row:{path}"):
        if not number.isdigit():
            continue
        row = _of_fields(field.children, posted, above := f"{path}[{int(number)}].")
        if number in new:
            fresh = defaults(field.children)
            row = {key: value for key, value in fresh.items() if f"{above}{key}" not in posted} | row
        person = posted.get(f"{path}[{int(number)}].{ROW_ID}")
        if field.holds_people and person:
            row[ROW_ID] = person
        rows.append(row)
    return rows


def _value(field: "Field", posted: "MultiDict[str, str]", path: str) -> Any:
    values = [text for text in posted.getlist(path) if text.strip()]
    if field.type == "checkbox":
        return bool(values) if f"_has:{path}" in posted else None
    if field.type in ("checklist", "filepicker"):
        return values if f"_has:{path}" in posted else None
    if not values:
        return None
    text = values[0].strip() if field.type != "textarea" else values[0].replace("\r\n", "\n").strip()
    return _number(text) if field.type == "number" else text


def _number(text: str) -> Decimal | str:
    plain = text.replace(",", "").replace("\uff0c", "")
    if not PLAIN_NUMBER.fullmatch(plain):
        return text
    try:
        return Decimal(plain)
    except InvalidOperation:
        return text


def level_of(answers: dict[str, Any], path: str) -> tuple[dict[str, Any], str] | None:
    """Return what holds the answer at a path, the answers or one of their rows, and its key there; None for no place."""
    *above, key = path.split(".")
    level = answers
    for name, number in _steps(above):
        rows = level.get(name)
        if number is None or not isinstance(rows, list) or number >= len(rows):
            return None
        level = rows[number]
    return (level, key) if STEP.fullmatch(key) else None


def _steps(parts: Iterable[str]) -> Iterator[tuple[str, int | None]]:
    for part in parts:
        found = STEP.fullmatch(part)
        yield (found[1], int(found[2]) if found[2] else None) if found else ("", None)


def add_row(answers: dict[str, Any], path: str, fresh: Mapping[str, Any]) -> int | None:
    """Put one more row at the end of a list; return its number, None where there is no such list."""
    place = level_of(answers, path)
    if place is None:
        return None
    level, key = place
    level[key] = [*(level.get(key) or []), dict(fresh)]
    return len(level[key]) - 1


def remove_row(answers: dict[str, Any], path: str, number: int) -> None:
    """Take one row out of a list; the others keep what was typed."""
    place = level_of(answers, path)
    if place is not None:
        level, key = place
        rows = level.get(key) or []
        level[key] = rows[:number] + rows[number + 1 :]
