"""The static types say of every pair of kinds what the evaluation does with it, and nothing makes them fail."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.engine.expressions import (
    FUNCTIONS,
    ExpressionError,
    check_tests,
    check_types,
    compile_expression,
)
from workflows.engine.expressions.types import ANY, DATE, NUMBER, Type, context_of, list_of

SAMPLES = {
    "number": "2",
    "string": '"a"',
    "boolean": "true",
    "date": '@"2026-01-31"',
    "date and time": '@"2026-01-31T08:00:00Z"',
    "time": '@"08:00:00Z"',
    "days and time": '@"P2D"',
    "years and months": '@"P2M"',
    "list": "[1]",
    "context": "{a: 1}",
}


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "**", "=", "<", ">="])
def test_an_operator_has_a_fault_exactly_where_it_gives_null(operator: str) -> None:
    for (left, one), (right, other) in product(SAMPLES.items(), SAMPLES.items()):
        text = f"{one} {operator} {other}"
        answer = compile_expression(text).evaluate({})
        faults = [fault.code for fault in check_types(text, {})]
        assert bool(faults) == (answer is None), (left, operator, right, answer, faults)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_an_argument_with_a_fault_gives_null_or_is_refused(name: str) -> None:
    function = FUNCTIONS[name]
    for count in range(function.least, min(function.most, 3) + 1):
        for arguments in product(SAMPLES.values(), repeat=count):
            text = f"{name}({', '.join(arguments)})"
            try:
                answer = compile_expression(text).evaluate({})
            except ExpressionError:
                continue
            if name == "string join":  # one text needs no separator, whatever stands there
                continue
            if any(fault.code == "wrong_type" for fault in check_types(text, {})):
                assert answer is None, text


TYPES = {
    "a": NUMBER,
    "rows": list_of(context_of({"on": DATE, "kind": Type("string", values=("x", "y"))})),
    "b": ANY,
}
WORDS = [
    "a", "b", "rows", "rows.on", "rows[", "]", "(", ")", "and", "or", "not(", "=", "<", "in", "between", "[1..2]", "[", "..",
    "if", "then", "else", "some x in", "every x in", "satisfies", "x.on", "x", "?", "1", '"x"', '@"P1D"', "null", "+", "-",
    "**", ",", "{k:", "}", ".k", "item", "count(", "max(", "duration(", "replace(", "true", "date and time(",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_no_text_makes_the_check_fail(words: list[str]) -> None:
    text = " ".join(words)
    for faults in (check_types(text, TYPES, "boolean"), check_tests(text, TYPES, NUMBER)):
        assert all(
            0 <= fault.position <= len(text) and fault.message.endswith((".", "?")) for fault in faults
        )


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.sampled_from(["a", "b", "1", '"x"', "rows", "rows.on", "true", "null", "item"]), lambda inner: st.one_of(
    st.builds("{} {} {}".format, inner, st.sampled_from(["+", "=", "<", "and", "or", "in", "*"]), inner),
    st.builds("(if {} then {} else {})".format, inner, inner, inner),
    st.builds("rows[{}]".format, inner),
    st.builds("[{}, {}]".format, inner, inner),
    st.builds("(some x in {} satisfies {})".format, inner, inner),
    st.builds("(max({}))".format, inner),
    st.builds("(not({}))".format, inner),
), max_leaves=8))  # fmt: skip
def test_no_expression_makes_the_check_fail(text: str) -> None:
    check_types(text, TYPES, "boolean")
