"""Signers who come and go: who may change them, who may be one, and what is left when some are gone."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from people_at_work import Cast, refused
from signing_house import OFFICE, Signing, begin_signing, signing_house
from sqlalchemy import select
from test_races import race

from config.settings import Settings
from storage.actor import SYSTEM
from storage.documents import Documents
from storage.errors import NotFound
from storage.models import Draft, Task
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork
from workflows import queries
from workflows.commands.accounts import disable_account
from workflows.commands.drafts import save_draft
from workflows.commands.organisations import bind_lane, create_group, put_group_members
from workflows.commands.signers import add_signer, remove_signer
from workflows.commands.suspension import suspend_instance
from workflows.commands.tasks import complete_task
from workflows.errors import (
    ApplicantSide,
    InstanceEnded,
    InstanceSuspended,
    LanesNotSeparate,
    LaneUnbound,
    NotAllowed,
    NotCountersigned,
    ReasonMissing,
    SignatureNotNeeded,
    SignerApplicantSide,
    SignerDone,
    SignerNeeded,
    SignerNoLane,
    SignersFixed,
    SignerTwice,
    SignerUnfit,
    SignerUnknown,
    StaleTask,
)
from workflows.replay import replay_instance


@pytest.fixture
def house(uow: UnitOfWork) -> Cast:
    return signing_house(uow)


def employ(house: Cast, *names: str) -> None:
    """Let these be the members of the office's group."""
    put_group_members(house.uow, SYSTEM, house.groups["office"], [house[name].account_id for name in names])


def replays(case: Signing) -> None:
    case.uow.session.rollback()
    difference = replay_instance(case.uow, case.id).difference
    assert difference is None, difference


