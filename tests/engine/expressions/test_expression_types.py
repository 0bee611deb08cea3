"""What is certainly wrong with an expression before any value is there, where, and in which words."""

import pytest

from workflows.engine.expressions import FUNCTIONS, check_tests, check_types, type_of_expression
from workflows.engine.expressions.signatures import SIGNATURES
from workflows.engine.expressions.types import (
    ANY,
    BOOLEAN,
    DATE,
    NUMBER,
    STRING,
    Type,
    context_of,
    list_of,
)

LINE = context_of({"package": Type("string", values=("basic", "bundle")), "quantity": NUMBER, "on": DATE})
TYPES = {
    "application": context_of(
        {"lines": list_of(LINE), "company": STRING, "total": NUMBER, "agreed": BOOLEAN, "on": DATE}
    ),
    "review": context_of({"outcome": Type("string", values=("approved", "returned"))}),
    "pay": Type("context"),
    "whatever": ANY,
    "today": DATE,
}


@pytest.mark.parametrize(
    "text",
    [
        'review.outcome = "approved"',
        'review.outcome in ("approved", "returned")',
        "review.outcome = null",
        "application.total > 500 and application.agreed",
        "pay.amount > 3 and pay.anything",
        "whatever",
        "whatever > 3 or whatever = today",
        "count(application.lines[quantity > application.total]) > 1",
        'some line in application.lines satisfies line.package = "basic"',
        "sum(application.lines.quantity) > 3",
        "application.lines[1].quantity > 3",
        'application.on + duration("P3D") < today',
        "(today - application.on).days > 3",
        'today - application.on > @"P3D"',
        'if application.agreed then application.company = "甲" else false',
        "max(application.lines.on) <= today",
        "application.total in [1..5] or application.total in (> 5, 7)",
        'contains(application.company, "公司")',
        "application.lines = null",
        "every n in [1, 2] satisfies n > 0",
        'application.lines[item.quantity > 1].package = ["basic"]',
        "is defined(application.company)",
        "{a: 1}.a = 1",
        "null",
    ],
)
def test_a_sound_condition_has_no_fault(text: str) -> None:
    assert check_types(text, TYPES, "boolean") == []


@pytest.mark.parametrize(
    ("text", "code", "at", "hint"),
    [
        ("applicatoin.total > 3", "unknown_name", "applicatoin", "did you mean application"),
        ("application.totle > 3", "unknown_name", "totle", "did you mean total"),
        ("application.lines[quantty > 3] = null", "unknown_name", "quantty", "Nothing here is called"),
        ("application.lines.qty = null", "unknown_name", "qty", "package"),
        ("today.hour > 3", "unknown_name", "hour", "year"),
        ("application.company.name = null", "wrong_type", "name", "no parts"),
        ('application.total > "500"', "unlike_types", "application", "a number never compares with a string"),
        ("application.on = application.company", "unlike_types", "application.on", "a date"),
        ('today - application.on > duration("P1M")', "unlike_types", "today", "days and time"),
        ("application.agreed > true", "wrong_type", "application", "no order"),
        ('application.total in ("a", 5)', "unlike_types", '"a"', "a string"),
        ('application.total in ["a"]', "unlike_types", "[", "a string"),
        ("application.company in [1..5]", "unlike_types", "[1", "a number"),
        ('review.outcome = "approvedd"', "never_equal", "review", "approved, returned"),
        ("application.total", "not_boolean", "application", "a boolean is needed"),
        ("application.total > 3 and application.company", "not_boolean", "application.company", "compare it"),
        ("not(application.total)", "not_boolean", "application", "compare it"),
        ("if application.total then true else false", "not_boolean", "application", "a number"),
        ("every line in application.lines satisfies line.quantity", "not_boolean", "line.q", "a number"),
        ('application.lines["a"] = null', "not_boolean", '"a"', "a filter"),
        ("application.total + application.company = 3", "wrong_type", "application.company", "always null"),
        ("today + 3 > today", "wrong_type", "3", "always null"),
        ("today + today = null", "wrong_type", "today =", "always null"),
        ("-application.company = 3", "wrong_type", "-", "a number"),
        ("whatever * application.agreed = 3", "wrong_type", "application", "a boolean"),
        ("string length(application.total) > 3", "wrong_type", "application", "string length needs a string"),
        ("sum(application.lines.package) > 3", "wrong_type", "application", "sum needs a number"),
        ('duration("3 days") > whatever', "wrong_type", '"3 days"', "P3D"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_do(text: str, code: str, at: str, hint: str) -> None:
    faults = check_types(text, TYPES, "boolean")
    assert [fault.code for fault in faults] == [code], faults
    assert faults[0].position == text.index(at)
    assert hint.lower() in faults[0].message.lower()
    assert faults[0].message.endswith((".", "?"))


def test_every_fault_is_told_at_once_in_the_order_of_the_text() -> None:
    faults = check_types('nowhere > 1 and application.total = "a" and application.company', TYPES, "boolean")
    assert [fault.code for fault in faults] == ["unknown_name", "unlike_types", "not_boolean"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("application.total * 2", "number"),
        ("today - application.on", "days and time"),
        ('today + @"P1Y"', "date"),
        ('duration("P1D") / duration("PT1H")', "number"),
        ("application.lines", "list"),
        ("application.lines[1].on", "date"),
        ("application.lines.on[1]", "date"),
        ("if whatever then 1 else 2", "number"),
        ('if whatever then 1 else "a"', "any"),
        ("if whatever then 1 else null", "number"),
        ("max(application.lines.on)", "date"),
        ("abs(application.total)", "number"),
        ("1 +", "any"),
    ],
)
def test_the_type_of_a_value_is_found_where_it_is_certain(text: str, kind: str) -> None:
    assert type_of_expression(text, TYPES).kind == kind


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("-", NUMBER, []),
        ("> 3, [5..7]", NUMBER, []),
        ('"basic"', NUMBER, ["unlike_types"]),
        ('not("basic", "bundle")', STRING, []),
        ("not(3)", STRING, ["unlike_types"]),
        ("> today", DATE, []),
        ("? > 3 and ? < application.total", NUMBER, []),
        ("? + 1", NUMBER, ["not_boolean"]),
        ('"gold"', Type("string", values=("basic", "bundle")), ["never_equal"]),
    ],
)
def test_the_cells_of_a_table_are_held_against_their_input(cell: str, value: Type, codes: list[str]) -> None:
    assert [fault.code for fault in check_tests(cell, TYPES, value)] == codes


def test_every_function_has_a_signature() -> None:
    assert SIGNATURES.keys() == FUNCTIONS.keys()
    for name, (wanted, _result) in SIGNATURES.items():
        assert len(wanted) <= FUNCTIONS[name].most, name
