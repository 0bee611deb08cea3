"""A step is a pure function, over a definition that all instances share (rules 2, 13, 14, 16)."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from diagrams import APPROVAL, INPUTS, MAIN, NOW, PARALLEL, Case, define, draw

from workflows.engine import (
    Advance,
    Cancel,
    Complete,
    EngineError,
    FactsMissing,
    advance,
    parse_definition,
    start,
)

# rules 13 and 14


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


# rule 16


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


# rule 2


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
