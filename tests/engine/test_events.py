"""Events: what a process waits for and what it throws (rules 8, 14, 15)."""

from datetime import timedelta

import pytest
from diagrams import NOW, Case, define, draw
from plain_files import judge, rules

from workflows.engine import (
    Complete,
    Correlate,
    EngineError,
    FactsMissing,
    Fail,
    Fire,
    NotOpen,
    advance,
    start,
)

LATE = """
    start -> review -> end
    b_late -> escalated -> end_late
    @ b_late on review timer P3D
"""
REMINDED = """
    start -> review -> end
    b_remind -> s_mail -> end_mail
    @ b_remind beside review cycle R3/P1D
"""
REPLY = """
    start -> ask -> e_1
    e_1 -> catch_paid -> ship -> end
    e_1 -> catch_late -> cancel -> end_late
    @ catch_paid message paid
    @ catch_late timer P7D
"""


def test_a_step_asks_for_the_instant_of_a_timer_with_what_it_is_computed_from() -> None:
    definition = define(LATE, {"b_late": {"days": "working"}})
    asked = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(asked, FactsMissing)
    (due,) = asked.due
    assert asked.requests == (f"due:{due.key}",)
    assert (due.element_id, due.form, due.text, due.since, due.working) == (
        "b_late",
        "duration",
        "P3D",
        NOW,
        True,
    )
    for wrong, code in (("tomorrow", "fact_wrong"), (None, "fact_wrong"), (NOW.replace(tzinfo=None), "value_not_supported")):
        with pytest.raises(EngineError) as refused:
            start(definition, control={}, now=NOW, seed="s", facts={f"due:{due.key}": wrong})
        assert refused.value.code == code


def test_all_timers_of_a_step_are_asked_for_at_once() -> None:
    asked = start(
        define(LATE + "b_2 -> end_2\n@ b_2 on review timer P9D"), control={}, now=NOW, seed="s", facts={}
    )
    assert isinstance(asked, FactsMissing)
    assert [due.text for due in asked.due] == ["P3D", "P9D"]


def test_a_timer_that_is_due_cuts_its_task_off() -> None:
    case = Case(define(LATE))
    assert (case.open, case.set, case.step.next_due) == (["review"], ["b_late"], NOW + timedelta(days=3))
    step = case.fire("b_late")
    assert (case.open, case.set, step.next_due) == (["escalated"], [], None)
    assert [(one.element_id, one.reason) for one in step.closed] == [("review", "cancelled")]
    assert [(one.kind, one.element_id) for one in step.trail][:3] == [
        ("event", "b_late"),
        ("left", "review"),
        ("entered", "b_late"),
    ]
    assert case.complete("escalated").end_event == "end_late"


def test_a_task_that_is_done_takes_its_timer_along() -> None:
    case = Case(define(LATE))
    (timer,) = case.timers.values()
    step = case.complete("review")
    assert [(one.key, one.change) for one in step.timers] == [(timer.key, "dropped")]
    with pytest.raises(NotOpen):
        case.do(Fire(timer.key))


def test_no_timer_fires_early_and_nothing_is_completed_late() -> None:
    case = Case(define(LATE))
    (timer,) = case.timers.values()
    with pytest.raises(EngineError) as early:
        case.do(Fire(timer.key))
    assert early.value.code == "timer_not_due"
    case.now = timer.due
    with pytest.raises(EngineError) as late:
        case.complete("review")
    assert (late.value.code, late.value.params["key"]) == ("timer_due", timer.key)
    case.do(Fire(timer.key))


def test_a_late_sub_process_lets_nothing_in_it_be_completed() -> None:
    lines = "start -> sub_1 -> end\nsub_1: start_1 -> a -> end_1\nb_1 -> end_late\n@ b_1 on sub_1 timer P1D"
    case = Case(define(lines))
    case.now += timedelta(days=1)
    with pytest.raises(EngineError) as late:
        case.complete("a")
    assert late.value.code == "timer_due"
    assert case.fire("b_1").end_event == "end_late"


def test_a_repeating_timer_counts_down_from_instant_to_instant() -> None:
    case = Case(define(REMINDED, {"s_mail": {"handler": "mail"}}))
    dues = []
    for done in range(3):
        dues += [timer.due for timer in case.timers.values()]
        case.fire("b_remind")
        assert case.open == ["review"] + ["s_mail"] * (done + 1)
    assert case.set == []
    assert dues == [NOW + timedelta(days=days) for days in (1, 2, 3)]
    assert case.step.opened[0].round == 3


