# ruff: noqa: ARG002, RUF012 - marshmallow hands attr and data to every field and keeps its messages in the class
"""Fields of the API. Their messages are codes, `code|name=value`, which the catalogues turn into sentences."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

Messages = dict[str, str | list[Any] | dict[Any, Any]]
BASE: Messages = {
    "required": "required",
    "null": "required",
    "validator_failed": "wrong_value",
    "invalid": "wrong_type",
}


def refuse(field: fields.Field[Any], key: str, **params: Any) -> NoReturn:
    """Refuse a value with one of its field's codes."""
    raise field.make_error(key, **params)


class Schema(ma.Schema):
    """Base of every schema: what it does not name is refused."""

    class Meta:
        """White list, in the order in which fields are written."""

        unknown = ma.RAISE

    error_messages = {"unknown": "unknown_field", "type": "wrong_type"}


class Text(fields.String):
    """A text between `low` and `high` characters, without control characters except line breaks and tabs."""

    default_error_messages: Messages = {
        **BASE,
        "invalid_utf8": "wrong_value",
        "short": "too_short|limit={limit}",
        "long": "too_long|limit={limit}",
        "control": "bad_characters|char={char}",
    }

    def __init__(self, low: int = 0, high: int = 200, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"minLength": low, "maxLength": high})
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if len(text) < self.low:
            refuse(self, "required" if not text else "short", limit=self.low)
        if len(text) > self.high:
            refuse(self, "long", limit=self.high)
        for letter in text:
            if (letter < " " and letter not in "\n\r\t") or letter == "\x7f":
                refuse(self, "control", char=f"U+{ord(letter):04X}")
        return text


class Id(fields.UUID):
    """An id of ours."""

    default_error_messages: Messages = {**BASE, "invalid": "wrong_id", "invalid_uuid": "wrong_id"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> UUID:
        if not isinstance(value, str) or len(value) != 36:
            refuse(self, "invalid_uuid")
        return UUID(str(super()._deserialize(value, attr, data, **kwargs)))


class Whole(fields.Integer):
    """A whole number from `low` to `high`; true, 1.0 and "1" are none in a body."""

    default_error_messages: Messages = {
        **BASE,
        "too_large": "wrong_type",
        "range": "out_of_range|low={low}|high={high}",
    }

    def __init__(self, low: int, high: int, *, strict: bool = True, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"minimum": low, "maximum": high})
        super().__init__(**kwargs)
        self.low, self.high, self.exact = low, high, strict

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or (self.exact and not isinstance(value, int)):
            refuse(self, "invalid")
        if isinstance(value, str) and len(value) > 20:
            refuse(self, "invalid")
        number = super()._deserialize(value, attr, data, **kwargs)
        if number is None or not self.low <= number <= self.high:
            refuse(self, "range", low=self.low, high=self.high)
        return int(number)


class Truth(fields.Boolean):
    """true or false, nothing that merely resembles them."""

    default_error_messages: Messages = {**BASE}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            refuse(self, "invalid", input=value)
        return value


class Day(fields.Date):
    """A day, written as 2026-10-01 and in no other way."""

    default_error_messages: Messages = {**BASE, "invalid": "not_a_date", "format": "not_a_date"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            if not isinstance(value, str) or len(value) != len("2026-10-01"):
                refuse(self, "invalid")
            return date.fromisoformat(value)
        except ValueError:
            refuse(self, "invalid")


class Choice(Text):
    """One of a few words."""

    default_error_messages: Messages = {**BASE, "choice": "not_one_of|choices={choices}"}

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"enum": list(choices)})
        super().__init__(0, 100, **kwargs)
        self.choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.choices:
            refuse(self, "choice", choices=", ".join(self.choices))
        return text


class Many(fields.List[Any]):
    """A list of at most `high` values."""

    default_error_messages: Messages = {
        **BASE,
        "many": "too_many|limit={limit}",
    }

    def __init__(self, inner: Any, high: int = 200, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"maxItems": high})
        super().__init__(inner, **kwargs)
        self.high = high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.high:
            refuse(self, "many", limit=self.high)
        return list(super()._deserialize(value, attr, data, **kwargs))


class Answers(fields.Field[Mapping[str, Any]]):
    """The answers to a form, judged by the form itself: an object of texts, numbers, truths, rows of such."""

    default_error_messages: Messages = {**BASE}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("metadata", {}).update({"type": "object", "additionalProperties": True})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            refuse(self, "invalid")
        return value


class Plain(fields.Field[Any]):
    """A value that is written as it is: decimals as text (money is never a float), instants as ISO 8601."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("dump_only", True)
        super().__init__(**kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return plain(value)


def plain(value: Any, *, whole: bool = False) -> Any:
    """Turn any value of the domain into JSON's types without losing a digit: decimals become text.

    With `whole`, those without a fraction become numbers: in events, counters are decimals too.
    """
    if isinstance(value, Decimal):
        return int(value) if whole and value.as_tuple().exponent == 0 else format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner, whole=whole) for key, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(inner, whole=whole) for inner in value)
    if isinstance(value, list | tuple):
        return [plain(inner, whole=whole) for inner in value]
    return value
