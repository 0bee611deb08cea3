"""Canonical bytes of plain values: the same value always has the same bytes, so that a hash can cover it.

RFC 8785 JSON in which every leaf is `[type, text]`, for example `["number","12.5"]` or `["date","2026-11-22"]`;
lists are arrays and dicts are objects. No JSON number occurs, so no reader can round one. Equal values have equal
bytes: numbers are plain decimals without exponent, trailing zeros of a fraction and negative zero; instants are
in UTC with six digits of a second. A leaf is told from a list of two by its members: a list never holds bare text.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any
from uuid import UUID

MAX_NUMBER_DIGITS = 400
"""A number with a longer plain decimal is refused: 1E+1000000 would be a megabyte."""


def encode(value: Any) -> bytes:
    """Return the canonical bytes of a value of None, bool, int, Decimal, str, date, datetime, UUID, list and dict.

    Raises TypeError for anything else (floats before all), ValueError for a number that is not finite or longer
    than MAX_NUMBER_DIGITS, a naive datetime, and text that is not Unicode (a lone surrogate).
    """
    return _text(value).encode()


def decode(data: bytes | str) -> Any:
    """Return the value whose canonical bytes these are; every number comes back as Decimal.

    Raises ValueError when the data does not have this form.
    """
    return _plain(json.loads(data, parse_constant=_refuse))


def encode_text(value: Any) -> str:
    """Return the canonical form as text, for text columns."""
    text = _text(value)
    text.encode()  # half a character has no place in a column either
    return text


def _text(value: Any) -> str:
    write = _WRITE.get(type(value))
    return write(value) if write is not None else _text_of_kin(value)


def _text_of_kin(value: Any) -> str:
    """Write a value of a class that derives from a known one."""
    for kind, write in _WRITE.items():
        if isinstance(value, kind):
            return write(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    message = f"a value of type {type(value).__name__} has no canonical form"
    raise TypeError(message)


def _mapping(value: Mapping[Any, Any]) -> str:
    try:
        keys = sorted(value)
        plain_order = "".join(keys).isascii()
    except TypeError:
        plain_order = False
    if not plain_order:
        keys = sorted(value, key=_order)
    return "{" + ",".join([f"{_quoted(key)}:{_text(value[key])}" for key in keys]) + "}"


def _list(value: Any) -> str:
    return "[" + ",".join([_text(member) for member in value]) + "]"


def _order(key: Any) -> bytes:
    """Order keys as RFC 8785 does: by their UTF-16 code units."""
    if not isinstance(key, str):
        message = f"a key of type {type(key).__name__} has no canonical form"
        raise TypeError(message)
    return key.encode("utf-16-be")


def number_text(number: int | Decimal) -> str:
    """Return the one plain decimal of a number."""
    if type(number) is int and -_SHORT < number < _SHORT:
        return str(number)
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
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


# Strings are the only leaves, and the standard library quotes them as RFC 8785 does.
_quoted = encode_basestring
_SHORT = 10**18
_WRITE: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: '["null",""]',
    bool: lambda value: '["boolean","true"]' if value else '["boolean","false"]',
    str: lambda value: f'["string",{_quoted(str(value))}]',
    dict: _mapping,
    list: _list,
    tuple: _list,
    int: lambda value: f'["number","{number_text(value)}"]',
    Decimal: lambda value: f'["number","{number_text(value)}"]',
    datetime: lambda value: f'["datetime","{instant_text(value)}"]',
    date: lambda value: f'["date","{value.isoformat()}"]',
    UUID: lambda value: f'["uuid","{value}"]',
}
"""How a value is written, by its class; a class stands before those that it derives from."""


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
