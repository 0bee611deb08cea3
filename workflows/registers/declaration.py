"""A register as its package declares it, and what its declaration makes of values."""

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from workflows.errors import RegisterFieldInvalid, RegisterTransitionRefused

MAX_TEXT: Final = 500
"""Characters of a text field and of what search looks into."""


@dataclass(frozen=True, slots=True)
class FieldDeclaration:
    """A field: its type, whether lists show it, whether search looks into it, whether the public may read it."""

    key: str
    title: str
    type: str
    required: bool
    listed: bool
    searched: bool
    public: bool
    max_length: int
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RegisterDeclaration:
    """A register as its package declares it.

    `unique` maps the name of a unique key to the fields it consists of; `transitions` are (from, to) pairs of
    states; `valid_from` and `valid_until` name the date fields that bound an entry's validity, None without;
    `years` names the field with the term in years that fills an empty `valid_until`.
    """

    key: str
    title: str
    summary: str
    fields: tuple[FieldDeclaration, ...]
    unique: Mapping[str, tuple[str, ...]]
    states: tuple[tuple[str, str], ...]
    initial: str
    transitions: frozenset[tuple[str, str]]
    valid_from: str | None
    valid_until: str | None
    years: str | None

    def field(self, key: str) -> FieldDeclaration | None:
        """Return the field of that key."""
        return next((field for field in self.fields if field.key == key), None)

    def state_title(self, state: str) -> str:
        """Return the title of a state, the key itself for one that is no longer declared."""
        return dict(self.states).get(state, state)

    def take(self, values: Mapping[str, Any], today: date) -> dict[str, Any]:
        """Return the declared fields with checked types; raise RegisterFieldInvalid naming the first bad one.

        An empty start of validity is `today`; an empty end is the day before the start comes round again after
        the term in years.
        """
        for key in values:
            if self.field(key) is None:
                raise RegisterFieldInvalid(self.key, str(key)[:64])
        values = dict(values)
        if self.valid_from and values.get(self.valid_from) is None:
            values[self.valid_from] = today
        if self.valid_from and self.valid_until and self.years and values.get(self.valid_until) is None:
            term = as_text(values.get(self.years))
            if not term.isdecimal() or not 0 < int(term) <= 100:
                raise RegisterFieldInvalid(self.key, self.years)
            values[self.valid_until] = _last_day(values[self.valid_from], int(term))
        return {field.key: self._checked(field, values.get(field.key)) for field in self.fields}

    def unique_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the text of every unique key whose parts are all given."""
        found = {}
        for name, parts in self.unique.items():
            texts = [as_text(fields.get(part)) for part in parts]
            if all(texts):
                found[name] = "\u001f".join(texts)[:200]
        return found

    def search_text(self, fields: Mapping[str, Any]) -> str:
        """Return the searched fields as one lower-case line of at most 500 characters."""
        texts = (as_text(fields.get(field.key)) for field in self.fields if field.searched)
        return " ".join(text for text in texts if text).lower()[:MAX_TEXT]

    def require_transition(self, was: str, to: str) -> None:
        """Raise RegisterTransitionRefused unless the declaration lets a state become another."""
        if (was, to) not in self.transitions:
            raise RegisterTransitionRefused(self.key, was, to)

    def _checked(self, field: FieldDeclaration, value: Any) -> Any:
        if value is None or value == "":
            if field.required:
                raise RegisterFieldInvalid(self.key, field.key)
            return None
        good = {
            "text": isinstance(value, str) and len(value) <= field.max_length,
            "number": isinstance(value, Decimal | int) and not isinstance(value, bool),
            "date": isinstance(value, date),
            "boolean": isinstance(value, bool),
            "option": value in dict(field.options),
        }[field.type]
        if not good:
            raise RegisterFieldInvalid(self.key, field.key)
        return value


def _last_day(start: date, years: int) -> date:
    year = start.year + years
    if (start.month, start.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return start.replace(year=year) - timedelta(days=1)


def as_text(value: Any) -> str:
    """Return a value of a register field as one line of text."""
    return "" if value is None else str(value).strip()
