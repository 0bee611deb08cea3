"""Which names an expression reads is known before it runs: control data and lint stand on it."""

import pytest

from workflows.engine.expressions import compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1 + 1", set()),
        ("a", {"a"}),
        ("a.b.c > 1 and d", {"a.b.c", "d"}),
        ("sum(application.lines.amount)", {"application.lines.amount"}),
        ("application.lines[1].amount", {"application.lines.amount"}),
        ("application.lines", {"application.lines"}),
        ("count(application.lines)", {"application.lines"}),
        ("count(application.lines[item.quantity > 2])", {"application.lines.quantity"}),
        (
            "application.lines[item.quantity > 2].amount",
            {"application.lines.quantity", "application.lines.amount"},
        ),
        ("some l in application.lines satisfies l.amount > 1", {"application.lines.amount"}),
        ("some l in application.lines satisfies true", {"application.lines"}),
        ("every l in a satisfies some m in l.b satisfies m.c = l.d", {"a.b.c", "a.d"}),
        ("(if a then b else c).d", {"a", "b.d", "c.d"}),
        ("{x: a.b}.x", {"a.b"}),
        ("a in (b, c.d, > e)", {"a", "b", "c.d", "e"}),
        ("a in [b..c]", {"a", "b", "c"}),
    ],
)
def test_names_are_the_paths_that_are_read(text: str, names: set[str]) -> None:
    assert compile_expression(text).names == names


def test_a_bare_name_in_a_filter_may_be_the_items_or_not() -> None:
    expression = compile_expression("lines[quantity > review.limit].amount")
    assert expression.names == {"lines.quantity", "lines.review.limit", "review.limit", "lines.amount"}
    assert expression.choices == {("lines.quantity", "quantity"), ("lines.review.limit", "review.limit")}


def test_the_item_wins_over_the_context_around_it() -> None:
    expression = compile_expression("lines[limit = 1]")
    assert expression.evaluate({"limit": 1, "lines": [{"limit": 2}, {"other": 0}]}) == [{"other": 0}]


def test_cells_read_names_too() -> None:
    assert compile_unary_tests("< order.limit, ? > base").names == {"order.limit", "base"}
