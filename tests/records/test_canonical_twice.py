"""The canonical form written down a second time, slowly and from its rules alone: both writers agree on any value."""

import json
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from storage import canonical


class Colour(StrEnum):
    INK = "墨"
    VERMILION = "朱"


class Round(IntEnum):
    FIRST = 1
    SECOND = 2


def tagged(value: Any) -> Any:
    """Every leaf as [type, text], the members of objects in the order of their UTF-16 code units."""
    if isinstance(value, dict | MappingProxyType):
        return {key: tagged(value[key]) for key in sorted(value, key=units)}
    if isinstance(value, list | tuple):
        return [tagged(one) for one in value]
    return leaf(value)


def leaf(value: Any) -> list[str]:
    if value is None:
        return ["null", ""]
    if value is True or value is False:
        return ["boolean", str(value).lower()]
    if isinstance(value, int | Decimal):
        return ["number", digits(Fraction(value))]
    if isinstance(value, UUID):
        groups = f"{value.int:032x}"
        return ["uuid", "-".join((groups[:8], groups[8:12], groups[12:16], groups[16:20], groups[20:]))]
    if isinstance(value, datetime):
        there = value.replace(tzinfo=None) - (value.utcoffset() or timedelta())
        clock = f"{there.hour:02}:{there.minute:02}:{there.second:02}.{there.microsecond:06}"
        return ["datetime", f"{there.year:04}-{there.month:02}-{there.day:02}T{clock}Z"]
    if isinstance(value, date):
        return ["date", f"{value.year:04}-{value.month:02}-{value.day:02}"]
    return ["string", str(value)]


def digits(number: Fraction) -> str:
    """A decimal by long division: no exponent, no zeros at its end."""
    sign, (whole, rest) = "-" if number < 0 else "", divmod(abs(number), 1)
    places = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        places += str(digit)
    return f"{sign}{whole}.{places}" if places else f"{sign}{whole}"


def units(key: str) -> list[int]:
    """The UTF-16 code units of a text, worked out by hand."""
    found = []
    for char in key:
        code = ord(char)
        beyond = code - 0x10000
        found += [code] if beyond < 0 else [0xD800 + (beyond >> 10), 0xDC00 + (beyond & 0x3FF)]
    return found


def written(value: Any) -> bytes:
    return json.dumps(tagged(value), ensure_ascii=False, separators=(",", ":")).encode()


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
numbers = st.builds(
    lambda sign, parts, exponent: Decimal((sign, tuple(parts), exponent)),
    st.integers(0, 1), st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(-60, 60),
)  # fmt: skip
texts = st.text(st.characters(codec="utf-8"), max_size=8)
keys = texts | st.text("a\ue000\uffff\U0001f600\"\\\n\x00\x1f\x7f\u2028/é", max_size=4)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), numbers, texts, keys, st.dates(), st.uuids(),
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones),  # noqa: DTZ001 - bounds are naive there
    st.sampled_from((*Colour, *Round)),
)  # fmt: skip


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(keys, inner, max_size=5)
    rows = st.lists(inner, max_size=4)
    return rows | rows.map(tuple) | members | members.map(OrderedDict) | members.map(MappingProxyType)


@given(st.recursive(leaves, larger, max_leaves=20))
def test_both_writers_give_the_same_bytes(value):
    data = written(value)
    assert canonical.encode(value) == data == canonical.encode_text(value).encode()
    assert rfc8785.dumps(json.loads(data)) == data


@given(leaves, leaves)
def test_equal_bytes_are_equal_values(one, other):
    assert (canonical.encode(one) == canonical.encode(other)) == (leaf(one) == leaf(other))


def test_the_second_writer_is_held_to_what_is_documented():
    at = datetime(2026, 11, 28, 8, 0, 0, 5, tzinfo=UTC)
    value = {"b": [Decimal("-12.500"), Decimal("1E+3"), Decimal("-0.0")], "a": at, "": None}
    assert written(value) == (
        b'{"":["null",""],"a":["datetime","2026-11-28T08:00:00.000005Z"],'
        b'"b":[["number","-12.5"],["number","1000"],["number","0"]]}'
    )
