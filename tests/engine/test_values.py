"""What a process knows: values in scopes, read by our evaluator and by nothing else (rules 6, 7)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest
from diagrams import APPROVAL, INPUTS, NOW, Case, define

from storage.journal import as_recorded
from workflows.engine import (
    Advance,
    Complete,
    EngineError,
    advance,
    start,
)
from workflows.engine.live import Live
from workflows.engine.state import State
from workflows.engine.step import Step

# rule 6


def test_nothing_is_run_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    Case(define(APPROVAL, INPUTS))  # whatever is imported late is there
    ran: list[object] = []
    with monkeypatch.context() as patched:
        for name in ("eval", "exec", "compile"):
            patched.setattr(f"builtins.{name}", lambda *given, **_: ran.append(given))
        case = Case(define(APPROVAL.replace('"approve"', '"go"'), INPUTS))
        case.complete("application", amount=2, __class__="x", eval="1", APPROVAL_LIMIT="9")
        assert case.complete("review", outcome="go").opened[0].inputs["amount"] == 4
    assert ran == []


def test_the_library_gets_our_evaluator_and_nothing_else() -> None:
    definition = define(APPROVAL)
    live = Live(Step(definition, State(definition.sha256), now=NOW, seed="s", facts={}))
    live.put("start", "", None)
    task = live.live()[0]
    assert type(live.script_engine).__module__ == "workflows.engine.live"
    for attempt in (
        lambda: live.script_engine.execute(task, "x = 1", {}),
        lambda: live.script_engine.call_service(task),
    ):
        with pytest.raises(EngineError) as refused:
            attempt()
        assert refused.value.code == "script_refused"


def test_the_library_logs_nothing_of_a_case(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    case = Case(define(APPROVAL))
    case.complete("application", name="canary-7F3A")
    case.complete("review", outcome="again")
    assert caplog.records == []


# rule 7


def test_the_value_of_a_task_that_opens_again_reads_null() -> None:
    case = Case(define(APPROVAL))
    case.complete("application", amount=5)
    step = case.complete("review", outcome="again")
    assert step.control == {"application": None, "review": {"outcome": "again"}}


def test_rounds_count_for_each_element() -> None:
    case = Case(define(APPROVAL))
    for expected in (1, 2, 3):
        assert case.step.opened[0].round == expected
        case.complete("application")
        case.complete("review", outcome="again")


def test_values_do_not_depend_on_the_token_that_wrote_them() -> None:
    lines = """
        start -> p_1
        p_1 -> a -> p_2
        p_1 -> b -> p_2
        p_2 -> x_1
        x_1 -> end_a when a.outcome = "yes" and b.outcome = "yes"
        x_1 => end_b
    """
    for first, second in (("a", "b"), ("b", "a")):
        case = Case(define(lines))
        case.complete(first, outcome="yes")
        assert case.complete(second, outcome="yes").end_event == "end_a"


def test_a_step_shares_nothing_with_what_it_was_given_or_gave() -> None:
    definition = define(APPROVAL)
    values = {"rows": [{"n": 1}]}
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    step = advance(
        definition, first.state, Complete(first.opened[0].key, values), now=NOW, seed="s", facts={}
    )
    assert isinstance(step, Advance)
    before = step.state
    values["rows"][0]["n"] = 2
    step.control["application"] = "changed"
    assert (
        advance(
            definition,
            first.state,
            Complete(first.opened[0].key, {"rows": [{"n": 1}]}),
            now=NOW,
            seed="s",
            facts={},
        ).state
        == before
    )  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "value", [1.5, UUID(int=1), b"x", {1: 2}, {"a": {2.5}}, Decimal("NaN"), Decimal("Infinity"), "\ud800"]
)
def test_values_of_other_kinds_do_not_enter(value: object) -> None:
    definition = define(APPROVAL)
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    with pytest.raises(EngineError) as refused:
        advance(
            definition, first.state, Complete(first.opened[0].key, {"v": value}), now=NOW, seed="s", facts={}
        )
    assert refused.value.code == "value_not_supported"


def test_values_are_bounded_in_depth_and_number() -> None:
    deep: list[object] = []
    for _ in range(2_000):
        deep = [deep]
    for value in (deep, list(range(30_000))):
        with pytest.raises(EngineError) as refused:
            start(define(APPROVAL), control={"v": value}, now=NOW, seed="s", facts={})
        assert refused.value.code == "value_too_large"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Decimal("1E+6000"), "value_too_large"),
        (Decimal("1E-6000"), "value_too_large"),
        (10**900, "value_too_large"),
        (datetime(2026, 1, 1, 9), "value_not_supported"),  # noqa: DTZ001 - that it has no zone is the point
    ],
)
def test_what_the_journal_cannot_write_down_is_no_value(value: object, code: str) -> None:
    with pytest.raises(EngineError) as refused:
        Case(define(APPROVAL)).complete("application", amount=value)
    assert refused.value.code == code
    largest = Case(define(APPROVAL)).complete("application", amount=Decimal("1E+399"))
    assert as_recorded(largest.control)["application"]["amount"] == Decimal("1E+399")


@pytest.mark.parametrize("value", [None, False, "true", 1, [True]])
def test_only_true_takes_a_flow(value: object) -> None:
    definition = define("start -> a -> x_1\nx_1 -> end_yes when a.good\nx_1 => end_no")
    assert Case(definition).complete("a", good=value).end_event == "end_no"
    assert Case(definition).complete("a", good=True).end_event == "end_yes"


def test_flows_are_tried_in_the_order_of_the_file() -> None:
    definition = define(
        "start -> a -> x_1\nx_1 => end_0\nx_1 -> end_1 when a.n > 1\nx_1 -> end_2 when a.n > 0"
    )
    ends = [Case(definition).complete("a", n=number).end_event for number in (0, 1, 2)]
    assert ends == ["end_0", "end_2", "end_1"]
