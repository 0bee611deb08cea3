"""Answers laid out place by place, so that what two people typed can be put together field by field.

A place is a path in which a row goes by its tag, not by its number: ``lines[k3f9a].quantity``. A tag stays with its
row for as long as the draft lives, whatever rows come and go above it.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from workflows.forms.form import Field, flat
from workflows.forms.vocabulary import ROW_ID

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]]*)\])?\.?")

Rows = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Spread:
    """``cells`` holds answers by place, ``rows`` the tags of each list, ``people`` the ids of rows that are people."""

    cells: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Spread":
        """Return another one with the same content."""
        return Spread(dict(self.cells), dict(self.rows), dict(self.people))

    def drop_row(self, row: str) -> None:
        """Forget all that stands in a row, named by its place such as ``lines[k3f9a]``."""
        for found in (self.cells, self.rows, self.people):
            for place in [one for one in found if one == row or one.startswith(f"{row}.")]:
                del found[place]

    def take_row(self, other: "Spread", row: str) -> None:
        """Take over all that stands in a row of another spread."""
        self.cells |= {place: value for place, value in other.cells.items() if place.startswith(f"{row}.")}
        self.rows |= {place: tags for place, tags in other.rows.items() if place.startswith(f"{row}.")}
        self.people |= {
            place: one for place, one in other.people.items() if place == row or place.startswith(f"{row}.")
        }


def new_tag(*of: object) -> str:
    """A tag for a row that somebody has just added; it begins with a letter, those given by position with a digit.

    What it is `of` gives the same tag again: a page that says twice that it has a new row has one.
    """
    return f"k{blake2b(repr(of).encode(), digest_size=4).hexdigest() if of else secrets.token_hex(4)}"


def spread(
    fields: Iterable[Field],
    answers: Mapping[str, Any],
    rows: Rows,
    *,
    fresh: Callable[[str, int], str] | None = None,
    shown: Callable[[str], bool] | None = None,
) -> Spread:
    """Lay answers out. Rows without a tag in ``rows`` get one from ``fresh``, by list and number, or else
    go by their number.

    ``shown`` tells by place whether a field stood on the page: one that did and was left empty is None in ``cells``,
    one that did not is absent.
    """
    laying = _Laying(rows, fresh, shown)
    laying.level(fields, answers, "")
    return laying.found


@dataclass(slots=True)
class _Laying:
    given: Rows
    fresh: Callable[[str, int], str] | None
    shown: Callable[[str], bool] | None
    found: Spread = field(default_factory=Spread)

    def level(self, fields: Iterable[Field], values: Mapping[str, Any], above: str) -> None:
        for one in flat(tuple(fields)):
            place, value = f"{above}{one.key}", values.get(one.key)
            if one.type == "dynamiclist":
                if isinstance(value, list):
                    self.listed(one, value, place)
            elif one.answered and (value is not None if self.shown is None else self.shown(place)):
                self.found.cells[place] = value

    def listed(self, one: Field, values: list[Any], place: str) -> None:
        tags = self.tags(place, len(values))
        self.found.rows[place] = tags
        for tag, row in zip(tags, values, strict=True):
            if isinstance(row, Mapping):
                if row.get(ROW_ID) is not None:
                    self.found.people[f"{place}[{tag}]"] = row[ROW_ID]
                self.level(one.children, row, f"{place}[{tag}].")

    def tags(self, place: str, count: int) -> tuple[str, ...]:
        known = list(self.given.get(place, ()))[:count]
        for number in range(len(known), count):
            known.append(self.fresh(place, number) if self.fresh is not None else str(number))
        return tuple(known)


def gather(fields: Iterable[Field], laid: Spread, above: str = "") -> dict[str, Any]:
    """Return the answers of a spread; the way back of ``spread``."""
    answers: dict[str, Any] = {}
    for one in flat(tuple(fields)):
        place = f"{above}{one.key}"
        if one.type == "dynamiclist":
            if place in laid.rows:
                answers[one.key] = [_row(one, laid, f"{place}[{tag}]") for tag in laid.rows[place]]
        elif laid.cells.get(place) is not None:
            answers[one.key] = laid.cells[place]
    return answers


def _row(one: Field, laid: Spread, row: str) -> dict[str, Any]:
    person = {ROW_ID: laid.people[row]} if row in laid.people else {}
    return gather(one.children, laid, f"{row}.") | person


def places(fields: Iterable[Field], rows: Rows, above: str = "") -> Iterator[tuple[str, Field]]:
    """Yield the places of all fields with an answer of their own, in the order of the form, with these rows."""
    for one in flat(tuple(fields)):
        place = f"{above}{one.key}"
        if one.type == "dynamiclist":
            for tag in rows.get(place, ()):
                yield from places(one.children, rows, f"{place}[{tag}].")
        elif one.answered:
            yield place, one


def place_of(path: str, rows: Rows) -> str | None:
    """The place of a path such as ``lines[0].quantity``; None where there is no such row."""
    place = ""
    for name, number in _STEP.findall(path):
        place += f".{name}" if place else name
        if number:
            tags = rows.get(place, ())
            if not number.isdigit() or int(number) >= len(tags):
                return None
            place += f"[{tags[int(number)]}]"
    return place


def path_of(place: str, rows: Rows) -> str | None:
    """The path of a place with these rows; None where the row is gone."""
    path, done = "", ""
    for name, tag in _STEP.findall(place):
        path += f".{name}" if path else name
        done += f".{name}" if done else name
        if tag:
            tags = list(rows.get(done, ()))
            if tag not in tags:
                return None
            path += f"[{tags.index(tag)}]"
            done += f"[{tag}]"
    return path
