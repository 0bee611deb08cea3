"""Patterns are matched like Python's, only in linear time; what could not be is refused."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.forms.patterns import Pattern, PatternRefused


@pytest.mark.parametrize(
    ("pattern", "fits", "misses"),
    [
        ("[0-9]{6}", ["100000"], ["10000", "1000000", "1000a0"]),
        ("[0-9]{8}|[0-9]{20}", ["1" * 8, "1" * 20], ["1" * 9]),
        ("^[A-Z][A-Z0-9-]{5,31}$", ["AB-1234"], ["ab-1234", "A"]),
        (r"\d+(\.\d{1,2})?", ["1", "1.25"], ["1.", ".5", "1.234"]),
        ("(ab)*c", ["c", "ababc"], ["abac"]),
        ("[^0-9]+", ["abc"], ["a1"]),
        ("a.c", ["abc", "a中c"], ["a\nc", "ac"]),
        ("[一-龥]{2,4}", ["张三"], ["张"]),
        ("", [""], ["a"]),
        (r"\$[\d.]+", ["$1.5"], ["1.5"]),
        ("(a|b|cd){2}", ["acd", "ba"], ["a", "abc"]),
    ],
)
def test_a_text_fits_as_a_whole(pattern: str, fits: list[str], misses: list[str]) -> None:
    compiled = Pattern(pattern)
    assert all(compiled.fits(text) for text in fits)
    assert not any(compiled.fits(text) for text in misses)


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?<n>a)", r"\1", r"\bword", "a**", "a{1,2}{3}", "(a", "a)", "[a", "[]", "[z-a]", "*a", "a{99999}", "a{2,1}",
     "a\\", "a" * 201, "((((((((((((a))))))))))))", "(a{100}){100}", r"\p{L}", "a{,3}", "a{x}"],
)  # fmt: skip
def test_what_is_outside_the_subset_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused) as refusal:
        Pattern(pattern)
    assert "cannot be used" in str(refusal.value)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(a*)*", "(a|aa)+", "[ab]*[ab]*[ab]*[ab]*[ab]*[ab]*"])
def test_patterns_that_take_ages_elsewhere_are_quick_here(pattern: str) -> None:
    compiled = Pattern(pattern)
    started = time.perf_counter()
    assert not compiled.fits("a" * 2_000 + "!")
    assert time.perf_counter() - started < 1


PIECES = st.sampled_from(
    ["a", "b", "[ab]", "[^a]", ".", r"\d", "1", "(a|b)", "(ab)", "|", "a?", "b*", "(a|1)+", "[ab]{1,2}"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=6).map("".join), st.text("ab1c", max_size=8))
def test_the_answers_are_those_of_pythons_matcher(pattern: str, text: str) -> None:
    assert Pattern(pattern).fits(text) == bool(re.fullmatch(pattern, text))


@settings(max_examples=300, deadline=None)
@given(st.text("ab01[](){}|?*+.^$\\-,d", max_size=20), st.text(max_size=10))
def test_any_pattern_matches_or_is_refused(pattern: str, text: str) -> None:
    try:
        Pattern(pattern).fits(text)
    except PatternRefused:
        return
