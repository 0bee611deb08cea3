"""What a decision table answers, and which rules it names."""

from decimal import Decimal

import pytest
from tables import table

from workflows.engine.decisions import DecisionError
from workflows.engine.expressions import ExpressionError

PRICES = [('"basic"', '"1"', "140"), ('"basic"', '"3"', "350"), ('"bundle"', '"1"', "240 * line.quantity")]
COLUMNS = ["line.package", "line.years"]


def test_the_matching_rule_gives_the_outputs_and_its_id() -> None:
    hit = table(COLUMNS, ["price"], PRICES).evaluate({"line": {"package": "basic", "years": "3"}})
    assert hit.outputs == {"price": Decimal(350)}
    assert hit.rule_ids == ("rule_2",)
    assert hit.inputs == {"line.package": "basic", "line.years": "3"}


def test_output_cells_are_expressions() -> None:
    line = {"package": "bundle", "years": "1", "quantity": Decimal(2)}
    assert table(COLUMNS, ["price"], PRICES).evaluate({"line": line}).outputs == {"price": Decimal(480)}


def test_no_match_gives_nulls() -> None:
    hit = table(COLUMNS, ["price"], PRICES).evaluate({"line": {"package": "gold"}})
    assert hit.outputs == {"price": None}
    assert hit.rule_ids == ()


def test_two_matches_in_a_unique_table_are_an_error() -> None:
    doubled = table(["n"], ["x"], [("> 1", "1"), ("> 2", "2")])
    with pytest.raises(DecisionError) as error:
        doubled.evaluate({"n": Decimal(3)})
    assert error.value.code == "not_unique"
    assert "rule_1 and rule_2" in str(error.value)


def test_first_takes_the_uppermost_rule() -> None:
    hit = table(["n"], ["x"], [("> 1", "1"), ("> 2", "2"), ("-", "3")], hitPolicy="FIRST").evaluate(
        {"n": Decimal(3)}
    )
    assert hit.outputs == {"x": Decimal(1)}
    assert hit.rule_ids == ("rule_1",)


def test_collect_gives_every_match_as_a_list() -> None:
    hit = table(["n"], ["x"], [("> 1", "1"), ("> 2", "2"), ("> 9", "3")], hitPolicy="COLLECT").evaluate(
        {"n": Decimal(3)}
    )
    assert hit.outputs == [{"x": Decimal(1)}, {"x": Decimal(2)}]
    assert hit.rule_ids == ("rule_1", "rule_2")


@pytest.mark.parametrize(
    ("aggregation", "matched", "empty"),
    [
        ("SUM", Decimal(7), None),
        ("MIN", Decimal(2), None),
        ("MAX", Decimal(5), None),
        ("COUNT", Decimal(2), Decimal(0)),
    ],
)
def test_collect_adds_up(aggregation: str, matched: Decimal, empty: Decimal | None) -> None:
    collecting = table(
        ["n"], ["x"], [("> 1", "5"), ("> 2", "2")], hitPolicy="COLLECT", aggregation=aggregation
    )
    assert collecting.evaluate({"n": Decimal(3)}).outputs == {"x": matched}
    assert collecting.evaluate({"n": Decimal(0)}).outputs == {"x": empty}


