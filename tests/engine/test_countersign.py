"""Countersigning: all, any, ratio, count, one after the other, veto, signers who come and go (rule 12)."""

import random

import pytest
from diagrams import Case, define, draw
from plain_files import judge, rules

from workflows.engine import AddSigner, Complete, EngineError, NotOpen, RemoveSigner, read_countersigned
from workflows.engine.countersign import verdict
from workflows.engine.state import Series

LINES = """
    start -> ask -> sign -> x_1
    x_1 -> end_yes when sign.outcome = "approve"
    x_1 -> ask when sign.outcome = "again"
    x_1 => end_no
"""
WHO = ["ann", "bob", "cy", "dee"]


def signing(mode: str, who: list[str] | None = None, **more: str) -> Case:
    """A case that has come to a countersigned task."""
    case = Case(define(LINES, {"sign": {"countersign": mode, **more}}), signers=who or WHO)
    case.complete("ask", who=who or WHO)
    return case


def play(case: Case, *votes: str) -> str | None:
    """Let signers vote in order, as ``name:outcome``; the end event if it came to one."""
    for vote in votes:
        signer, _, outcome = vote.partition(":")
        case.sign(signer, outcome or "approve")
    return case.step.end_event


def test_all_must_agree() -> None:
    case = signing("all")
    assert play(case, "bob", "ann", "dee") is None
    assert list(case.signing) == ["cy"]
    assert play(case, "cy") == "end_yes"


def test_one_refusal_decides_where_all_must_agree() -> None:
    case = signing("all")
    assert play(case, "bob", "ann:no") == "end_no"
    assert sorted(one.reason for one in case.step.closed) == ["cancelled", "cancelled", "completed"]


def test_one_consent_is_enough_for_any() -> None:
    assert play(signing("any"), "ann:no", "bob") == "end_yes"
    assert play(signing("any"), "ann:no", "bob:no", "cy:no") is None
    assert play(signing("any"), "ann:no", "bob:no", "cy:no", "dee:no") == "end_no"


def test_a_ratio_is_reached_exactly_or_out_of_reach() -> None:
    assert play(signing("ratio", ratio="1/2"), "ann", "bob") == "end_yes"
    assert play(signing("ratio", ratio="0.51"), "ann", "bob") is None
    assert play(signing("ratio", WHO[:3], ratio="2/3"), "ann", "bob") == "end_yes"
    assert play(signing("ratio", WHO[:3], ratio="2/3"), "ann:no", "bob:no") == "end_no"


def test_a_count_is_reached_or_out_of_reach() -> None:
    assert play(signing("count", count="2"), "ann:no", "bob", "cy") == "end_yes"
    assert play(signing("count", count="3"), "ann:no", "bob:no") == "end_no"
    with pytest.raises(EngineError) as refused:
        signing("count", count="5")
    assert refused.value.code == "countersign_wrong"


def test_in_a_sequence_one_signs_after_the_other() -> None:
    case = signing("sequential")
    for signer in WHO[:3]:
        assert list(case.signing) == [signer]
        assert play(case, signer) is None
    assert play(case, "dee") == "end_yes"
    assert play(signing("sequential"), "ann", "bob:no") == "end_no"


def test_a_veto_decides_at_once() -> None:
    case = signing("any", veto="never")
    assert play(case, "cy:never") == "end_no"
    assert case.step.control["sign"]["outcome"] == "never"  # type: ignore[index,call-overload]


def test_the_tally_can_be_read_while_it_runs() -> None:
    case = signing("all")
    play(case, "bob")
    assert case.step.control["sign"] == {
        "outcome": None, "nr_of_instances": 4, "nr_of_completed": 1, "nr_of_active": 3,
        "tallies": {"approve": 1}, "signed": [{"signer": "bob", "outcome": "approve"}],
    }  # fmt: skip
    assert case.step.trail[-1].kind == "tally"


def test_a_second_round_begins_afresh() -> None:
    case = signing("all", refuse="again")
    for _ in range(4):
        play(case, "ann", "bob:no")
        assert case.open == ["ask"]
        case.complete("ask", who=WHO)
        assert sorted(case.signing) == WHO
        assert case.step.control["sign"]["nr_of_completed"] == 0  # type: ignore[index,call-overload]
    assert play(case, *WHO) == "end_yes"


def test_nobody_signs_twice_and_the_whole_cannot_be_completed() -> None:
    case = signing("all")
    key = case.signing["ann"]
    play(case, "ann")
    owner = next(str(entry["key"]) for entry in case.step.marking if entry.get("run") is None)
    for wrong in (key, owner):
        with pytest.raises(NotOpen):
            case.do(Complete(wrong, {"outcome": "approve"}))


def test_signers_come_from_an_expression_or_as_a_fact_each_once() -> None:
    case = signing("all", ["ann", "bob", "ann"])
    assert sorted(case.signing) == ["ann", "bob"]
    (asked,) = case.asked[-1].signers
    assert (asked.element_id, asked.lane) == ("sign", None)
    named = signing("all", signers="ask.who")
    assert sorted(named.signing) == WHO
    assert not named.asked


def test_without_anybody_nothing_is_approved() -> None:
    for wrong, code in (([], "countersign_empty"), (["ann", 7], "list_wanted"), ("ann", "list_wanted")):
        case = Case(define(LINES, {"sign": {"countersign": "all", "signers": "ask.who"}}))
        with pytest.raises(EngineError) as refused:
            case.complete("ask", who=wrong)
        assert refused.value.code == code