def test_a_member_of_the_group_is_added_and_signs(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    employ(house, *OFFICE, "spare")
    house.actors["spare"] = house["spare"].__class__(
        house["spare"].account_id, house.organisations["bureau"], frozenset({house.groups["office"]})
    )
    case.add("anna", "spare", reason="补签")
    assert set(case.parts()) == {*OFFICE, "spare"}
    for who in (*OFFICE, "spare"):
        case.sign(who)
    assert case.outcome() == ("completed", "passed")
    replays(case)
    event = next(e for e in case.uow.journal.read(f"instance:{case.id}") if e["action"] == "task.signer_added")
    assert event["details"]["signer"] == case.account("spare")
    assert event["digest"]
    line = next(
        one
        for one in queries.read_instance(case.uow, house["anna"], case.id).timeline
        if one.action == "task.signer_added"
    )
    assert (line.signer, line.opinion, line.outcome) == ("spare of bureau", "补签", None)
    assert line.tally is not None
    assert (line.tally.signed, line.tally.total) == (0, 5)
    hidden = queries.read_instance(case.uow, house["asks"], case.id).timeline
    assert [one.signer for one in hidden if one.action == "task.signer_added"] == [None]


def test_only_an_active_member_that_is_not_the_applicants_is_added(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    part = case.parts()["anna"]
    anna = house["anna"]
    for signer, error in (
        ("spare", SignerUnfit),
        ("mixed", SignerApplicantSide),
        ("asks", SignerUnfit),
        ("anna", SignerTwice),
        ("office", SignerUnfit),
        ("x\x00", SignerUnfit),
        ("00000000-0000-0000-0000-000000000000", SignerUnfit),
    ):
        refused(house, error, add_signer, anna, part, case.account(signer))
    employ(house, *OFFICE, "spare")
    disable_account(house.uow, SYSTEM, house["spare"].account_id)
    refused(house, SignerUnfit, add_signer, anna, part, case.account("spare"))
    employ(house, *OFFICE)
    left = begin_signing(house, "all_sign")
    refused(house, SignerTwice, add_signer, anna, left.parts()["anna"], left.account("anna").upper())


def test_who_may_change_the_signers(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    part = case.parts()["anna"]
    spare = case.account("spare")
    employ(house, *OFFICE, "spare")
    for who in ("asks", "auditor"):
        refused(house, NotAllowed, add_signer, house[who], part, spare)
        refused(house, NotAllowed, remove_signer, house[who], part, case.account("boris"), "x")
    refused(house, NotFound, add_signer, house["draws"], part, spare)
    refused(house, ApplicantSide, add_signer, house["meddles"], part, spare)
    case.sign("boris")
    refused(house, NotAllowed, add_signer, house["boris"], part, spare)  # who has signed holds nothing any more
    case.add("chloe", "spare")
    remove_signer(case.uow, house["operator"], case.part("boris"), spare, "x")  # through any part, signed or not
    case.add("administrator", "spare")
    replays(case)


def test_a_package_that_does_not_offer_it_keeps_its_signers(house: Cast) -> None:
    case = begin_signing(house, "ratio_sign")
    employ(house, *OFFICE, "spare")
    part = case.parts()["anna"]
    for who in ("anna", "operator"):
        refused(house, SignersFixed, add_signer, house[who], part, case.account("spare"))
        refused(house, SignersFixed, remove_signer, house[who], part, case.account("boris"), "x")


def test_an_operator_replaces_whoever_can_no_longer_sign_even_there(house: Cast) -> None:
    case = begin_signing(house, "ratio_sign")
    disable_account(house.uow, SYSTEM, house["doris"].account_id)
    employ(house, "anna", "boris", "chloe", "spare")
    part = case.parts()["anna"]
    refused(house, SignersFixed, add_signer, house["anna"], part, case.account("spare"))
    refused(house, SignersFixed, remove_signer, house["operator"], part, case.account("boris"), "x")
    case.add("operator", "spare")
    case.remove("operator", "doris")
    assert set(case.parts()) == {"anna", "boris", "chloe", "spare"}
    refused(house, SignersFixed, remove_signer, house["operator"], part, case.account("spare"), "x")
    replays(case)


def test_only_who_has_not_signed_and_is_not_needed_goes(house: Cast) -> None:
    case = begin_signing(house, "count_sign")  # two of four
    case.sign("anna")
    part, chloe = case.parts()["boris"], house["chloe"]
    refused(house, SignerDone, remove_signer, chloe, part, case.account("anna"), "x")
    refused(house, SignerUnknown, remove_signer, chloe, part, case.account("spare"), "x")
    refused(house, ReasonMissing, remove_signer, chloe, part, case.account("doris"), " ")
    save_draft(case.uow, house["doris"], case.parts()["doris"], {"opinion": "想"})
    doris = case.part("doris")
    case.remove("chloe", "doris")
    assert case.uow.session.scalars(select(Draft)).all() == []
    refused(house, SignatureNotNeeded, complete_task, house["doris"], doris, "approve", {})
    case.remove("chloe", "boris")
    needed = refused(house, SignerNeeded, remove_signer, chloe, case.part("chloe"), case.account("chloe"), "x")
    assert needed.params == {"needed": 2}
    assert set(case.parts()) == {"chloe"}
    case.sign("chloe")
    assert case.outcome() == ("completed", "passed")
    replays(case)


def test_the_last_signer_stays(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    for who in OFFICE[1:]:
        case.remove("anna", who)
    refused(house, SignerNeeded, remove_signer, house["anna"], case.parts()["anna"], case.account("anna"), "x")


def test_taking_the_last_open_one_away_decides(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    for who in OFFICE[:3]:
        case.sign(who)
    case.remove("operator", "doris")
    assert case.outcome() == ("completed", "passed")
    replays(case)
    refused(house, InstanceEnded, remove_signer, house["operator"], case.part("doris"), case.account("doris"), "x")


def test_in_a_sequence_the_next_begins_when_the_one_at_work_goes(house: Cast) -> None:
    case = begin_signing(house, "in_turn")
    (first,) = case.parts()
    later = next(one for one in OFFICE if one != first)
    case.remove(first, first)
    (second,) = case.parts()
    case.remove(second, later if later != second else next(o for o in OFFICE if o not in (first, second)))
    employ(house, *OFFICE, "spare")
    case.add(second, "spare")
    assert list(case.parts()) == [second]
    signing = queries.read_task(case.uow, house[second], case.parts()[second]).signing
    assert signing is not None
    assert signing.signers[-1].name == "spare of bureau"
    replays(case)


def test_departments_come_and_go(house: Cast) -> None:
    case = begin_signing(house, "lanes_sign", "safety")
    part = case.parts()["safety"]
    for signer, error in (
        ("applicant", SignerNoLane),
        ("nowhere", SignerNoLane),
        (case.account("draws"), SignerNoLane),
        ("safety", SignerTwice),
        ("x\x00", SignerNoLane),
    ):
        refused(house, error, add_signer, house["guards"], part, signer)
    case.add("guards", "legal")
    case.add("operator", "design")
    assert set(case.parts()) == {"safety", "legal", "design"}
    case.sign("guards", part="safety")
    refused(house, NotAllowed, add_signer, house["guards"], case.parts()["legal"], "office")
    case.remove("draws", "legal", "不涉及法务")
    case.sign("draws", part="design")
    assert case.outcome() == ("completed", "passed")
    replays(case)


def test_a_department_without_people_or_of_the_other_party_is_not_added(house: Cast) -> None:
    case = begin_signing(house, "lanes_sign", "design")
    bind_lane(house.uow, SYSTEM, "joint_signing", "safety", None)
    refused(house, LaneUnbound, add_signer, house["draws"], case.parts()["design"], "safety")
    # design was played by the bureau; meanwhile it is the court's, and legal the bureau's
    court = create_group(house.uow, SYSTEM, house.organisations["court"], "design at court").id
    bureau = create_group(house.uow, SYSTEM, house.organisations["bureau"], "legal at bureau").id
    put_group_members(house.uow, SYSTEM, court, [house["judges"].account_id])
    put_group_members(house.uow, SYSTEM, bureau, [house["spare"].account_id])
    bind_lane(house.uow, SYSTEM, "joint_signing", "legal", None)
    bind_lane(house.uow, SYSTEM, "joint_signing", "design", court)
    bind_lane(house.uow, SYSTEM, "joint_signing", "legal", bureau)
    refused(house, LanesNotSeparate, add_signer, house["draws"], case.parts()["design"], "legal")


def test_what_is_not_countersigned_or_stands_still_is_refused(house: Cast) -> None:
    case = begin_signing(house, "check", "design")
    refused(house, NotCountersigned, add_signer, house["anna"], next(iter(case.parts().values())), "design")
    case = begin_signing(house, "all_sign")
    part = case.parts()["anna"]
    version = case.uow.session.get_one(Task, part).version
    refused(house, StaleTask, add_signer, house["anna"], part, case.account("boris"), task_version=version + 1)
    suspend_instance(house.uow, house["operator"], case.id, "x")
    refused(house, InstanceSuspended, add_signer, house["anna"], part, case.account("boris"))


def test_the_same_request_twice_is_done_once(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    part = case.parts()["anna"]
    for _ in range(2):
        remove_signer(house.uow, house["anna"], part, case.account("doris"), "x", idempotency_key="k")
    actions = [event["action"] for event in house.uow.journal.read(f"instance:{case.id}")]
    assert actions.count("task.signer_removed") == 1


Racing = Callable[..., Counter[str]]


@pytest.fixture
def racing(app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock) -> Racing:
    def run(*runs: Callable[[UnitOfWork], Any]) -> Counter[str]:
        return race(app_context, settings, documents, clock, *runs)

    return run


def signature(case: Signing, who: str, outcome: str = "approve") -> Callable[[UnitOfWork], Any]:
    part, actor = case.part(who), case.cast[who]
    return lambda uow: complete_task(uow, actor, part, outcome, {})


def test_all_sign_at_once(house: Cast, racing: Racing) -> None:
    case = begin_signing(house, "all_sign")
    runs = [signature(case, who) for who in OFFICE]
    case.uow.session.rollback()
    assert racing(*runs) == {"done": 4}
    assert case.outcome() == ("completed", "passed")
    replays(case)


def test_of_signatures_that_each_decide_one_counts(house: Cast, racing: Racing) -> None:
    case = begin_signing(house, "any_sign")
    runs = [signature(case, who) for who in OFFICE]
    case.uow.session.rollback()
    assert racing(*runs) == {"done": 1, "instance_ended": 3}
    replays(case)


def test_a_signer_is_added_or_the_last_signature_decides(house: Cast, racing: Racing) -> None:
    case = begin_signing(house, "all_sign")
    employ(house, *OFFICE, "spare")
    for who in OFFICE[:3]:
        case.sign(who)
    last = signature(case, "doris", "again")  # sends it back: the case goes on
    part, spare = case.part("doris"), case.account("spare")
    operator = house["operator"]
    case.uow.session.rollback()
    ends = racing(last, lambda uow: add_signer(uow, operator, part, spare))
    assert ends in ({"done": 2}, {"done": 1, "signature_not_needed": 1}, {"done": 1, "task_not_open": 1})
    assert set(case.parts()) == {"application"}
    replays(case)


def test_a_signer_signs_or_is_taken_away(house: Cast, racing: Racing) -> None:
    for _ in range(3):
        case = begin_signing(house, "all_sign")
        part, doris, anna = case.part("doris"), case.account("doris"), house["anna"]
        sign = signature(case, "doris")
        case.uow.session.rollback()
        ends = racing(sign, lambda uow: remove_signer(uow, anna, part, doris, "x"))  # noqa: B023
        assert ends in ({"done": 1, "signer_done": 1}, {"done": 1, "signature_not_needed": 1})
        replays(case)
