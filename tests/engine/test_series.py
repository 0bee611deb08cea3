"""What is done several times: for each of a list, side by side or one by one, and loops with a bound (rule 12)."""

import json

import pytest
from diagrams import Case, define, draw
from plain_files import judge, rules

from workflows.engine import EngineError

MANY = "start -> ask -> check -> end\n@ check each ask.rows"
LEVEL = """
    start -> ask -> sub_1 -> x_1
    x_1 -> ask when sub_1.nr_of_completed = 0
    x_1 => end
    sub_1: start_1 -> a -> s_1 -> end_1
    @ sub_1 each ask.rows
"""
INNER = {"sub_1": {"result": "a.n + one"}, "s_1": {"handler": "h", "input.n": "a.n * one"}}


def test_each_member_of_a_list_gets_its_own_run() -> None:
    case = Case(define(MANY))
    case.complete("ask", rows=["x", "y", "z"])
    assert [(one.item, one.index, one.round) for one in case.step.opened] == [
        ("x", 0, 1),
        ("y", 1, 1),
        ("z", 2, 1),
    ]
    case.complete("check", 1, ok=2)
    case.complete("check", 1, ok=3)
    step = case.complete("check", ok=1)
    assert step.ended
    assert step.control["check"] == {
        "nr_of_instances": 3, "nr_of_completed": 3, "nr_of_active": 0, "results": [{"ok": 1}, {"ok": 2}, {"ok": 3}],
    }  # fmt: skip


def test_one_by_one_only_one_is_open() -> None:
    case = Case(define(MANY + " one by one"))
    case.complete("ask", rows=[1, 2, 3])
    for number in range(3):
        assert case.open == ["check"]
        assert case.step.opened[0].item == number + 1
        case.complete("check")
    assert case.step.ended


def test_a_condition_ends_it_early() -> None:
    case = Case(define(MANY + " until check.nr_of_completed / check.nr_of_instances >= 0.5"))
    case.complete("ask", rows=[1, 2, 3])
    case.complete("check")
    step = case.complete("check")
    assert step.ended
    assert [one.reason for one in step.closed] == ["completed", "cancelled"]


def test_an_empty_list_is_passed() -> None:
    case = Case(define(MANY))
    step = case.complete("ask", rows=[])
    assert step.ended
    assert step.control["check"]["results"] == []  # type: ignore[index,call-overload]


@pytest.mark.parametrize("rows", ["text", 7, [0] * 501])
def test_what_is_no_list_or_too_long_is_refused(rows: object) -> None:
    with pytest.raises(EngineError) as refused:
        Case(define(MANY)).complete("ask", rows=rows)
    assert refused.value.code in {"list_wanted", "list_too_long"}


def test_each_run_of_a_sub_process_has_values_of_its_own() -> None:
    case = Case(define(LEVEL, INNER))
    case.complete("ask", rows=[10, 20])
    case.complete("a", 1, n=2)
    assert case.step.opened[0].inputs == {"n": 40}
    case.complete("a", n=1)
    assert case.step.opened[0].inputs == {"n": 10}
    case.complete("s_1")
    step = case.complete("s_1")
    assert step.ended
    assert step.control["sub_1"]["results"] == [11, 22]  # type: ignore[index,call-overload]
    assert "a" not in step.control
    body = json.loads(step.state.partition(b"\n")[2])
    assert (body["scopes"], body["series"]) == ([], [])


def test_outside_nobody_reads_what_a_run_wrote() -> None:
    content = draw(LEVEL.replace("sub_1.nr_of_completed = 0", "a.n = 0"), INNER)
    assert ("name_unknown", "f4") in rules(judge(content))


def test_a_called_process_can_run_for_each() -> None:
    lines = "start -> ask -> call_1 -> end\n@ call_1 calls check"
    content = draw(
        lines, {"call_1": {"each": "ask.rows", "item": "row", "input.n": "row", "output.m": "input.n + 1"}}
    )
    marked = content.replace(
        b'calledElement="check">', b'calledElement="check"><bpmn:multiInstanceLoopCharacteristics/>'
    )
    from diagrams import MAIN

    from workflows.engine import parse_definition

    case = Case(parse_definition({MAIN: marked}, calls={"check": define("start -> review -> end")}))
    case.complete("ask", rows=[1, 2])
    assert case.open == ["call_1.review"] * 2
    case.complete("call_1.review")
    step = case.complete("call_1.review")
    assert step.control["call_1"]["results"] == [{"m": 2}, {"m": 3}]  # type: ignore[index,call-overload]


def test_a_timer_cuts_all_runs_off() -> None:
    case = Case(define(MANY + "\nb_1 -> late -> end_2\n@ b_1 on check timer P1D"))
    case.complete("ask", rows=[1, 2, 3])
    case.complete("check")
    case.fire("b_1")
    assert case.open == ["late"]


def test_a_loop_goes_on_while_its_condition_is_true_and_never_beyond_its_bound() -> None:
    case = Case(define('start -> try -> end\n@ try loop 3 while try.outcome = "again"'))
    case.complete("try", outcome="again")
    assert case.step.control["try"] is None
    case.complete("try", outcome="fine")
    assert case.step.ended
    assert case.step.control["try"] == {"outcome": "fine"}
    bound = Case(define('start -> try -> end\n@ try loop 3 while try.outcome = "again"'))
    for _ in range(3):
        bound.complete("try", outcome="again")
    assert bound.step.ended


def test_a_loop_keeps_only_its_count() -> None:
    case = Case(define("start -> try -> end\n@ try loop 1000"))
    for _ in range(40):
        case.complete("try", text="x" * 20)
    small = len(case.step.state)
    for _ in range(900):
        case.complete("try", text="x" * 20)
    assert len(case.step.state) - small < 10
