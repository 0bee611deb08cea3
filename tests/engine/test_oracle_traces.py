"""The oracle itself, on traces written by hand from the text of ISO 19510. Nothing here runs the engine.

A trace is a drawing and commands with what is open after each: ``a`` completes a, ``a=again`` with that outcome, ``a*2``
gives a list of two, ``!b_1`` lets an event happen, ``sign:ann=no`` is a vote, ``<b>a`` sends back from b to a, ``s_1!!E``
is a failure. ``v#1`` is the second run of v. A trace that ends with ``?`` hangs there: tokens wait, and nothing is open.
Above each drawing stands the rule that its traces are worked out from.
"""

import pytest
from oracle_levels import Game
from weaving import CALLED

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
# 10.6.6 (signals) A signal comes to everyone who awaits it at that moment, and to nobody later.
SIGNAL = """
    start -> p_1
    p_1 -> a -> throw_1 -> p_2
    p_1 -> b -> catch_1 -> c -> p_2
    p_1 -> d -> x_1
    x_1 -> p_2
    b_1 -> x_1
    p_2 -> end
    @ throw_1 signal s
    @ catch_1 signal s
    @ b_1 on d signal s
"""
# 10.5.4 A boundary event that does not interrupt leaves the activity open, and may happen as long as that is open.
ASIDE = SIGNAL.replace("b_1 -> x_1", "b_1 -> note -> end_2").replace("on d", "beside d")
AGAIN = "start -> a -> end\nb_1 -> note -> end_2\n@ b_1 beside a message m"
TWICE = "start -> a -> end\nb_1 -> note -> end_2\n@ b_1 beside a cycle R2/P1D"
ONCE = "start -> a -> end\nb_1 -> note -> end_2\n@ b_1 beside a timer P1D"
# 10.5.6 An escalation goes to the innermost activity around that has an event for it; nobody need have one. A throw event
# goes on unless it was cut off itself.
RAISES = """
    start -> sub_1 -> z -> end
    sub_1: start_1 -> p_1
    sub_1: p_1 -> a -> throw_1 -> b -> end_1
    sub_1: p_1 -> c -> end_3
    b_1 -> note -> end_2
    @ throw_1 escalation up
    @ b_1 on sub_1 escalation up
"""
# 10.5.6 An error is always critical: what it is caught on is cut off; the innermost catches.
DEEP = """
    start -> sub_1 -> end
    sub_1: start_1 -> sub_2 -> a -> end_1
    sub_2: start_2 -> b -> end_bad
    sub_1: b_in -> c -> end_3
    b_out -> d -> end_2
    @ end_bad error E
    @ b_in on sub_2 error F
    @ b_out on sub_1 error
"""
# 13.3.2 A service task that fails takes the error event on it, else the one around it, else everything ends.
SERVES = "start -> s_1 -> a -> end\nb_1 -> b -> end_2\n@ b_1 on s_1 error E"
# 10.5.4 A condition that has come true lets its event happen.
COMES_TRUE = """
    start -> p_1
    p_1 -> a -> p_2
    p_1 -> catch_1 -> b -> p_2
    p_2 -> end
    @ catch_1 when a.outcome = "again"
"""
CUT_BY = """
    start -> p_1
    p_1 -> a -> p_2
    p_1 -> b -> x_1
    b_1 -> c -> x_1
    x_1 -> p_2
    p_2 -> end
    @ b_1 on b when a.outcome = "again"
"""
# 13.4.2 An event-based gateway: the first event takes the token, the others are awaited no longer.
FIRST = """
    start -> p_1
    p_1 -> a -> throw_1 -> p_2
    p_1 -> e_1 -> catch_1 -> b -> x_1
    e_1 -> recv_1 -> c -> x_1
    x_1 -> p_2
    p_2 -> end
    @ throw_1 signal s
    @ catch_1 signal s
    @ recv_1 message m
"""
# 13.3.7 Runs of several: all at once, or one by one; the completion condition is asked after each and cuts the others off.
EACH = "start -> ask -> v -> z -> end\n@ v each ask.people"
ORDER = "start -> ask -> v -> z -> end\n@ v each ask.people one by one"
THREE = "start -> v -> z -> end\n@ v times 3 until v.nr_of_completed >= 2"
PARTS = """
    start -> sub_1 -> z -> end
    sub_1: start_1 -> a -> x_1
    sub_1: x_1 -> stop when a.outcome = "both"
    sub_1: x_1 -> end_bad when a.outcome = "other"
    sub_1: x_1 => b
    sub_1: b -> end_1
    b_1 -> c -> end_2
    @ sub_1 times 2
    @ end_bad error E
    @ b_1 on sub_1 error E
"""
CALLS = "start -> call_1 -> z -> end\n@ call_1 calls check\n@ call_1 times 2 one by one"
# 13.3.6 A standard loop asks after each run or before the first, and stops at its maximum.
LOOPS = 'start -> v -> z -> end\n@ v loop 2 while v.outcome = "again"'
ASKS = 'start -> ask -> v -> z -> end\n@ v loop 2 before while ask.outcome = "again"'
# 13.4.3 The inclusive join waits for a token that can still come to a flow that has none, unless that token can also
# come to a flow that has one: here a token at a or b waits for the other, and one in the loop before it too.
NESTED = """
    start -> x_0
    x_0 -> ask -> o_1
    o_1 -> p_1 when ask.outcome = "again" or ask.outcome = "both"
    p_1 -> a -> o_3
    p_1 -> b -> o_3
    o_3 -> o_2
    o_1 => c
    c -> o_2
    o_1 -> d when ask.outcome = "both"
    d -> o_2
    o_2 -> e -> x_1
    x_1 -> x_0 when e.outcome = "again"
    x_1 => end
"""
# 13.4.3 A token upstream that can reach only the flow where one waits already is not waited for.
SAME_FLOW = """
    start -> p_1
    p_1 -> a -> x_1
    p_1 -> b -> x_1
    p_1 -> c -> o_1
    x_1 -> o_1
    o_1 -> d -> end
"""
# 13.4.3 The way of a token into the join may lead through a boundary event.
BY_BORDER = """
    start -> p_1
    p_1 -> a -> end_2
    b_1 -> o_1
    p_1 -> c -> o_1
    o_1 -> d -> end
    @ b_1 on a message m
"""
# 13.4.1 A parallel join takes exactly one token from each flow; it waits for ever where one never comes.
NEVER = 'start -> a -> x_1\nx_1 -> b when a.outcome = "other"\nx_1 => c\nb -> p_2\nc -> p_2\np_2 -> d -> end'
SWALLOWED = 'start -> p_1\np_1 -> a -> x_1\nx_1 -> end_2 when a.outcome = "other"\nx_1 => p_2\np_1 -> b -> p_2\np_2 -> c -> end'
# Two flows bring two tokens into one task: it is open twice, and what follows is done twice.
DOUBLED = "start -> p_1\np_1 -> a -> x_1\np_1 -> b -> x_1\nx_1 -> c -> end"
# Two inclusive joins, each of which could bring the other a token: neither may fire.
CIRCULAR = """
    start -> p_1
    p_1 -> a -> o_1
    p_1 -> b -> o_2
    o_1 -> x_1
    o_2 -> x_2
    x_1 -> o_2 when a.outcome = "other"
    x_1 => end
    x_2 -> o_1 when b.outcome = "other"
    x_2 => end_2
"""
# Terminate ends its own level and nothing around it.
CUT_LEVEL = """
    start -> p_1
    p_1 -> sub_1 -> p_2
    p_1 -> z -> p_2
    p_2 -> y -> end
    sub_1: start_1 -> p_3
    sub_1: p_3 -> a -> stop
    sub_1: p_3 -> b -> end_1
"""
OUTER_CALL = "start -> call_1 -> z -> end\nb_1 -> w -> end_2\n@ call_1 calls outer\n@ b_1 on call_1 error wrong"

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
    (SIGNAL, None, "a b d | a > b | b > ? "),
    (SIGNAL, None, "a b d | b > a d | a > c | c > ."),
    (ASIDE, None, "a b d | b > a d | a > c d note | note > c d | d > c | c > ."),
    (AGAIN, None, "a | !b_1 > a note | !b_1 > a note note | a > note note"),
    (TWICE, None, "a | !b_1 > a note | !b_1 > a note note | !b_1 > -"),
    (ONCE, None, "a | !b_1 > a note | !b_1 > -"),
    (RAISES, None, "a c | a > note | note > ."),
    (RAISES.replace("on sub_1", "beside sub_1"), None, "a c | a > b c note | c > b note | b > note z | note > z | z > ."),
    (RAISES.replace("on sub_1 escalation up", "on sub_1 escalation other"), None, "a c | a > b c | b > c | c > z"),
    (DEEP, None, "b | b > d | d > ."),
    (DEEP.replace("error F", "error E"), None, "b | b > c | c > ."),
    (DEEP.replace("error F", "error E").replace("c -> end_3", "c -> a"), None, "b | b > c | c > a | a > ."),
    (SERVES, None, "s_1 | s_1!!E > b | b > ."),
    (SERVES, None, "s_1 | s_1!!F > ."),
    (COMES_TRUE, None, "a | a=again > b | b > ."),
    (COMES_TRUE, None, "a | a > ?"),
    (CUT_BY, None, "a b | a=again > c | c > ."),
    (CUT_BY, None, "a b | a > b | b > ."),
    (FIRST, None, "a | a > b | b > ."),
    (FIRST, None, "a | !recv_1 > a c | a > c | c > ."),
    (EACH, None, "ask | ask*3 > v#0 v#1 v#2 | v#1 > v#0 v#2 | v#0 > v#2 | v#2 > z"),
    (EACH, None, "ask | ask*0 > z | z > ."),
    (ORDER, None, "ask | ask*2 > v#0 | v#0 > v#1 | v#1 > z"),
    (THREE, None, "v#0 v#1 v#2 | v#2 > v#0 v#1 | v#0 > z"),
    (THREE.replace("times 3 ", "times 3 one by one "), None, "v#0 | v#0 > v#1 | v#1 > z"),
    (PARTS, None, "a a | a > a b | b > a | a=both > z | z > ."),
    (PARTS, None, "a a | a > a b | a=other > c | c > ."),
    (CALLS, None, "call_1.review | call_1.review > call_1.review | call_1.review > z"),
    (LOOPS, None, "v#0 | v#0=again > v#0 | v#0=again > z"),
    (LOOPS, None, "v#0 | v#0 > z"),
    (ASKS, None, "ask | ask > z"),
    (ASKS, None, "ask | ask=again > v#0 | v#0 > v#0 | v#0 > z"),
    (NESTED, None, "ask | ask > c | c > e | e=again > ask"),
    (NESTED, None, "ask | ask=again > a b | a > b | b > e"),
    (NESTED, None, "ask | ask=both > a b d | d > a b | a > b | b > e | e=again > ask | ask > c | c > e | e > ."),
    (SAME_FLOW, None, "a b c | a > b c | c > b d | b > d d"),
    (SAME_FLOW, None, "a b c | c > a b | a > b d | b > d d"),
    (BY_BORDER, None, "a c | c > a | a > d | d > ."),
    (BY_BORDER, None, "a c | c > a | !b_1 > d | d > ."),
    (NEVER, None, "a | a=other > b | b > ?"),
    (NEVER, None, "a | a > c | c > ?"),
    (SWALLOWED, None, "a b | a=other > b | b > ?"),
    (SWALLOWED, None, "a b | b > a | a > c | c > ."),
    (DOUBLED, None, "a b | a > b c | b > c c | c > c | c > ."),
    (CIRCULAR, None, "a b | a > b | b > ?"),
    (CUT_LEVEL, None, "a b z | a > z | z > y | y > ."),
    (OUTER_CALL, None, "call_1.review | call_1.review > call_1.beside call_1.call_in.review | call_1.beside > call_1.call_in.review "
        "| call_1.call_in.review=again > call_1.call_in.deep | call_1.call_in.deep > z"),
    (OUTER_CALL, None, "call_1.review | call_1.review > call_1.beside call_1.call_in.review | call_1.call_in.review=other > w | w > ."),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TRACES)))
