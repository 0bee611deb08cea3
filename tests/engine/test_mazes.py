"""Random graphs, sound and unsound: lint refuses exactly those that can hang or double, and the others run as they should.

Every course of a graph is played by a search that shares nothing with the engine (``exhaustive.py``). The engine has its
verdict from folding and bounded playing, so the two come to it by different ways.
"""

import random
from collections import Counter

import pytest
from diagrams import MAIN, Case, define, draw
from exhaustive import DOUBLES, HANGS, TooMany, faults
from mazes import maze
from oracle_levels import Game

from workflows.engine import lint_model


def judge(seed: int) -> str:
    """Compare the verdicts on one graph; where it is sound, run it on both."""
    lines = maze(seed)
    rules = {finding.rule for finding in lint_model({MAIN: draw(lines)})}
    if rules - {HANGS, DOUBLES}:
        return "not judged"  # circles without a task, no way to an end, or too tangled to prove
    try:
        found = faults(lines)
    except TooMany:
        return "too many"
    assert bool(rules) == bool(found), f"seed {seed}: lint says {rules}, all courses say {found}\n{lines}"
    if not rules:
        run(seed, lines)
    return "sound" if not rules else " ".join(sorted(found))


def run(seed: int, lines: str) -> None:
    chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
    for _ in range(3):
        case, game, done = Case(define(lines)), Game(lines, {}, {}, []), list[str]()
        while not case.step.ended and len(done) < 25:
            name = chance.choice(case.open)
            outcome = chance.choice(["w0", "w1", "both", "none"])
            done.append(f"{name}={outcome}")
            case.complete(name, outcome=outcome)
            game.complete(name, outcome)
            assert case.open == game.open(), f"seed {seed}\n{lines}\n{done}"
            assert case.step.ended == game.ended(), f"seed {seed}\n{lines}\n{done}"


def many(first: int, count: int) -> Counter[str]:
    print(f"seeds {first} to {first + count - 1}")  # noqa: T201 - shown when it fails
    return Counter(judge(seed) for seed in range(first, first + count))


def test_lint_refuses_exactly_the_graphs_that_can_hang_or_double() -> None:
    verdicts = many(0, 400)
    assert verdicts["sound"] > 80, verdicts
    assert verdicts[HANGS] > 40, verdicts
    assert verdicts[DOUBLES] > 40, verdicts
    assert verdicts["too many"] < 80, verdicts


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_lint_refuses_exactly_those_of_thousands(part: int) -> None:
    many(100_000 + part * 1_000, 1_000)
