"""What a step is: a pure function with plain values in and out (rules 1, 7 to 10, 13, 14, 16)."""

import dataclasses
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from diagrams import MAIN, NOW, Case, define, draw

from workflows.engine import (
    Advance,
    Cancel,
    Complete,
    EngineError,
    FactsMissing,
    NotOpen,
    advance,
    parse_definition,
    start,
)
from workflows.engine.run import _Live
from workflows.engine.state import State
from workflows.engine.step import Step

APPROVAL = """
    start -> application -> review -> x_ok
    x_ok -> application when review.outcome = "again"
    x_ok -> s_pay when review.outcome = "approve"
    x_ok => end_refused
    s_pay -> end_paid
"""
INPUTS = {
    "s_pay": {"handler": "payment.open_order", "input.amount": "application.amount * 2", "input.who": '"us"'}
}
PARALLEL = "start -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_1 -> c -> end\np_2 -> d -> end_2"


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


# -- rule 1 ------------------------------------------------------------------------------------------------------------


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


# -- rule 6 ------------------------------------------------------------------------------------------------------------


def test_nothing_is_run_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(f"builtins.{name}", lambda *_: pytest.fail("Python was run"))
    case = Case(define(APPROVAL.replace('"approve"', '"go"'), INPUTS))
    case.complete("application", amount=2, __class__="x", eval="1", APPROVAL_LIMIT="9")
    assert case.complete("review", outcome="go").opened[0].inputs["amount"] == 4


def test_the_library_gets_our_evaluator_and_nothing_else() -> None:
    definition = define(APPROVAL)
    live = _Live(Step(definition, State(definition.sha256), seed="s", facts={}))
    live.begin()
    task = live.live()[0]
    assert type(live.script_engine).__module__ == "workflows.engine.run"
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


# -- rule 7 ------------------------------------------------------------------------------------------------------------


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


# -- rule 8 ------------------------------------------------------------------------------------------------------------


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


# -- rule 9 ------------------------------------------------------------------------------------------------------------


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


# -- rule 10 -----------------------------------------------------------------------------------------------------------


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


# -- rules 13 and 14 ---------------------------------------------------------------------------------------------------


def test_two_runs_with_the_same_seeds_are_equal_to_the_byte() -> None:
    def run() -> list[Advance]:
        case, steps = Case(define(APPROVAL, INPUTS), seed="7f"), []
        for number in range(3):
            steps += [case.complete("application", amount=number), case.complete("review", outcome="again")]
        return steps

    assert run() == run()


def test_a_replay_from_any_stored_state_gives_the_same_step() -> None:
    definition, chance = define(PARALLEL), random.Random(5)  # noqa: S311 - a reproducible test, no secret
    case = Case(definition)
    while not case.step.ended:
        before, name = case.step.state, chance.choice(case.open)
        key = case.keys[name][0]
        step = case.complete(name, outcome="x")
        again = advance(definition, before, Complete(key, {"outcome": "x"}), now=NOW, seed="seed", facts={})
        assert again == step


def test_keys_come_from_the_seed_and_never_repeat_in_an_instance() -> None:
    definition = define(APPROVAL)
    keys: set[str] = set()
    case = Case(definition, seed="always the same")
    for _ in range(20):
        keys |= {opened.key for opened in case.step.opened}
        case.complete("application")
        keys |= {opened.key for opened in case.step.opened}
        case.complete("review", outcome="again")
    assert len(keys) == 40
    assert Case(definition, seed="other").step.opened[0].key not in keys


def test_a_step_reads_neither_clock_nor_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(define(APPROVAL, INPUTS))
    before = case.step.state
    key = case.keys["application"][0]
    expected = case.complete("application", amount=1)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr("SpiffWorkflow.task.uuid4", lambda made=[0]: _count(made))
    again = advance(
        case.definition,
        before,
        Complete(key, {"amount": 1}),
        now=datetime(1999, 1, 1, tzinfo=UTC),
        seed="seed",
        facts={},
    )
    assert again == expected


def _count(made: list[int]) -> UUID:
    made[0] += 1
    return UUID(int=2**127 - made[0])