def test_the_oracle_plays_what_was_written_by_hand(number: int) -> None:
    lines, mode, trace = TRACES[number]
    game = Game(lines, CALLED, {"sign": mode} if mode else {}, ["ann", "bob", "cy"])
    first, *steps = (part.strip() for part in trace.split("|"))
    assert is_open(game) == first.replace(".", "").split() or is_open(game) == first.split()
    for step in steps:
        command, _, expected = (part.strip() for part in step.rpartition(" > "))
        if expected == "-":  # it cannot happen any more
            with pytest.raises(StopIteration):
                act(game, command)
            return
        act(game, command)
        assert is_open(game) == ([] if expected in {".", "?"} else expected.split()), f"after {command}"
        assert game.ended() == (expected == "."), f"after {command}"


def is_open(game: Game) -> list[str]:
    """The open tasks without what they lie in."""
    return sorted(path.rpartition("/")[2] for path in game.open())


def act(game: Game, command: str) -> None:
    name, _, outcome = command.partition("=")
    if command.startswith("!"):
        game.happen(command[1:])
    elif command.startswith("<"):
        source, _, target = command[1:].partition(">")
        game.send_back(source, target)
    elif "!!" in command:
        game.fail(*command.split("!!"))
    elif ":" in name:
        task, _, voter = name.partition(":")
        game.vote(task, voter, outcome or "approve")
    else:
        name, _, count = name.partition("*")
        game.complete(name, outcome or "default", int(count or 0))


def test_there_are_enough_traces() -> None:
    assert len(TRACES) >= 80
