"""Nothing a person can write takes long, grows large, or ends in an error other than ours."""

import time
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.expressions import ExpressionError, compile_expression, compile_unary_tests

ROWS = [{"n": Decimal(n), "t": "x" * 10} for n in range(200)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 4_001, "too_long"),
        ("(" * 500 + "1" + ")" * 500, None),
        ("[" * 50 + "]" * 50, "too_deep"),
        ("-" * 100 + "1", "too_deep"),
        ("not(" * 60 + "a" + ")" * 60, "too_deep"),
        ("a" + "[1]" * 100, "too_deep"),
        ("1" * 40, "too_many_digits"),
    ],
)
def test_size_and_depth_are_bounded(text: str, code: str | None) -> None:
    started = time.perf_counter()
    if code is None:
        compile_expression(text)  # parentheses alone leave no depth behind
    else:
        with pytest.raises(ExpressionError) as refusal:
            compile_expression(text)
        assert refusal.value.code == code
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2 ** 100000", "power_too_large"),
        ("2 ** 0.5", "power_too_large"),
        ("count(rows[count(rows[count(rows[n > item.n]) > 1]) > 1])", "too_much_work"),
        (" + ".join(["big"] * 30), "too_large"),
        ("concatenate(" + ", ".join(["rows"] * 50) + ")", None),
        ('replace(big, "y", big)', "too_large"),
        ('replace(big, "y", "")', None),
        ('split(replace(big, "y", "1234567890;"), ";")', None),
        ('split(replace(replace(big, "y", "1234567890"), "0", "000000"), "0")', None),
        ("count(rows[count(union(rows, rows)) > 1])", "too_much_work"),
        ("count(rows[string length(lower case(long)) > 1])", "too_much_work"),
    ],
)
def test_work_and_results_are_bounded(text: str, code: str | None) -> None:
    context: dict[str, Any] = {"rows": ROWS, "big": "y" * 1_000, "long": "ß" * 500_000}
    started = time.perf_counter()
    if code is None:
        compile_expression(text).evaluate(context)
    else:
        with pytest.raises(ExpressionError) as refusal:
            compile_expression(text).evaluate(context)
        assert refusal.value.code == code
    assert time.perf_counter() - started < 2


def test_powers_of_powers_end_in_null_not_in_memory() -> None:
    assert compile_expression("999 ** 999 ** 999 ** 999").evaluate({}) is None


def test_data_nested_beyond_reason_is_our_error() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ExpressionError):
        compile_expression("deep = other").evaluate(
            {"deep": deep, "other": [deep[0]]} | {"other": _copy(deep)}
        )


def _copy(deep: list[Any]) -> list[Any]:
    copied: list[Any] = []
    for _ in range(100_000):
        copied = [copied]
    return copied


def test_a_typical_condition_takes_microseconds() -> None:
    condition = compile_expression('sum(application.lines.amount) > 1000 or review.outcome != "approved"')
    context = {
        "application": {"lines": [{"amount": Decimal(700)}, {"amount": Decimal(600)}]},
        "review": {"outcome": "approved"},
    }
    best = min(_seconds(condition, context) for _ in range(20))
    assert best < 50e-6  # 2 µs when measured alone; the bound leaves room for a busy machine


def _seconds(condition: Any, context: dict[str, Any]) -> float:
    started = time.perf_counter()
    for _ in range(100):
        condition.evaluate(context)
    return (time.perf_counter() - started) / 100


WORDS = st.sampled_from(
    ["a", "b.c", "lines", "item", "1", "0.5", '"x"', "null", "true", "+", "-", "*", "/", "**", "=", "!=", "<", ">=",
     "(", ")", "[", "]", "{", "}", ",", "..", ".", "in", "and", "or", "not", "not(", "if", "then", "else", "between",
     "some", "every", "satisfies", "count(", "sum(", "date(", "string length(", "?", '@"2026-01-01"', ":", " ", "x"]
)  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.text(max_size=5)
    | st.dates()
    | st.datetimes()
    | st.integers()
    | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "c", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join), VALUES, VALUES)
def test_any_words_on_any_data_end_in_a_value_or_our_error(text: str, first: Any, second: Any) -> None:
    context = {"a": first, "b": {"c": second}, "lines": [first, second], "x": second}
    with suppress(ExpressionError):
        compile_expression(text).evaluate(context)
    with suppress(ExpressionError):
        compile_unary_tests(text).accept(first, context)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_our_error(text: str) -> None:
    with suppress(ExpressionError):
        compile_expression(text)


@settings(max_examples=100, deadline=None)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12),
    st.dates(),
)
def test_literals_come_back_as_they_were_written(number: Decimal, day: date) -> None:
    assert compile_expression(f"n = {abs(number):f}").evaluate({"n": abs(number)}) is True
    assert compile_expression(f'date("{day.isoformat()}")').evaluate({}) == day


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_strings_come_back_as_they_were_written(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert compile_expression(f'"{escaped}"').evaluate({}) == text
