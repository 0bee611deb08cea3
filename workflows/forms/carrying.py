"""Files of rows when a table takes the place of the rows: a table holds none, so each stays with a row that is the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workflows.forms.form import Field, flat
from workflows.forms.tables import Column, cells_of
from workflows.forms.vocabulary import ROW_ID

Row = Mapping[str, Any]


def carry_files(
    rows: Field, columns: Sequence[Column], old: Sequence[Row], new: Sequence[Row]
) -> tuple[list[dict[str, Any]], dict[int, list[str]]]:
    """Return the new rows with their files, and by number from 0 the old rows whose files go, with the ids of these.

    A row is the same when its id is, for rows that are people; else when everything that a table holds of it is, and
    no other row says the same. Rows that say the same are told apart by their place: they stay when all of them do.
    """
    found = [dict(row) for row in new]
    gone: dict[int, list[str]] = {}
    same = _same(rows, columns, old, new)
    for number, row in enumerate(old):
        ids = files_of(rows, row)
        if number in same:
            _carry(rows, columns, row, found[same[number]])
            kept = set(files_of(rows, found[same[number]]))
            ids = [one for one in ids if one not in kept]
        if ids:
            gone[number] = ids
    return found, gone


def files_of(rows: Field, row: Row) -> list[str]:
    """Return the ids of the files that a row holds, those inside it too."""
    found: list[str] = []
    for one in flat(rows.children):
        held = row.get(one.key) or []
        if one.type == "filepicker":
            found += [str(file) for file in held]
        elif one.type == "dynamiclist":
            found += [file for inner in held if isinstance(inner, Mapping) for file in files_of(one, inner)]
    return found


def _same(rows: Field, columns: Sequence[Column], old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Return the place among the new rows by that among the old ones."""
    before, after = _by_key(rows, columns, old), _by_key(rows, columns, new)
    return {
        was: is_now
        for key, places in before.items()
        if places == after.get(key) or len(places) == len(after.get(key, ())) == 1
        for was, is_now in zip(places, after[key], strict=True)
    }


def _by_key(rows: Field, columns: Sequence[Column], given: Sequence[Row]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = defaultdict(list)
    for number, row in enumerate(given):
        person = row.get(ROW_ID) if rows.holds_people else None
        found[str(person) if person else _said(columns, row)].append(number)
    return found


def _said(columns: Sequence[Column], row: Row) -> tuple[Any, ...]:
    """Return what a table holds of a row; a box that was not ticked says as little as one that was never shown."""
    own = cells_of(_inside(columns, ""), {key: value for key, value in row.items() if value is not False})
    lists = dict.fromkeys(column.inner for column in columns if column.inner)
    return *own, *(
        tuple(_said(_inside(columns, key), inner) for inner in row.get(key) or () if isinstance(inner, Mapping))
        for key in lists
    )


def _inside(columns: Sequence[Column], key: str) -> list[Column]:
    return [replace(column, inner="") for column in columns if column.inner == key]


def _carry(rows: Field, columns: Sequence[Column], old: Row, new: dict[str, Any]) -> None:
    for one in flat(rows.children):
        held = old.get(one.key)
        if held and one.type == "filepicker":
            new[one.key] = [str(file) for file in held]
        elif held and one.type == "dynamiclist":
            inner = [row for row in held if isinstance(row, Mapping)]
            new[one.key], _ = carry_files(one, _inside(columns, one.key), inner, new.get(one.key) or [])
