"""What goes into a step and comes out of it, and when a process has ended (rules 1, 8, 9, 10)."""

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from diagrams import APPROVAL, INPUTS, NOW, PARALLEL, Case, define

from workflows.engine import (
    Advance,
    Cancel,
    Complete,
    EngineError,
    NotOpen,
    advance,
    start,
)


def plain(value: object) -> Iterator[object]:
    """Every value within a step's result."""
    yield value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            yield from plain(getattr(value, part.name))
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from plain(key)
            yield from plain(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from plain(part)


# rule 1


def test_a_step_returns_plain_values_only() -> None:
    case = Case(define(APPROVAL, INPUTS))
    case.complete("application", amount=Decimal("12.50"), day=date(2026, 1, 2))
    case.complete("review", outcome="approve")
    allowed = {Advance, str, int, bool, Decimal, date, datetime, bytes, type(None), dict, list, tuple}
    kinds = {type(value) for value in plain(case.step)}
    assert {kind.__module__ for kind in kinds - allowed} == {"workflows.engine.results"}


def test_the_trail_names_each_element_flow_and_value_read() -> None:
    case = Case(define(APPROVAL, INPUTS))
    case.complete("application", amount=1)
    step = case.complete("review", outcome="again")
    assert [(entry.kind, entry.element_id, entry.flow_id) for entry in step.trail] == [
        ("left", "review", None),
        ("flow", "review", "f3"),
        ("entered", "x_ok", None),
        ("read", "x_ok", None),
        ("left", "x_ok", None),
        ("flow", "x_ok", "f4"),
        ("entered", "application", None),
    ]
    assert step.trail[3].values == {"review.outcome": "again"}


def test_opened_tells_what_a_command_needs() -> None:
    case = Case(define(APPROVAL, INPUTS))
    case.complete("application", amount=Decimal("1.25"))
    (opened,) = case.complete("review", outcome="approve").opened
    assert (opened.element_id, opened.kind, opened.round) == ("s_pay", "service_task", 1)
    assert opened.inputs == {"amount": Decimal("2.50"), "who": "us"}
    assert opened.properties["handler"] == "payment.open_order"


def test_the_result_of_a_handler_lies_under_its_task() -> None:
    case = Case(define(APPROVAL, INPUTS))
    case.complete("application", amount=1)
    case.complete("review", outcome="approve")
    step = case.complete("s_pay", reference="A-1")
    assert step.ended
    assert step.end_event == "end_paid"
    assert step.control["s_pay"] == {"reference": "A-1"}


# rule 8


def test_only_an_open_task_can_be_completed() -> None:
    definition = define(APPROVAL)
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    key = first.opened[0].key
    second = advance(definition, first.state, Complete(key), now=NOW, seed="t", facts={})
    assert isinstance(second, Advance)
    for wrong in (key, "", "application", "0" * 32):
        with pytest.raises(NotOpen):
            advance(definition, second.state, Complete(wrong), now=NOW, seed="u", facts={})


def test_nothing_can_be_completed_after_the_end() -> None:
    definition = define(APPROVAL)
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    ended = advance(definition, first.state, Cancel(), now=NOW, seed="s", facts={})
    assert isinstance(ended, Advance)
    assert ended.ended
    with pytest.raises(NotOpen):
        advance(definition, ended.state, Complete(first.opened[0].key), now=NOW, seed="s", facts={})


def test_an_arrival_at_a_join_cannot_be_completed() -> None:
    case = Case(define(PARALLEL))
    case.complete("a")
    waiting = [entry for entry in case.step.marking if entry["state"] == "waiting"]
    assert waiting == [{"element": "p_2", "flow": "f3", "key": None, "round": 1, "state": "waiting"}]
    with pytest.raises(NotOpen):
        advance(case.definition, case.step.state, Complete(None), now=NOW, seed="s", facts={})  # type: ignore[arg-type]


# rule 9


def test_after_an_error_the_stored_state_is_still_the_truth() -> None:
    definition = define(
        "start -> a -> s_1 -> end", {"s_1": {"handler": "h", "input.x": "a.text + sum(a.rows[n > 0].n)"}}
    )
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    key, state = first.opened[0].key, bytes(first.state)
    rows = [{"n": number} for number in range(4_000)]
    wrong = Complete(key, {"rows": [rows, float("nan")]})
    with pytest.raises(EngineError):
        advance(definition, first.state, wrong, now=NOW, seed="s", facts={})
    assert first.state == state
    again = advance(definition, first.state, Complete(key, {}), now=NOW, seed="s", facts={})
    assert isinstance(again, Advance)
    assert [opened.element_id for opened in again.opened] == ["s_1"]


# rule 10


def test_a_process_has_ended_when_no_token_lives() -> None:
    case = Case(define(PARALLEL))
    case.complete("c")
    assert not case.step.ended
    assert case.step.end_event is None
    case.complete("a")
    case.complete("b")
    assert not case.step.ended
    case.complete("d")
    assert case.step.ended
    assert case.step.end_event == "end_2"
    assert case.step.marking == []


def test_a_terminate_end_event_cuts_everything_else_off() -> None:
    lines = """
        start -> p_1
        p_1 -> a -> x_1
        p_1 -> b -> p_2
        p_1 -> c -> p_2
        x_1 -> stop_now when a.outcome = "reject"
        x_1 => p_2
        p_2 -> end
    """
    case = Case(define(lines))
    case.complete("c")
    step = case.complete("a", outcome="reject")
    assert step.ended
    assert step.end_event == "stop_now"
    assert [(closed.element_id, closed.reason) for closed in step.closed] == [
        ("a", "completed"),
        ("b", "cancelled"),
    ]
    cut = [entry.element_id for entry in step.trail if entry.values == {"cancelled": True}]
    assert cut == ["b"]


def test_what_opens_and_is_cut_off_in_one_step_was_never_open() -> None:
    step = Case(define("start -> p_1\np_1 -> a -> end\np_1 -> stop_now")).step
    assert (step.ended, step.opened, step.closed) == (True, (), ())
    assert [entry.element_id for entry in step.trail if entry.kind == "entered"] == [
        "start",
        "p_1",
        "a",
        "stop_now",
    ]


def test_a_cancel_closes_every_live_token() -> None:
    case = Case(define(PARALLEL))
    case.complete("a")
    step = advance(case.definition, case.step.state, Cancel(), now=NOW, seed="s", facts={})
    assert isinstance(step, Advance)
    assert (step.ended, step.end_event, step.marking) == (True, None, [])
    assert sorted((closed.element_id, closed.reason) for closed in step.closed) == [
        ("b", "cancelled"),
        ("c", "cancelled"),
    ]
