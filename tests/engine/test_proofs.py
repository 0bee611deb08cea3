"""Joins are proved at deploy: folding the model away and playing all of it come to the same verdict."""

import pytest
from diagrams import MAIN, draw
from oracle import Weaver, tangle

from workflows.engine import Finding, lint_model
from workflows.engine.checks.tokens import check_tokens
from workflows.engine.drawing import Drawing
from workflows.engine.reading import read_drawing

TOKENS = {"entered_twice", "join_never_fires"}


def judge(lines: str) -> list[Finding]:
    return lint_model({MAIN: draw(lines)})


def rules(lines: str) -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.element) for finding in judge(lines)}


def verdict(lines: str, *, fold: bool) -> set[str]:
    drawing: Drawing = read_drawing(draw(lines), MAIN)
    drawing.findings.clear()
    check_tokens(drawing, fold=fold)
    return {finding.rule for finding in drawing.findings}


def test_a_join_after_a_decision_is_refused() -> None:
    lines = """
        start -> ask -> x_1
        x_1 -> a -> p_join when ask.outcome = "a"
        x_1 => b
        b -> p_join
        p_join -> end
    """
    assert rules(
        lines.replace('-> a -> p_join when ask.outcome = "a"', '-> a when ask.outcome = "a"\na -> p_join')
    ) == {("join_never_fires", "p_join")}


def test_a_send_back_out_of_a_parallel_part_is_refused() -> None:
    lines = """
        start -> application -> p_1
        p_1 -> legal -> x_1
        p_1 -> finance -> p_2
        x_1 -> application when legal.outcome = "again"
        x_1 => p_2
        p_2 -> end
    """
    assert ("entered_twice", "finance") in rules(lines)


def test_parallel_flows_that_meet_without_a_join_are_refused() -> None:
    assert {rule for rule, _ in rules("start -> p_1\np_1 -> a -> c\np_1 -> b -> c\nc -> end")} == {
        "entered_twice"
    }


def test_parallel_flows_may_end_apart() -> None:
    assert rules("start -> p_1\np_1 -> a -> end\np_1 -> b -> end_2") == set()
    assert rules("start -> p_1\np_1 -> a -> end\np_1 -> b -> end") == set()


def test_a_terminate_end_may_cut_a_waiting_join_off() -> None:
    lines = """
        start -> p_1
        p_1 -> a -> x_1
        p_1 -> b -> p_2
        x_1 -> stop when a.outcome = "reject"
        x_1 => p_2
        p_2 -> end
    """
    assert rules(lines) == set()
    assert ("join_never_fires", "p_2") in rules(lines.replace("stop", "end_early"))


def test_a_loop_that_starts_work_again_and_again_is_refused() -> None:
    lines = """
        start -> ask -> p_1
        p_1 -> letter -> end
        p_1 -> check -> x_1
        x_1 -> ask when check.outcome = "again"
        x_1 => end_2
    """
    assert ("entered_twice", "letter") in rules(lines)


def test_a_choice_before_an_inclusive_join_is_not_made_before_its_task_is_done() -> None:
    """While b is open the join waits, whichever way b goes; folding alone let the join fire before."""
    lines = """
        start -> x_0
        x_0 -> ask -> o_1
        o_1 -> a when ask.outcome = "both"
        a -> o_2
        o_1 => x_2
        x_2 -> b -> x_3
        x_3 -> stop when b.outcome = "both"
        x_3 => x_4
        x_4 -> c -> x_5
        x_5 -> x_2 when c.outcome = "again"
        x_5 => o_2
        o_2 -> d -> x_6
        x_6 -> x_0 when d.outcome = "again"
        x_6 => end
    """
    assert rules(lines) == set()
    assert ("entered_twice", "b") in rules(lines.replace("o_2 -> d", "x_7 -> d").replace("-> o_2", "-> x_7").replace("=> o_2", "=> x_7"))


def test_what_passes_at_once_is_gone_before_it_comes_again() -> None:
    lines = """
        start -> x_0
        x_0 -> p_1
        p_1 -> end
        p_1 -> ask -> x_1
        x_1 -> x_0 when ask.outcome = "again"
        x_1 => end_2
    """
    assert rules(lines) == set()
    assert ("entered_twice", "note") in rules(lines.replace("p_1 -> end", "p_1 -> note -> end"))


def test_folding_proves_every_well_nested_process() -> None:
    for seed in range(150):
        lines = Weaver(seed).process(3)
        assert judge(lines) == [], f"seed {seed}\n{lines}"


def test_a_tangle_beyond_the_bound_is_refused_and_says_so() -> None:
    assert {rule for rule, _ in rules(many_rejections(5))} == set()
    assert ("model_too_tangled", "process_1") in rules(many_rejections(13))


def many_rejections(branches: int) -> str:
    lines = ["start -> p_1", "p_2 -> end"]
    for n in range(branches):
        lines += [
            f"p_1 -> t{n} -> x_{n}",
            f'x_{n} -> stop_{n} when t{n}.outcome = "reject"',
            f"x_{n} => p_2",
        ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("part", "gates"), [*((part, "xp") for part in range(5)), *((part, "xpo") for part in range(4))]
)
def test_folding_never_changes_the_verdict(part: int, gates: str) -> None:
    kinds, judged = set(), 0
    for seed in range(part * 1_000, part * 1_000 + 1_000):
        lines = tangle(seed, gates)
        if {rule for rule, _ in rules(lines)} - TOKENS - {"condition_missing", "gateway_without_default"}:
            continue  # refused before, and folding counts on it
        folded, played = verdict(lines, fold=True), verdict(lines, fold=False)
        if "model_too_tangled" in played:
            continue  # that is what folding is for
        assert bool(folded) == bool(played), f"seed {seed}: {folded} {played}\n{lines}"
        judged += 1
        kinds |= played
    assert kinds == TOKENS
    assert judged > 100
