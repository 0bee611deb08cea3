"""What is no expression, and what the message tells a person to write instead."""

import pytest

from workflows.engine.expressions import ExpressionError, compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a == 1", "="),
        ("a && b", "and"),
        ("a || b", "or"),
        ("!a", "not("),
        ("a <> b", "!="),
        ("a = None", "null"),
        ("a = True", "true"),
        ("a = False", "false"),
        ("not a", "not("),
        ("a not in b", "not(x in list)"),
        ("a is None", "null"),
        ("a is not null", "!="),
        ('a.get("b")', "name.field"),
        ("a.upper()", "function"),
        ("len(a)", "count(list)"),
        ("str(a)", "string("),
        ("int(a)", "number("),
        ("round(a)", "round half up"),
        ("a if b else c", "if condition then"),
        ("a % 2", "modulo"),
        ("a // 2", "floor"),
        ("a = 'x'", "double quotes"),
        ("lambda x: x", "no Python"),
        ("[x for x in y]", "filter"),
        ("__import__", "underscores"),
        ("a := 1", "assign"),
        ("a ＝ 1", "half width"),
        ("a = “x”", "double quotes"),
        ("summ(a)", "did you mean sum"),
        ("frobnicate(a)", "no function"),
        ("insert after(a, 1, b)", "no function insert after"),
        ("count(a, b)", "1 arguments"),
        ("状态 = 1", "Names have letters"),
        ('"abc', "not closed"),
        ("1 +", "ends too early"),
        ("? > 3", "decision table"),
        ("a = ", "ends too early"),
        ('@"2026-02-30"', "not a date"),
        ('@"P1Y3D"', "a duration"),
        ("time(8, 30)", "1 to 4 arguments, not 2"),
        ('"\\q"', "escape"),
        ('"\\ud800"', "not allowed"),
        ("{a: 1, a: 2}", "twice"),
        ("", "empty"),
        ("   ", "empty"),
    ],
)
def test_a_foreign_spelling_is_refused_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_expression(text)
    assert hint in refusal.value.message
    assert 0 <= refusal.value.position <= len(text)


def test_the_position_points_at_the_fault() -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_expression("amount > 3 and frobnicate(x)")
    assert refusal.value.position == len("amount > 3 and ")
    with pytest.raises(ExpressionError) as refusal:
        compile_expression("amount == 3")
    assert refusal.value.position == len("amount ")


def test_foreign_spellings_inside_strings_are_text() -> None:
    assert compile_expression('"a == b && None, it\'s ＝"').evaluate({}) == "a == b && None, it's ＝"


@pytest.mark.parametrize(
    "text", ["a", "not(a)", "iffy", "android", "order", "inner", "nullable", "truely", "item"]
)
def test_words_inside_names_are_no_keywords(text: str) -> None:
    compile_expression(text)


@pytest.mark.parametrize("text", ["and", "if", "then + 1", "a.in", "for"])
def test_keywords_are_no_names(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


@pytest.mark.parametrize("text", ["1, ", "not(", "[1..", "> ", '"a" "b"', "== 3", "- 1, -"])
def test_cells_that_are_no_tests_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_unary_tests(text)
