"""Whatever is posted: a submission or InvalidForm, a draft or InvalidForm, and what passed passes again unchanged."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import choice, component, faults, form, load, number, rows, text

from workflows.forms import InvalidForm, Submission, hidden_paths, load_draft

PAPER = form(
    text("name", personal="contact"),
    text("code", check="uscc"),
    text("serial", validate={"pattern": "[A-Z]+"}),
    number("n", decimalDigits=2, validate={"min": -5}),
    choice("one", "a", "b"),
    choice("many", "a", "b", kind="checklist"),
    component("checkbox", "tick"),
    component("datetime", "day"),
    component("textarea", "note", conditional={"hide": "=tick != true"}),
    component("filepicker", "papers"),
    rows("lines", text("t"), number("n", id="row_n"), component("expression", "double", expression="=n * 2")),
    component("expression", "total", expression="=sum(lines.double)"),
    checks=[{"id": "c", "expression": "n = null or n < 100 or count(lines[n > 2]) > 0", "message": "m"}],
    facts=[{"name": "f", "type": "boolean", "formula": "count(lines) > 1"}],
)
KEYS = st.sampled_from(
    [
        "name",
        "code",
        "serial",
        "n",
        "one",
        "many",
        "tick",
        "day",
        "note",
        "papers",
        "lines",
        "t",
        "total",
        "x",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.dates()
    | st.text(max_size=8)
    | st.sampled_from(["a", "b", "2026-01-01", "１２", "ABC", "91110000600037341L", str(UUID(int=1))])
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_anything_posted_is_a_submission_or_invalid(answers: dict[str, Any]) -> None:
    with suppress(InvalidForm):
        assert isinstance(load(PAPER, answers), Submission)
    with suppress(InvalidForm):
        kept = load_draft(PAPER, answers)
        hidden_paths(PAPER, kept, {})
        assert load_draft(PAPER, kept) == kept


def test_answers_that_are_no_object_are_refused() -> None:
    for answers in ([], "x", None, 5):
        assert faults(PAPER, answers) == {"": ["wrong_type"]}  # type: ignore[arg-type]
        with pytest.raises(InvalidForm):
            load_draft(PAPER, answers)  # type: ignore[arg-type]


def test_a_flood_of_names_is_one_fault() -> None:
    flood = {f"x{n}": n for n in range(100_000)}
    assert faults(PAPER, flood) == {"": ["wrong_type"]}
    assert faults(PAPER, {"lines": [flood]}) == {"lines[0]": ["wrong_type"]}
    for answers in (flood, {"lines": [flood]}):
        with pytest.raises(InvalidForm):
            load_draft(PAPER, answers)


SOUND = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text("甲乙丙abc 1", min_size=1, max_size=20),
        "n": st.decimals(-5, 99, places=2),
        "one": st.sampled_from(["a", "b"]),
        "many": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "tick": st.just(True),
        "day": st.dates(date(1900, 1, 1), date(2199, 12, 31)),
        "lines": st.lists(
            st.fixed_dictionaries({"t": st.text("xyz", min_size=1, max_size=5), "n": st.integers(-99, 99)}),
            max_size=5,
        ),
    },
)


@settings(max_examples=200, deadline=None)
@given(SOUND)
def test_what_passed_passes_again_and_stays_the_same(answers: dict[str, Any]) -> None:
    first = load(PAPER, answers)
    again = {key: value for key, value in first.answers.items() if key != "total"}
    if "lines" in again:
        again["lines"] = [
            {key: value for key, value in row.items() if key != "double"} for row in again["lines"]
        ]
    for field in first.personal:
        again[field.path] = field.value
    second = load(PAPER, again)
    assert second == first
    assert repr(second) == repr(first)


@settings(max_examples=200, deadline=None)
@given(SOUND)
def test_a_draft_keeps_what_was_typed_and_can_be_handed_in(answers: dict[str, Any]) -> None:
    assert load(PAPER, load_draft(PAPER, answers)) == load(PAPER, answers)


def test_a_draft_keeps_faulty_answers_as_they_were_typed() -> None:
    typed = {
        "n": "12a",
        "day": "31.12.",
        "code": "too short",
        "one": "gone",
        "lines": [{"t": "x"}, {}],
        "tick": False,
    }
    assert load_draft(PAPER, typed) == typed


def test_a_draft_types_what_it_can() -> None:
    assert load_draft(PAPER, {"n": "１２", "day": "2026-11-20", "papers": [UUID(int=1)]}) == {
        "n": Decimal(12),
        "day": date(2026, 11, 20),
        "papers": [str(UUID(int=1))],
    }


@pytest.mark.parametrize(
    ("answers", "path", "code"),
    [
        ({"x": 1}, "x", "unknown_field"),
        ({"total": 1}, "total", "unknown_field"),
        ({"lines": [{"x": 1}]}, "lines[0].x", "unknown_field"),
        ({"lines": "x"}, "lines", "wrong_type"),
        ({"lines": ["x"]}, "lines[0]", "wrong_type"),
        ({"lines": [{}] * 201}, "lines", "too_many_rows"),
        ({"name": {"a": 1}}, "name", "wrong_type"),
        ({"name": "a\0"}, "name", "bad_characters"),
        ({"note": "a" * 30_000}, "note", "too_long"),
        ({"many": ["a\ud800"]}, "many", "bad_characters"),
    ],
    ids=range(10),
)
def test_a_draft_refuses_what_no_form_can_hold(answers: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(InvalidForm) as refusal:
        load_draft(PAPER, answers)
    assert [error.code for error in refusal.value.errors[path]] == [code]
