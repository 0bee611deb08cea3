"""JSON is read strictly: nothing that a number, a database or a reader could take for something else."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.strict_json import JsonRefused, read


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "malformed"),
        ("{", "malformed"),
        ("nul", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'"\xed\xa0\x80"', "text"),
        ("NaN", "constant"),
        ("[Infinity]", "constant"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 40 + "]" * 40, "deep"),
        ("[" * 100_000, "deep"),
        ("1" * 19, "number"),
        ("1" * 100_000, "number"),
        ("1e999999999", "number"),
        ("1e-999999999", "number"),
        ("0.1234567890123", "number"),
        ('"a\\u0000b"', "text"),
        ('{"\\u0000": 1}', "text"),
        ('"\\ud800"', "text"),
    ],
)
def test_it_refuses_and_says_why(text: str | bytes, reason: str) -> None:
    with pytest.raises(JsonRefused) as refused:
        read(text)
    assert refused.value.reason == reason


def test_numbers_are_exact() -> None:
    assert read("[0.1, 1.50, 3, -2]") == [Decimal("0.1"), Decimal("1.50"), 3, -2]
    assert isinstance(read("1.0"), Decimal)
    assert isinstance(read("1"), int)


@given(st.binary(max_size=200))
def test_any_bytes_end_with_a_value_or_a_refusal(body: bytes) -> None:
    with contextlib.suppress(JsonRefused):
        read(body)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15), 10**15),
        lambda inner: st.lists(inner),
        max_leaves=20,
    )
)
def test_what_json_wrote_comes_back(value: object) -> None:
    assert read(json.dumps(value)) == value
