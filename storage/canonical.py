"""Canonical bytes of plain values: the same value always has the same bytes, so that a hash can cover it.

RFC 8785 JSON in which every leaf is `[type, text]`, for example `["number","12.5"]` or `["date","2026-11-22"]`;
lists are arrays and dicts are objects. No JSON number occurs, so no reader can round one. Equal values have equal
bytes: numbers are plain decimals without exponent, trailing zeros of a fraction and negative zero; instants are
in UTC with six digits of a second. A leaf is told from a list of two by its members: a list never holds bare text.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_NUMBER_DIGITS = 400
"""A number with a longer plain decimal is refused: 1E+1000000 would be a megabyte."""


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a value of None, bool, int, Decimal, str, date, datetime, UUID, list and dict.

    Raises TypeError for anything else (floats before all), ValueError for a number that is not finite or longer
    than MAX_NUMBER_DIGITS, a naive datetime, and text that is not Unicode (a lone surrogate).
    """
    # Strings are the only leaves, so the standard library writes RFC 8785 once the keys are in its order.
    return json.dumps(_typed(value), ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes | str) -> Any:
    """Return the value whose canonical bytes these are; every number comes back as Decimal.

    Raises ValueError when the data does not have this form.
    """
    return _plain(json.loads(data, parse_constant=_refuse))


def encode_text(value: Any) -> str:
    """Return the canonical form as text, for text columns."""
    return encode(value).decode()


def _typed(value: Any) -> Any:
    match value:
        case None:
            return ["null", ""]
        case bool():
            return ["boolean", "true" if value else "false"]
        case int() | Decimal():
            return ["number", number_text(value)]
        case str():
            return ["string", str(value)]
        case datetime():
            return ["datetime", instant_text(value)]
        case date():
            return ["date", value.isoformat()]
        case UUID():
            return ["uuid", str(value)]
        case Mapping():
            return {key: _typed(value[key]) for key in sorted(value, key=_order)}
        case list() | tuple():
            return [_typed(member) for member in value]
        case _:
            message = f"a value of type {type(value).__name__} has no canonical form"
            raise TypeError(message)


def _order(key: Any) -> bytes:
    """Order keys as RFC 8785 does: by their UTF-16 code units."""
    if not isinstance(key, str):
        message = f"a key of type {type(key).__name__} has no canonical form"
        raise TypeError(message)
    return key.encode("utf-16-be")


def number_text(number: int | Decimal) -> str:
    """Return the one plain decimal of a number."""
    number = Decimal(number)
    if not number.is_finite():
        message = "a number that is not finite has no canonical form"
        raise ValueError(message)
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > MAX_NUMBER_DIGITS:
        message = "the number is too long"
        raise ValueError(message)
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def instant_text(instant: datetime) -> str:
    """Return the one text of an instant: UTC, six digits of a second, Z."""
    if instant.tzinfo is None:
        message = "a naive datetime has no canonical form: give it a time zone"
        raise ValueError(message)
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(member) for key, member in node.items()}
    if isinstance(node, list):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], str):
            return _leaf(node[0], node[1])
        return [_plain(member) for member in node]
    message = "not canonical: every value is [type, text]"
    raise ValueError(message)


def _leaf(kind: str, text: str) -> Any:
    match kind:
        case "null":
            return None
        case "boolean" if text in ("true", "false"):
            return text == "true"
        case "number":
            return Decimal(text)
        case "string":
            return text
        case "datetime":
            return datetime.fromisoformat(text).astimezone(UTC)
        case "date":
            return date.fromisoformat(text)
        case "uuid":
            return UUID(text)
    message = f"not canonical: there is no {kind} {text!r}"
    raise ValueError(message)


def _refuse(constant: str) -> Any:
    message = f"not canonical: {constant}"
    raise ValueError(message)