@pytest.mark.parametrize(
    ("cell", "accepted", "refused"),
    [
        ("-", [None, Decimal(1), "a"], []),
        ("", [None, Decimal(1)], []),
        ('"a"', ["a"], ["b", None, Decimal(1)]),
        ('"a", "b"', ["a", "b"], ["c"]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ('not("a")', ["b"], ["a"]),
        ("not(null)", ["a"], [None]),
        ("null", [None], ["a"]),
        ("[1..3]", [Decimal(1), Decimal(3)], [Decimal(0), Decimal("3.01"), None]),
        ("]1..3[", [Decimal(2)], [Decimal(1), Decimal(3)]),
        ("(1..3)", [Decimal(2)], [Decimal(1), Decimal(3)]),
        ("< 0, > 10", [Decimal(-1), Decimal(11)], [Decimal(5)]),
        ("not([1..3])", [Decimal(4)], [Decimal(2)]),
        ("-1", [Decimal(-1)], [Decimal(1)]),
        ("? > 5 and ? < 9", [Decimal(6)], [Decimal(5), Decimal(9)]),
        ('contains(?, "x")', ["axb"], ["ab", Decimal(1)]),
        ("other", [Decimal(7)], [Decimal(8)]),
        ("[1, 7]", [Decimal(7)], [Decimal(2)]),
        ("true", [True], [False, None]),
    ],
)
def test_cells_test_the_input(cell: str, accepted: list[object], refused: list[object]) -> None:
    one = table(["n"], ["x"], [(cell, "true")])
    for value in accepted:
        assert one.evaluate({"n": value, "other": Decimal(7)}).outputs == {"x": True}, value
    for value in refused:
        assert one.evaluate({"n": value, "other": Decimal(7)}).outputs == {"x": None}, value


def test_an_output_of_another_type_than_declared_is_an_error() -> None:
    typed = table(["n"], ["x"], [("-", '"text"')], kinds=["number"])
    with pytest.raises(DecisionError) as error:
        typed.evaluate({"n": None})
    assert error.value.code == "wrong_type"


def test_an_input_outside_the_allowed_values_is_an_error() -> None:
    listed = table(["n"], ["x"], [("-", "1")], allowed='"a", "b"')
    assert listed.evaluate({"n": "a"}).outputs == {"x": Decimal(1)}
    with pytest.raises(DecisionError) as error:
        listed.evaluate({"n": "c"})
    assert error.value.code == "not_allowed"


def test_the_names_of_all_cells_are_known() -> None:
    assert table(["a.b"], ["x"], [("< c.d", "e.f + 1")]).names == {"a.b", "c.d", "e.f"}


def test_one_table_has_one_budget() -> None:
    rows = [Decimal(n) for n in range(200)]
    heavy = "count(rows[count(rows[item > 3]) > 1])"
    with pytest.raises(ExpressionError):
        table([heavy], ["x"], [(f"> {n} + {heavy}", "1") for n in range(60)]).evaluate({"rows": rows})


def test_any_takes_rules_that_say_the_same_and_names_them_all() -> None:
    agreeing = table(["n"], ["x"], [("> 1", "1.0"), ("> 2", "1"), ("> 9", "2")], hitPolicy="ANY")
    hit = agreeing.evaluate({"n": Decimal(3)})
    assert hit.outputs == {"x": Decimal(1)}
    assert hit.rule_ids == ("rule_1", "rule_2")
    assert agreeing.evaluate({"n": Decimal(0)}).outputs == {"x": None}


@pytest.mark.parametrize("other", ["2", "null", '"1"', "true"])
def test_any_refuses_rules_that_differ(other: str) -> None:
    with pytest.raises(DecisionError) as error:
        table(["n"], ["x"], [("> 1", "1"), ("> 2", other)], hitPolicy="ANY").evaluate({"n": Decimal(3)})
    assert error.value.code == "not_any"
    assert "rule_1 and rule_2" in str(error.value)


def test_priority_takes_the_output_that_stands_first_in_the_list() -> None:
    ranked = table(
        ["n"],
        ["risk", "why"],
        [("> 1", '"low"', '"a"'), ("> 2", '"high"', '"b"'), ("> 3", '"high"', '"c"'), ("> 4", "", '"d"')],
        hitPolicy="PRIORITY",
        order='"high", "middle", "low"',
    )
    assert ranked.evaluate({"n": Decimal(2)}).outputs == {"risk": "low", "why": "a"}
    hit = ranked.evaluate({"n": Decimal(5)})
    assert (hit.outputs, hit.rule_ids) == ({"risk": "high", "why": "b"}, ("rule_2",))
    assert ranked.evaluate({"n": Decimal(0)}).outputs == {"risk": None, "why": None}


def test_priority_refuses_an_output_that_is_not_listed() -> None:
    ranked = table(["n"], ["x"], [("-", "7")], hitPolicy="PRIORITY", order="1, 2")
    with pytest.raises(DecisionError) as error:
        ranked.evaluate({"n": Decimal(1)})
    assert error.value.code == "not_allowed"


@pytest.mark.parametrize("cell", ['duration("P1D")', '@"P1Y"', 'time("08:00:00")'])
def test_an_output_is_never_what_the_data_of_a_process_cannot_hold(cell: str) -> None:
    with pytest.raises(DecisionError) as error:
        table(["n"], ["x"], [("-", cell)]).evaluate({"n": Decimal(1)})
    assert error.value.code == "wrong_type"
