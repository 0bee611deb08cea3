"""Remarks of a return beside what they are about: a press on a field, a cell or a file adds the row for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.pages.answers import add_row

if TYPE_CHECKING:
    from service.pages.desk import Desk


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a form keeps remarks: the list, in it the field that says where and the one that says why; about which form."""

    rows: str
    where: str
    why: str
    form: str
    paths: frozenset[str]


def marks_of(desk: "Desk") -> Marks | None:
    """Return where the form of a verdict keeps remarks, None where it has no place for them or no outcome returns."""
    form = desk.view.form
    if form is None or not desk.deciding or not any(one.kind == "return" for one in desk.view.outcomes):
        return None
    for rows in form.walk():
        where = next((one for one in rows.children if one.options_from), None)
        if rows.type == "dynamiclist" and where is not None:
            why = next((one.key for one in rows.children if one.type == "textarea"), "")
            paths = frozenset(path for path, _ in desk.view.markable)
            return Marks(rows.key, where.key, why, (where.options_from or "").removeprefix("fields:"), paths)
    return None


def mark(desk: "Desk", path: str) -> None:
    """Choose the return and begin a remark beside a field, in an empty row if there is one; one that is there gets the focus."""
    found = marks_of(desk)
    if found is None or path not in found.paths:
        return
    if desk.chosen is None or desk.chosen.kind != "return":
        desk.outcome = next(one.key for one in desk.view.outcomes if one.kind == "return")
    given = desk.typed.get(found.rows)
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    at = next((at for at, row in enumerate(rows) if row.get(found.where) == path), None)
    if at is None:
        at = next((at for at, row in enumerate(rows) if not (row.get(found.where) or row.get(found.why))), None)
        if at is None:
            at = add_row(desk.typed, found.rows, {found.where: path}) or 0
        else:
            rows[at][found.where] = path
    desk.focus = f"{found.rows}[{at}].{found.why}"