def test_reminders_end_with_the_task() -> None:
    case = Case(define(REMINDED.replace("R3/", "R/")))
    for _ in range(5):
        case.fire("b_remind")
    case.complete("review")
    assert case.set == []
    assert case.open == ["s_mail"] * 5


def test_a_timer_can_be_computed() -> None:
    lines = LATE.replace("timer P3D", 'timer if ask.urgent then "PT4H" else "P9D"').replace(
        "-> review", "-> ask -> review", 1
    )
    case = Case(define(lines))
    case.complete("ask", urgent=True)
    assert case.asked[-1].due[0].text == "PT4H"
    assert {one.rule for one in judge(draw(lines.replace("P9D", "soon")))} == {"expression_no_timer"}
    with pytest.raises(EngineError) as wrong:
        Case(define(lines.replace('"P9D"', "ask.term"))).complete("ask", term="soon")
    assert wrong.value.code == "timer_wrong"


def test_a_date_is_a_timer_too() -> None:
    case = Case(define("start -> ask -> catch_1 -> end\n@ catch_1 date ask.day"))
    case.complete("ask", day=(NOW + timedelta(days=40)).date())
    assert (case.asked[-1].due[0].form, case.asked[-1].due[0].text) == ("date", "2026-12-30")
    assert case.fire("catch_1").ended


@pytest.mark.parametrize("text", ["P3D", "PT4H", "P1Y2M", "P2W", "PT0.5S"])
def test_bare_durations_are_read(text: str) -> None:
    assert judge(draw(LATE.replace("P3D", text))) == []


@pytest.mark.parametrize("text", ["3 days", "P", "PT", "P-3D", "R3/P1D", ""])
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert {rule for rule, _ in rules(judge(draw(LATE.replace("P3D", text))))} & {
        "timer_wrong",
        "expression_error",
        "name_unknown",
    }


# -- messages -----------------------------------------------------------------------------------------------------------


def test_the_first_event_behind_a_gateway_decides() -> None:
    case = Case(define(REPLY))
    case.complete("ask")
    assert (case.open, case.set) == ([], ["catch_late"])
    step = case.do(Correlate("paid", {"amount": 5}))
    assert (case.open, case.set, case.awaited) == (["ship"], [], {})
    assert step.control["catch_paid"] == {"amount": 5}
    other = Case(define(REPLY))
    other.complete("ask")
    other.fire("catch_late")
    assert (other.open, other.awaited) == (["cancel"], {})


def test_a_message_that_nobody_awaits_is_refused() -> None:
    case = Case(define(REPLY))
    for message in ("paid", "other"):
        with pytest.raises(EngineError) as refused:
            case.do(Correlate(message))
        assert refused.value.code == "message_not_awaited"


def test_a_message_finds_its_token_by_correlation() -> None:
    lines = "start -> p_1\np_1 -> recv_a -> a -> end\np_1 -> recv_b -> b -> end_2\n@ recv_a message reply\n@ recv_b message reply"
    definition = define(lines, {"recv_a": {"correlation": '"A"'}, "recv_b": {"correlation": '"B"'}})
    case = Case(definition)
    case.do(Correlate("reply", correlation="B"))
    assert case.open == ["b"]
    plain = Case(define(lines))
    with pytest.raises(EngineError) as refused:
        plain.do(Correlate("reply"))
    assert refused.value.code == "message_ambiguous"
    plain.do(Correlate("reply", key=refused.value.params["keys"][0]))
    assert plain.open == ["a"]


def test_a_message_may_come_beside_a_task_or_cut_it_off() -> None:
    lines = "start -> a -> end\nb_1 -> note -> end_2\n@ b_1 {} a message word"
    beside, cut = (Case(define(lines.format(how))) for how in ("beside", "on"))
    beside.do(Correlate("word"))
    assert beside.open == ["a", "note"]
    beside.do(Correlate("word"))  # as long as the activity goes on, what sits on it can happen
    assert beside.open == ["a", "note", "note"]
    beside.complete("a")
    assert not beside.awaited
    cut.do(Correlate("word", {"text": "x"}))
    assert (cut.open, cut.step.control["b_1"]) == (["note"], {"text": "x"})


