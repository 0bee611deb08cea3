"""What is hidden, required, checked, advised, computed and derived, given the answers so far."""

from decimal import Decimal

from papers import TODAY, choice, component, faults, form, load, number, rows, text

from workflows.forms import advices, compute, hidden_paths, load_draft

REQUIRED = {"required": True}
INVOICE = form(
    choice("delivery", "paper", "mail"),
    text("address", validate=REQUIRED, conditional={"hide": '=delivery != "mail"'}),
    text("copy", validate=REQUIRED, conditional={"hide": "=address = null"}),
)


def test_a_hidden_field_is_not_required_and_not_accepted() -> None:
    assert faults(INVOICE, {"delivery": "paper"}) == {}
    assert faults(INVOICE, {"delivery": "mail"}) == {"address": ["required"]}
    assert faults(INVOICE, {"delivery": "paper", "address": "x"}) == {"address": ["hidden_field"]}


def test_what_is_hidden_counts_as_unanswered_for_the_next_condition() -> None:
    assert hidden_paths(INVOICE, {"delivery": "paper", "address": "x"}, {}) == {"address", "copy"}
    assert hidden_paths(INVOICE, {"delivery": "mail", "address": "x"}, {}) == set()


def test_a_hidden_field_tells_no_other_fault() -> None:
    assert faults(INVOICE, {"delivery": "paper", "address": 5}) == {"address": ["hidden_field"]}


def test_conditions_that_hide_each_other_come_to_an_end() -> None:
    pair = form(
        text("a", conditional={"hide": "=b = null"}),
        text("b", conditional={"hide": "=a != null"}),
    )
    hidden_paths(pair, {"a": "x", "b": "y"}, {})


def test_conditions_in_rows_read_the_row_first() -> None:
    people = form(
        choice("kind", "x", "y"),
        rows(
            "people",
            choice("kind", "x", "y", id="row_kind"),
            text("why", validate=REQUIRED, conditional={"hide": '=kind != "y"'}),
        ),
    )
    given = {"kind": "y", "people": [{"kind": "x"}, {"kind": "y"}, {}]}
    assert hidden_paths(people, given, {}) == {"people[0].why", "people[2].why"}
    assert faults(people, given) == {"people[1].why": ["required"]}


def test_a_hidden_group_hides_all_that_is_in_it() -> None:
    paper = form(
        component("checkbox", "more"),
        component(
            "group",
            "details",
            conditional={"hide": "=more != true"},
            components=[text("a", validate=REQUIRED), component("text", "hint", text="提示")],
        ),
    )
    assert hidden_paths(paper, {}, {}) == {"id_details", "a", "id_hint"}
    assert faults(paper, {}) == {}
    assert faults(paper, {"more": True}) == {"a": ["required"]}


def test_conditions_read_other_steps_and_the_chosen_outcome() -> None:
    paper = form(
        text("why", validate=REQUIRED, conditional={"hide": '=outcome != "returned" or payment.mine = true'})
    )
    assert faults(paper, {}, control={"outcome": "returned"}) == {"why": ["required"]}
    assert faults(paper, {}, control={"outcome": "approved"}) == {}
    assert faults(paper, {}, control={"outcome": "returned", "payment": {"mine": True}}) == {}


def test_a_check_must_be_true_and_advice_never_blocks() -> None:
    order = form(
        rows("lines", number("n")),
        checks=[{"id": "some", "expression": "count(lines) > 0", "message": "请添加。"}],
        advice=[{"id": "two", "expression": "sum(lines.n) < 2", "message": "建议 2 把。"}],
    )
    assert faults(order, {}) == {"": ["check"]}
    assert faults(order, {"lines": [{"n": 1}]}) == {}
    assert advices(order, {"lines": [{"n": Decimal(1)}]}, {}) == ["two"]
    assert advices(order, {"lines": [{"n": Decimal(2)}]}, {}) == []
    assert advices(order, {}, {}) == []


def test_a_check_that_cannot_be_decided_is_not_passed() -> None:
    paper = form(number("n"), checks=[{"id": "c", "expression": "n > 1", "message": "m"}])
    assert faults(paper, {}) == {"": ["check"]}


def test_a_check_about_a_faulty_answer_is_not_told_as_well() -> None:
    paper = form(number("n"), checks=[{"id": "c", "expression": "n > 1", "message": "m"}])
    assert faults(paper, {"n": "x"}) == {"n": ["not_a_number"]}


def test_checks_know_the_day() -> None:
    paper = form(
        component("datetime", "paid_on"),
        checks=[{"id": "past", "expression": "paid_on <= today", "message": "m"}],
    )
    assert faults(paper, {"paid_on": "2026-11-20"}) == {}
    assert faults(paper, {"paid_on": "2026-11-21"}) == {"": ["check"]}


def test_computed_fields_add_up_in_the_order_of_the_form() -> None:
    order = form(
        rows(
            "lines", number("n"), number("price"), component("expression", "amount", expression="=n * price")
        ),
        component("expression", "total", expression="=sum(lines.amount)"),
    )
    given = {"lines": [{"n": 2, "price": "1.50"}, {"n": 1, "price": 4}]}
    assert compute(order, load_draft(order, given), {}) == {
        "lines[0].amount": Decimal("3.00"),
        "lines[1].amount": Decimal(4),
        "total": Decimal("7.00"),
    }
    assert load(order, given).answers["total"] == Decimal(7)
    assert load(order, given).answers["lines"][1]["amount"] == Decimal(4)


def test_facts_may_read_personal_answers_and_have_a_type() -> None:
    paper = form(
        text("payer", personal="payer"),
        number("n"),
        facts=[
            {"name": "has_payer", "type": "boolean", "formula": "payer != null"},
            {"name": "wrong", "type": "number", "formula": "payer"},
            {
                "name": "size",
                "type": "option",
                "options": ["small", "big"],
                "formula": 'if n > 5 then "big" else "small"',
            },
        ],
    )
    assert load(paper, {"payer": "李某", "n": 7}).facts == {"has_payer": True, "wrong": None, "size": "big"}


def test_checks_may_read_facts() -> None:
    paper = form(
        number("n"),
        facts=[{"name": "many", "type": "boolean", "formula": "n > 5"}],
        checks=[{"id": "c", "expression": "not(many)", "message": "m"}],
    )
    assert faults(paper, {"n": 6}) == {"": ["check"]}


def test_advice_may_read_facts_and_facts_may_count_days() -> None:
    paper = form(
        component("datetime", "due"),
        facts=[{"name": "late", "type": "boolean", "formula": "due < today"}],
        advice=[{"id": "hurry", "expression": "late", "message": "m"}],
    )
    assert advices(paper, load_draft(paper, {"due": "2026-11-19"}), {}, TODAY) == ["hurry"]
    assert advices(paper, load_draft(paper, {"due": "2026-11-20"}), {}, TODAY) == []
