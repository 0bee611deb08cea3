"""The oracle itself, on traces written by hand from the text of ISO 19510. Nothing here runs the engine.

A trace is a drawing and commands with what is open after each: ``a`` completes a, ``a=again`` with that outcome,
``!b_1`` lets an event happen, ``sign:ann=no`` is a vote, ``<b>a`` sends back from b to a.
"""

import pytest
from oracle_levels import Game

CHECK = 'start -> review -> x_1\nx_1 -> deep when review.outcome = "again"\nx_1 => end_ok\ndeep -> end_deep'
FORK = "start -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_2 -> c -> end"
LOOP = 'start -> x_0\nx_0 -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_2 -> c -> x_1\nx_1 -> x_0 when c.outcome = "again"\nx_1 => end'
SOME = """
    start -> ask -> o_1
    o_1 -> a when ask.outcome = "again" or ask.outcome = "both"
    a -> o_2
    o_1 -> b when ask.outcome = "other" or ask.outcome = "both"
    b -> o_2
    o_1 => c
    c -> o_2
    o_2 -> d -> end
"""
UPSTREAM = """
    start -> ask -> o_1
    o_1 -> a when ask.outcome = "both"
    o_1 => x_1
    a -> x_2
    x_2 -> x_1 when a.outcome = "again"
    x_2 => o_2
    x_1 -> b -> o_2
    o_2 -> d -> end
"""
SUB = "start -> sub_1 -> z -> end\nsub_1: start_1 -> p_1\nsub_1: p_1 -> a -> p_2\nsub_1: p_1 -> b -> p_2\nsub_1: p_2 -> c -> end_1"
FAILS = """
    start -> sub_1 -> z -> end
    sub_1: start_1 -> p_1
    sub_1: p_1 -> a -> end_err
    sub_1: p_1 -> b -> end_1
    b_1 -> repair -> end_2
    @ end_err error E
    @ b_1 on sub_1 error E
"""
CUTS = 'start -> p_1\np_1 -> a -> x_1\nx_1 -> stop when a.outcome = "both"\nx_1 => p_2\np_1 -> b -> p_2\np_2 -> end'
TIMED = "start -> a -> x_1\nb_1 -> x_1\nx_1 -> c -> end\n@ b_1 on a timer P1D"
BESIDE = "start -> a -> end\nb_1 -> note -> end_2\n@ b_1 beside a cycle R/P1D"
EVENT = "start -> e_1\ne_1 -> catch_1 -> a -> end\ne_1 -> catch_2 -> b -> end_2\n@ catch_1 timer P1D\n@ catch_2 message m"
CALL = "start -> call_1 -> z -> end\n@ call_1 calls check"
SIGN = 'start -> sign -> x_1\nx_1 -> yes when sign.outcome = "approve"\nx_1 => no\nyes -> end\nno -> end_2'
BACK = "start -> a -> p_1\np_1 -> b -> d -> p_2\np_1 -> c -> p_2\np_2 -> e -> end"

TRACES: list[tuple[str, tuple[str, int] | None, str]] = [
    ("start -> a -> end", None, "a | a > ."),
    (FORK, None, "a b | a > b | b > c | c > ."),
    (FORK, None, "a b | b > a | a > c | c > ."),
    (LOOP, None, "a b | a > b | b > c | c=again > a b | b > a | a > c | c > ."),
    (LOOP, None, "a b | b > a | a > c | c=again > a b | a > b | b > c | c=again > a b"),
    (SOME, None, "ask | ask=again > a | a > d | d > ."),
    (SOME, None, "ask | ask=both > a b | a > b | b > d"),
    (SOME, None, "ask | ask=other > b | b > d"),
    (SOME, None, "ask | ask > c | c > d"),
    (UPSTREAM, None, "ask | ask > b | b > d"),
    (UPSTREAM, None, "ask | ask=both > a | a > d"),
    (UPSTREAM, None, "ask | ask=both > a | a=again > b | b > d"),
    (SUB, None, "a b | a > b | b > c | c > z | z > ."),
    (FAILS, None, "a b | b > a | a > repair | repair > ."),
    (FAILS, None, "a b | a > repair | repair > ."),
    (FAILS.replace("b_1 on sub_1 error E", "b_1 on sub_1 error F"), None, "a b | a > ."),
    (FAILS.replace("@ end_err error E", "").replace("end_err", "stop_1"), None, "a b | a > z | z > ."),
    (CUTS, None, "a b | a=both > ."),
    (CUTS, None, "a b | a > b | b > ."),
    (TIMED, None, "a | a > c | c > ."),
    (TIMED, None, "a | !b_1 > c | c > ."),
    (BESIDE, None, "a | !b_1 > a note | !b_1 > a note note | a > note note | note > note"),
    (BESIDE, None, "a | !b_1 > a note | note > a | a > ."),
    (EVENT, None, ". | !catch_1 > a | a > ."),
    (EVENT, None, ". | !catch_2 > b | b > ."),
    (CALL, None, "call_1.review | call_1.review > z"),
    (CALL, None, "call_1.review | call_1.review=again > call_1.deep | call_1.deep > z | z > ."),
    (SIGN, ("all", 0), "sign sign sign | sign:ann > sign sign | sign:cy > sign | sign:bob > yes"),
    (SIGN, ("all", 0), "sign sign sign | sign:ann=no > no"),
    (SIGN, ("any", 0), "sign sign sign | sign:ann=no > sign sign | sign:bob > yes"),
    (SIGN, ("ratio", 2), "sign sign sign | sign:ann > sign sign | sign:bob > yes"),
    (SIGN, ("ratio", 3), "sign sign sign | sign:ann=no > no"),
    (SIGN, ("count", 2), "sign sign sign | sign:ann=no > sign sign | sign:bob=no > no"),
    (SIGN, ("sequential", 0), "sign | sign:ann > sign | sign:bob > sign | sign:cy > yes"),
    (BACK, None, "a | a > b c | b > c d | <d>b > b c | b > c d | c > d | d > e"),
    (BACK, None, "a | a > b c | c > b | <b>a > a | a > b c"),
    (BACK, None, "a | a > b c | b > c d | d > c | c > e | <e>a > a"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TRACES)))
def test_the_oracle_plays_what_was_written_by_hand(number: int) -> None:
    lines, mode, trace = TRACES[number]
    game = Game(lines, {"check": CHECK}, {"sign": mode} if mode else {}, ["ann", "bob", "cy"])
    first, *steps = (part.strip() for part in trace.split("|"))
    assert game.open() == first.replace(".", "").split() or game.open() == first.split()
    for step in steps:
        command, _, expected = (part.strip() for part in step.rpartition(" > "))
        act(game, command)
        assert game.open() == ([] if expected == "." else expected.split()), f"after {command}"
        if expected == ".":
            assert game.ended()


def act(game: Game, command: str) -> None:
    name, _, outcome = command.partition("=")
    if command.startswith("!"):
        game.happen(command[1:])
    elif command.startswith("<"):
        source, _, target = command[1:].partition(">")
        game.send_back(source, target)
    elif ":" in name:
        task, _, voter = name.partition(":")
        game.vote(task, voter, outcome or "approve")
    else:
        game.complete(name, outcome or "default")


def test_there_are_enough_traces() -> None:
    assert len(TRACES) >= 30