def test_a_thrown_message_is_a_value_for_the_outbox() -> None:
    lines = "start -> ask -> throw_1 -> send_1 -> end_m\n@ throw_1 message order\n@ send_1 message letter\n@ end_m message bye"
    case = Case(define(lines, {"throw_1": {"input.n": "ask.n * 2", "correlation": "ask.id"}}))
    case.complete("ask", n=4, id="X")
    assert [(one.name, one.correlation, one.values) for one in case.thrown] == [
        ("order", "X", {"n": 8}), ("letter", None, {}), ("bye", None, {}),
    ]  # fmt: skip
    assert len({one.key for one in case.thrown}) == 3
    assert case.step.ended


# -- signals, conditions, errors ----------------------------------------------------------------------------------------


def test_a_signal_reaches_all_who_wait_and_only_them() -> None:
    lines = """
        start -> p_1
        p_1 -> catch_1 -> a -> end
        p_1 -> b -> end_b
        p_1 -> c -> throw_1 -> d -> end_c
        b_1 -> e -> end_e
        @ catch_1 signal stop
        @ b_1 on b signal stop
        @ throw_1 signal stop
    """
    case = Case(define(lines))
    case.complete("c")
    assert case.open == ["a", "d", "e"]


def test_a_condition_is_looked_at_whenever_something_changes() -> None:
    lines = "start -> p_1\np_1 -> catch_1 -> a -> end\np_1 -> b -> c -> end_b\n@ catch_1 when b.ready = true"
    case = Case(define(lines))
    assert case.open == ["b"]
    case.complete("b", ready=False)
    assert case.open == ["c"]
    other = Case(define(lines))
    other.complete("b", ready=True)
    assert other.open == ["a", "c"]


def test_an_error_in_a_sub_process_is_caught_around_it() -> None:
    lines = """
        start -> sub_1 -> after -> end
        sub_1: start_1 -> p_1
        sub_1: p_1 -> a -> x_1
        sub_1: p_1 -> b -> end_b
        sub_1: x_1 -> end_err when a.outcome = "bad"
        sub_1: x_1 => end_a
        b_other -> end_other
        b_err -> repair -> end_repaired
        @ end_err error E1
        @ b_other on sub_1 error E2
        @ b_err on sub_1 error E1
    """
    case = Case(define(lines))
    case.complete("a", outcome="bad")
    assert (case.open, case.step.error) == (["repair"], None)
    uncaught = Case(define(lines.replace("b_err on sub_1 error E1", "b_err on sub_1 error E3")))
    step = uncaught.complete("a", outcome="bad")
    assert (step.ended, step.error, step.end_event, uncaught.open) == (True, "E1", "end_err", [])


def test_a_handler_may_fail_in_the_words_of_the_drawing() -> None:
    lines = "start -> s_pay -> end\nb_1 -> a -> end_2\n@ b_1 on s_pay error REFUSED"
    case = Case(define(lines, {"s_pay": {"handler": "pay"}}))
    case.do(Fail(case.keys["s_pay"][0], "REFUSED"))
    assert case.open == ["a"]
    other = Case(define(lines, {"s_pay": {"handler": "pay"}}))
    step = other.do(Fail(other.keys["s_pay"][0], "UNKNOWN"))
    assert (step.ended, step.error, step.end_event) == (True, "UNKNOWN", None)


def test_an_escalation_is_heard_outside_and_the_work_goes_on() -> None:
    lines = """
        start -> sub_1 -> end
        sub_1: start_1 -> a -> throw_1 -> b -> end_1
        b_1 -> boss -> end_2
        @ throw_1 escalation late
        @ b_1 beside sub_1 escalation late
    """
    case = Case(define(lines))
    case.complete("a")
    assert case.open == ["b", "boss"]
    cut = Case(define(lines.replace("beside", "on")))
    cut.complete("a")
    assert cut.open == ["boss"]
    unheard = Case(define(lines.replace("sub_1 escalation late", "sub_1 escalation other")))
    unheard.complete("a")
    assert unheard.open == ["b"]


def test_a_manual_task_is_passed() -> None:
    assert Case(define("start -> a -> m_1 -> b -> end")).complete("a").opened[0].element_id == "b"


def test_an_event_cannot_be_completed_like_a_task() -> None:
    case = Case(define("start -> catch_1 -> end\n@ catch_1 message word"))
    key = str(case.step.marking[0]["key"])
    with pytest.raises(NotOpen):
        advance(case.definition, case.step.state, Complete(key), now=NOW, seed="s", facts={})
