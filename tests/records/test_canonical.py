"""Canonical bytes: equal values have equal bytes, different values never, and every value comes back."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from storage import canonical

text = st.text(st.characters(codec="utf-8"), max_size=12)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), text, st.dates(), st.uuids(),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))


@given(values)
def test_every_value_comes_back_and_its_bytes_are_stable(value):
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data
    assert rfc8785.dumps(json.loads(data)) == data


@given(values, values)
def test_different_values_have_different_bytes(one, other):
    same_kind = json.dumps(one, default=repr) == json.dumps(other, default=repr)
    if canonical.encode(one) == canonical.encode(other):
        assert one == other
    elif same_kind:
        assert one != other or type(one) is not type(other)


def test_the_order_and_the_escapes_are_those_of_rfc_8785():
    value = {"\U0001f600": 1, "\ufb33": 2, "é": 3, "\r": 4, "1": 5, "": 6, "a\"\\/\b\f\n\t\x00\x7f\u2028": "\x1f€"}
    data = canonical.encode(value)
    assert data == rfc8785.dumps(json.loads(data))
    assert data.decode().index("\U0001f600") < data.decode().index("\ufb33")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("12.50"), Decimal("12.5")), (5, Decimal("5.0")), (Decimal("1E+3"), 1000), (Decimal("-0"), 0),
        (datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))), datetime(2026, 1, 1, tzinfo=UTC)),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}), ([1], (1,)),
    ],
)  # fmt: skip
def test_equal_values_have_equal_bytes(one, other):
    assert canonical.encode(one) == canonical.encode(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1), ("1", 1), (None, ""), (date(2026, 1, 1), "2026-01-01"), (["string", "x"], "x"), ([], {}),
        (UUID(int=1), str(UUID(int=1))), (["number", "1"], 1),
    ],
)  # fmt: skip
def test_what_only_looks_alike_differs(one, other):
    assert canonical.encode(one) != canonical.encode(other)
    assert canonical.decode(canonical.encode(one)) == one


@pytest.mark.parametrize("value", [1.5, b"x", {1, 2}, object(), {1: 2}, [0.0]])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical.encode(value)


@pytest.mark.parametrize(
    "value",
    [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+1000000"), Decimal("1E-5000"), datetime(2026, 1, 1), "\ud800"],  # noqa: DTZ001
)
def test_a_value_that_cannot_be_written_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011 - a surrogate has the codec's own words
        canonical.encode(value)


@pytest.mark.parametrize("data", [b"1", b'"x"', b'["number",1]', b'["colour","red"]', b"NaN", b'["boolean","yes"]', b"[1.5]"])
def test_what_is_not_canonical_is_not_read(data):
    with pytest.raises(ValueError):  # noqa: PT011
        canonical.decode(data)