# -- coming and going ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mode", [{"countersign": "all"}, {"countersign": "any"}, {"countersign": "ratio", "ratio": "1/2"}]
)
def test_the_consent_of_nobody_is_none(mode: dict[str, str]) -> None:
    (element,) = (one for one in define(LINES, {"sign": mode}).elements.values() if one.id == "sign")
    assert verdict(element, Series([])) == "reject"
    assert verdict(element, Series(["a"], gone=[0])) == "reject"


def test_a_signer_who_comes_is_awaited() -> None:
    case = signing("all")
    play(case, "ann", "bob", "cy")
    case.do(AddSigner(case.signing["dee"], "eve"))
    assert play(case, "dee") is None
    assert play(case, "eve") == "end_yes"


def test_a_signer_who_goes_is_not_awaited_and_the_rest_may_decide() -> None:
    case = signing("all")
    play(case, "ann", "bob", "cy")
    step = case.do(RemoveSigner(case.signing["dee"], "dee"))
    assert step.end_event == "end_yes"
    assert [(one.element_id, one.reason) for one in step.closed] == [("sign", "cancelled")]


def test_removing_the_last_who_could_agree_refuses() -> None:
    case = signing("any", ["ann", "bob"])
    play(case, "ann:no")
    assert case.do(RemoveSigner(case.signing["bob"], "bob")).end_event == "end_no"


def test_in_a_sequence_the_next_follows_one_who_is_taken_away() -> None:
    case = signing("sequential")
    case.do(RemoveSigner(case.signing["ann"], "bob"))
    case.do(RemoveSigner(case.signing["ann"], "ann"))
    assert list(case.signing) == ["cy"]
    case.do(AddSigner(case.signing["cy"], "ann"))
    assert play(case, "cy", "dee", "ann") == "end_yes"


def test_what_cannot_be_done_to_signers_is_refused_by_code() -> None:
    case = signing("count", ["ann", "bob"], count="2")
    play(case, "ann")
    key = case.signing["bob"]
    for command, code in (
        (AddSigner(key, "bob"), "signer_twice"), (AddSigner(key, ""), "signer_twice"), (RemoveSigner(key, "eve"), "signer_unknown"),
        (RemoveSigner(key, "ann"), "signer_done"), (RemoveSigner(key, "bob"), "signer_needed"), (AddSigner("x", "eve"), "not_countersigned"),
    ):  # fmt: skip
        with pytest.raises(EngineError) as refused:
            case.do(command)
        assert refused.value.code == code
    alone = signing("all", ["ann"])
    with pytest.raises(EngineError) as empty:
        alone.do(RemoveSigner(alone.signing["ann"], "ann"))
    assert empty.value.code == "signer_needed"


def test_two_hundred_sign_at_most() -> None:
    case = signing("all", [f"s{n}" for n in range(200)])
    with pytest.raises(EngineError) as refused:
        case.do(AddSigner(case.signing["s1"], "eve"))
    assert refused.value.code == "signers_full"


def test_who_signs_can_be_read_from_a_stored_state() -> None:
    case = signing("sequential")
    play(case, "ann")
    (found,) = read_countersigned(case.definition, case.step.state)
    assert [(one.signer, one.state, one.outcome) for one in found.signatures] == [
        ("ann", "signed", "approve"), ("bob", "open", None), ("cy", "later", None), ("dee", "later", None),
    ]  # fmt: skip
    case.do(RemoveSigner(case.signing["bob"], "cy"))
    (found,) = read_countersigned(case.definition, case.step.state)
    assert [one.signer for one in found.signatures] == ["ann", "bob", "dee"]
    assert found.tally["nr_of_instances"] == 3


def test_random_votes_come_to_what_counting_says() -> None:
    for seed in range(400):
        chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
        size = chance.randint(1, 6)
        mode = chance.choice(["all", "any", "ratio", "count", "sequential"])
        who = [f"s{n}" for n in range(size)]
        need = {"all": size, "sequential": size, "any": 1}.get(mode, chance.randint(1, size))
        more = {"ratio": {"ratio": f"{need}/{size}"}, "count": {"count": str(need)}}.get(mode, {})
        case = signing(mode, who, **more)
        yes = no = 0
        while not case.step.ended:
            signer, good = chance.choice(list(case.signing)), chance.random() < 0.6
            play(case, f"{signer}:{'approve' if good else 'no'}")
            yes, no = yes + good, no + (not good)
            assert case.step.ended == (yes >= need or size - no < need), f"seed {seed}"
        assert case.step.end_event == ("end_yes" if yes >= need else "end_no"), f"seed {seed}"


# -- deploy checks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"countersign": "most"}, {"countersign": "ratio"}, {"countersign": "ratio", "ratio": "3/2"}, {"countersign": "ratio", "ratio": "0"},
        {"countersign": "ratio", "ratio": "x"}, {"countersign": "count"}, {"countersign": "count", "count": "0"}, {"countersign": "all", "count": "2"},
        {"signers": "[]"}, {"ratio": "1/2"}, {"countersign": "all", "agree": "no", "veto": "no"}, {"countersign": "all", "signers": ""},
        {"countersign": "all", "veto": "a b"}, {"countersign": "any", "each": "[1]"},
    ],
)  # fmt: skip
def test_a_countersign_that_does_not_say_what_counts_is_refused(given: dict[str, str]) -> None:
    assert ("property_wrong", "sign") in rules(judge(draw(LINES, {"sign": given})))


def test_a_number_of_signers_is_bounded() -> None:
    with pytest.raises(EngineError) as refused:
        signing("all", [f"s{n}" for n in range(201)])
    assert refused.value.code == "list_too_long"
