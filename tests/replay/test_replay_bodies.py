"""Replay of journals: equal where nothing was changed, and the first difference named where something was."""

import sys
from pathlib import Path

import pytest

from workflows.replay import replay

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from diagrams import define
from recorded import Recorded

from workflows.engine import AddSigner, Correlate, Return

LINES = """
    start -> ask -> sub_1 -> sign -> x_1
    x_1 -> ask when sign.outcome = "reject"
    x_1 => recv_1
    recv_1 -> end
    sub_1: start_1 -> p_1
    sub_1: p_1 -> a -> p_2
    sub_1: p_1 -> b -> p_2
    sub_1: p_2 -> end_1
    b_1 -> note -> end_2
    @ b_1 beside sub_1 cycle R2/P1D
    @ recv_1 message paid
"""

def written() -> Recorded:
    """A case with everything in its journal."""
    case = Recorded(define(LINES, {"sign": {"countersign": "all"}}), signers=["ann", "bob"])
    for name, values in (("ask", {"n": 1}), ("a", {}), ("b", {})):
        case.complete(name, **values)
    case.do(AddSigner(case.signing["ann"], "cy"))
    case.sign("ann")
    case.do(Return(case.signing["bob"], "ask"))
    case.complete("ask", n=2)
    case.fire("b_1")
    for name in ("b", "a", "note"):
        case.complete(name)
    for signer in ("ann", "bob"):
        case.sign(signer)
    case.do(Correlate("paid", {"amount": 12}))
    assert case.step.ended
    return case


def test_a_journal_replays_to_the_end() -> None:
    case = written()
    assert replay(case.definition, case.events()) is None
    assert len(case.events()) > 12


@pytest.mark.parametrize("number", [1, 3, 5, 7])
def test_a_changed_answer_or_digest_is_the_first_difference(number: int) -> None:
    case = written()
    events = case.events()
    events[number]["digest"] = "1:" + "0" * 64
    found = replay(case.definition, events)
    assert found is not None
    assert (found.seq, found.what, found.recorded == found.replayed) == (number + 1, "digest", True)


def test_another_way_through_the_process_is_named_with_both_markings() -> None:
    case = written()
    events = case.events()
    events[2]["inputs"]["seed"] = "another"
    events[1]["inputs"]["values"] = {"n": 99}
    found = replay(case.definition, events)
    assert found is not None
    assert (found.seq, found.what) == (2, "digest")
    moved = case.events()
    moved[2]["marking"] = [{**entry, "round": 9} for entry in moved[2]["marking"]]
    second = replay(case.definition, moved)
    assert second is not None
    assert (second.seq, second.what) == (3, "marking")
    assert [entry["round"] for entry in second.recorded] != [entry["round"] for entry in second.replayed]


def test_what_cannot_be_done_again_says_why() -> None:
    case = written()
    events = case.events()
    events[4]["details"]["signer"] = "ann"
    found = replay(case.definition, events)
    assert found is not None
    assert (found.seq, found.what) == (5, "step")
    lost = case.events()
    lost[1]["facts"] = {}
    second = replay(case.definition, lost)
    assert second is not None
    assert (second.seq, second.what) == (2, "facts")
    strange = case.events()
    strange[6]["action"] = "task.claimed"
    third = replay(case.definition, strange)
    assert third is not None
    assert (third.seq, third.what) == (7, "action")


def test_events_that_moved_nothing_are_passed_over() -> None:
    case = written()
    events = case.events()
    noted = {**events[1], "digest": None, "action": "task.claimed"}
    assert replay(case.definition, [events[0], noted, *events[1:]]) is None