def test_a_missing_fact_is_asked_for_and_the_step_run_again() -> None:
    definition = define("start -> a -> x_1\nx_1 -> end_late when facts.today > a.day\nx_1 => end_early")
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    command = Complete(first.opened[0].key, {"day": date(2026, 1, 1)})
    state = bytes(first.state)
    asked = advance(definition, first.state, command, now=NOW, seed="s", facts={})
    assert asked == FactsMissing(("today",))
    assert first.state == state
    for today, end in ((date(2026, 1, 2), "end_late"), (date(2026, 1, 1), "end_early")):
        step = advance(definition, first.state, command, now=NOW, seed="s", facts={"today": today})
        assert isinstance(step, Advance)
        assert step.end_event == end
        assert step.facts == {"today": today}
        assert [e.values for e in step.trail if e.kind == "read"] == [
            {"a.day": date(2026, 1, 1), "facts.today": today}
        ]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        start(define(APPROVAL), control={}, now=datetime(2026, 1, 1), seed="s", facts={})  # noqa: DTZ001
    assert refused.value.code == "now_without_zone"


# -- rule 16 -----------------------------------------------------------------------------------------------------------


def test_one_definition_serves_many_threads() -> None:
    definition = define(PARALLEL.replace("p_1", "p_shared"))
    before = shape(definition.spec)

    def run(number: int) -> str:
        chance, case = random.Random(number), Case(definition, seed="same")  # noqa: S311
        while not case.step.ended:
            case.complete(chance.choice(case.open), who=str(number))
        return case.step.control["d"]["who"]  # type: ignore[index,call-overload,return-value]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(run, range(240))) == [str(number) for number in range(240)]
    assert shape(definition.spec) == before


def shape(spec: object) -> dict[str, dict[str, str]]:
    """Everything that a shared spec holds, to see whether running changed it."""
    found = {}
    for name, task in spec.task_specs.items():  # type: ignore[attr-defined]
        found[name] = {
            key: repr(value)
            for key, value in vars(task).items()
            if not key.endswith("_event") and key != "_wf_spec"
        }
        found[name]["events"] = str(
            [
                len(value.weak_subscribers or [])
                for key, value in vars(task).items()
                if key.endswith("_event") and hasattr(value, "weak_subscribers")
            ]
        )
    return found


# -- rule 2 ------------------------------------------------------------------------------------------------------------


def test_a_definition_is_parsed_once_for_its_bytes() -> None:
    content = draw(f"start -> t_{uuid4().hex[:8]} -> end")
    results: list[object] = []

    def parse() -> None:
        results.append(parse_definition({MAIN: content}))

    threads = [threading.Thread(target=parse) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(result) for result in results}) == 1
    assert parse_definition({MAIN: content + b"\n"}) is not results[0]


def test_a_known_definition_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = define(APPROVAL)
    monkeypatch.setattr("workflows.engine.definition.judge", lambda *_: pytest.fail("judged again"))
    assert define(APPROVAL) is definition


def test_a_state_belongs_to_its_definition() -> None:
    first = start(define(APPROVAL), control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    with pytest.raises(EngineError) as refused:
        advance(define(PARALLEL), first.state, Cancel(), now=NOW, seed="s", facts={})
    assert refused.value.code == "state_of_other_definition"


def test_a_token_off_the_flows_is_refused() -> None:
    case = Case(define(APPROVAL))
    for forged in (b'["application","x_ok",1', b'["nobody","start",1', b'["end_paid","start",1'):
        state = case.step.state.replace(b'["application","start",1', forged)
        assert state != case.step.state
        if forged.startswith(b'["application"'):
            assert isinstance(advance(case.definition, state, Cancel(), now=NOW, seed="s", facts={}), Advance)
            continue
        with pytest.raises(EngineError) as refused:
            advance(case.definition, state, Cancel(), now=NOW, seed="s", facts={})
        assert refused.value.code == "state_unreadable"


def test_hundreds_of_gateways_are_passed_in_one_step() -> None:
    lines = "\n".join(
        ["start -> a -> x_0", *(f"x_{n} -> x_{n + 1}" for n in range(390)), "x_390 -> b -> end"]
    )
    case = Case(define(lines))
    begun = time.perf_counter()
    assert [opened.element_id for opened in case.complete("a").opened] == ["b"]
    assert time.perf_counter() - begun < 2


def test_the_state_never_holds_the_definition() -> None:
    case = Case(define(APPROVAL, INPUTS))
    for part in (b"sequenceFlow", b"x_ok", b"payment.open_order"):
        assert part not in case.step.state
