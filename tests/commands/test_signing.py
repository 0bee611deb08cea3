"""Countersigning through the commands: who signs, in person or for a department, and what it comes to (rule 12)."""

import io

import pytest
import signing_house as signing_house_module
from people_at_work import Cast, refused
from signed_package import DEPARTMENTS, KEY, signed_files
from signing_house import OFFICE, Signing, begin_signing, signing_house
from sqlalchemy import select

from storage.actor import SYSTEM, Actor
from storage.errors import NotFound
from storage.models import Attachment, Draft, Incident, Submission, Task
from storage.unit_of_work import UnitOfWork
from workflows import queries
from workflows.commands.accounts import disable_account
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import start_instance
from workflows.commands.organisations import add_member, bind_lane, put_members
from workflows.commands.signers import add_signer
from workflows.commands.tasks import claim_task, complete_task, release_task
from workflows.errors import (
    ApplicantSide,
    InstanceEnded,
    LaneUnbound,
    NotSigner,
    OwnApplication,
    SignatureInPerson,
    SignatureNotNeeded,
    SignerApplicantSide,
    SignsAlready,
    StepFailed,
)
from workflows.forms import InvalidForm
from workflows.replay import replay_instance
from workflows.scenarios.files import sample_file


@pytest.fixture
def house(uow: UnitOfWork) -> Cast:
    return signing_house(uow)


def ends(case: Signing, outcome: str = "passed") -> None:
    """See that the case came to an end and that its journal says the same."""
    assert case.outcome() == ("completed", outcome)
    assert case.parts() == {}
    difference = replay_instance(case.uow, case.id).difference
    assert difference is None, difference


def test_the_members_of_the_group_sign_in_person_and_nobody_of_the_applicant(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    assert set(case.parts()) == set(OFFICE)
    rows = case.uow.session.scalars(select(Task).where(Task.element_id == "all_sign").order_by(Task.run)).all()
    assert [row.run for row in rows] == [0, 1, 2, 3]
    assert len({row.whole_key for row in rows}) == 1
    assert all(row.assignee_id is not None and str(row.assignee_id) == row.signer for row in rows)
    assert all(row.item is None for row in rows)
    for who in OFFICE:
        case.sign(who)
    ends(case)


def test_whoever_worked_on_the_application_and_left_does_not_sign(house: Cast) -> None:
    add_member(house.uow, SYSTEM, house.organisations["applicant"], house["anna"].account_id)
    case = Signing(house, start_instance(house.uow, house["asks"], KEY))
    helper = Actor(house["anna"].account_id, house.organisations["applicant"])
    complete_task(house.uow, helper, case.task("application"), "submitted", {"way": "all_sign", "departments": []})
    case.sign("boris", "reject")  # back to the applicant
    put_members(house.uow, SYSTEM, house.organisations["applicant"], [house["asks"].account_id, house["mixed"].account_id])  # fmt: skip
    case.submit_for("all_sign")
    assert set(case.parts()) == set(OFFICE[1:])
    part = case.parts()["boris"]
    refused(house, SignerApplicantSide, add_signer, house["boris"], part, case.account("anna"))


def test_a_part_in_person_is_nobody_elses(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    anna, uow = case.parts()["anna"], case.uow
    version = uow.session.get_one(Task, anna).version
    refused(house, NotSigner, claim_task, house["boris"], anna)
    refused(house, NotSigner, complete_task, house["boris"], anna, "approve", {})
    refused(house, NotSigner, save_draft, house["boris"], anna, {"opinion": "x"})
    refused(house, NotSigner, attach_file, house["boris"], anna, "paper", io.BytesIO(sample_file("a.pdf")), "a.pdf")
    refused(house, NotSigner, release_task, house["boris"], anna)
    refused(house, SignatureInPerson, release_task, house["anna"], anna)
    assert claim_task(uow, house["anna"], anna).version == version  # what one holds anyway
    seen = queries.read_task(uow, house["boris"], anna)
    assert (seen.why_not, seen.may_claim, seen.draft, seen.may_complete) == ("not_signer", False, None, False)
    own = queries.read_task(uow, house["anna"], anna)
    assert (own.may_complete, own.may_release, own.may_claim) == (True, False, False)
    assert [item.task_id for item in queries.inbox(uow, house["anna"], "todo").items] == [anna]
    assert queries.inbox(uow, house["boris"], "claimable").items == ()
    refused(house, NotFound, claim_task, house["draws"], anna)


def test_any_is_decided_by_the_first_consent_or_a_veto(house: Cast) -> None:
    case = begin_signing(house, "any_sign")
    case.sign("anna", "again")
    assert case.outcome() == ("active", None)
    case.sign("boris")
    ends(case)
    case = begin_signing(house, "any_sign")
    case.sign("chloe", "reject")
    ends(case, "refused")


def test_a_ratio_is_decided_when_it_is_reached_or_out_of_reach(house: Cast) -> None:
    case = begin_signing(house, "ratio_sign")  # 2/3 of 4
    case.sign("anna")
    case.sign("boris")
    case.sign("chloe")
    ends(case)
    case = begin_signing(house, "ratio_sign")
    case.sign("anna", "reject")
    case.sign("boris", "reject")
    ends(case, "refused")


def test_early_exit_closes_the_other_parts_and_lets_their_drafts_and_files_go(house: Cast) -> None:
    case = begin_signing(house, "count_sign")
    chloe = case.parts()["chloe"]
    save_draft(case.uow, house["chloe"], chloe, {"opinion": "还在想"})
    attach_file(case.uow, house["chloe"], chloe, "paper", io.BytesIO(sample_file("a.pdf")), "a.pdf")
    case.sign("anna")
    case.sign("boris")
    ends(case)
    session = case.uow.session
    assert session.scalars(select(Draft)).all() == []
    assert session.scalars(select(Attachment.status)).all() == ["pending"]
    assert session.get_one(Task, chloe).status == "cancelled"
    with pytest.raises(InstanceEnded):
        complete_task(case.uow, house["chloe"], chloe, "approve", {})


def test_one_after_the_other_only_the_next_is_open(house: Cast) -> None:
    case = begin_signing(house, "in_turn")
    order = []
    while case.outcome()[0] == "active":
        (who,) = case.parts()
        signing = queries.read_task(case.uow, house[who], case.parts()[who]).signing
        assert signing is not None
        assert [one.state for one in signing.signers] == ["signed"] * len(order) + ["open"] + ["later"] * (3 - len(order))
        assert all(one.name for one in signing.signers)
        case.sign(who)
        order.append(who)
    assert set(order) == set(OFFICE)
    ends(case)
    case = begin_signing(house, "in_turn")
    case.sign(next(iter(case.parts())), "reject")
    ends(case, "refused")


def test_a_second_round_begins_afresh(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    case.sign("anna", opinion="好")
    case.sign("boris", "reject", opinion="缺图")
    assert set(case.parts()) == {"application"}
    old = case.part("anna")
    case.submit_for("all_sign")
    assert set(case.parts()) == set(OFFICE)
    assert case.part("anna") != old
    view = queries.read_task(case.uow, house["anna"], case.part("anna"))
    assert view.signing is not None
    assert (view.signing.tally.signed, view.signing.tally.total, view.signing.round) == (0, 4, 2)
    assert view.answers == {}
    for who in OFFICE:
        case.sign(who)
    ends(case)
    opinions = case.uow.session.scalars(select(Submission.element_id)).all()
    assert opinions.count("all_sign") == 6


def test_departments_sign_each_by_one_of_its_people(house: Cast) -> None:
    case = begin_signing(house, "lanes_sign", "design", "legal")
    assert set(case.parts()) == {"design", "legal"}
    design = case.parts()["design"]
    row = case.uow.session.get_one(Task, design)
    assert (row.lane, row.group_id, row.assignee_id) == ("design", house.groups["design"], None)
    refused(house, NotFound, claim_task, house["guards"], design)
    assert [one.task_id for one in queries.inbox(case.uow, house["draws"], "claimable").items] == [design]
    claim_task(case.uow, house["draws"], design)
    release_task(case.uow, house["draws"], design)
    case.sign("both", part="design")
    case.sign("judges", part="legal")
    ends(case)


def test_a_person_of_two_departments_signs_for_one_of_them(house: Cast) -> None:
    case = begin_signing(house, "lanes_sign", "design", "safety")
    parts = case.parts()
    claim_task(case.uow, house["both"], parts["design"])
    refused(house, SignsAlready, claim_task, house["both"], parts["safety"])
    refused(house, SignsAlready, complete_task, house["both"], parts["safety"], "approve", {})
    assert queries.inbox(case.uow, house["both"], "claimable").items == ()
    case.sign("both", part="design")
    refused(house, SignsAlready, complete_task, house["both"], parts["safety"], "approve", {})
    refused(house, SignsAlready, save_draft, house["both"], parts["safety"], {})
    assert queries.read_task(case.uow, house["both"], parts["safety"]).why_not == "signs_already"
    case.sign("guards", part="safety")
    ends(case)
    again = begin_signing(house, "lanes_sign", "safety")  # another case is another matter
    again.sign("both", part="safety")


def test_departments_in_turn(house: Cast) -> None:
    case = begin_signing(house, "lanes_turn")
    for lane, who in zip(DEPARTMENTS, ("draws", "guards", "judges"), strict=True):
        assert set(case.parts()) == {lane}
        case.sign(who, part=lane)
    ends(case)


def test_a_signer_that_is_no_lane_with_people_stops_the_step_with_an_incident(house: Cast) -> None:
    bind_lane(house.uow, SYSTEM, "joint_signing", "legal", None)
    with pytest.raises(LaneUnbound):  # known before it starts
        start_instance(house.uow, house["asks"], "joint_signing")
    bind_lane(house.uow, SYSTEM, "joint_signing", "legal", house.groups["legal"])
    case = Signing(house, start_instance(house.uow, house["asks"], "joint_signing"))
    bind_lane(house.uow, SYSTEM, "joint_signing", "legal", None)
    with pytest.raises(StepFailed) as failed:
        case.submit_for("lanes_turn")  # not the first to sign, and known all the same
    assert failed.value.params["why"] == "signer_no_lane: legal"
    assert set(case.parts()) == {"application"}
    incident = house.uow.session.scalars(select(Incident)).one()
    assert (incident.message, incident.instance_id) == ("signer_no_lane: legal lanes_turn", case.id)


def test_nobody_takes_the_file_of_another_signer(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    paper = str(attach_file(case.uow, house["anna"], case.parts()["anna"], "paper", io.BytesIO(sample_file("a.pdf")), "a.pdf").id)  # fmt: skip
    case.sign("anna", paper=[paper])
    with pytest.raises(InvalidForm):
        case.sign("boris", paper=[paper])
    assert queries.read_task(case.uow, house["boris"], case.parts()["boris"]).attachments == ()


def test_one_signature_is_no_return_as_long_as_the_others_decide(house: Cast) -> None:
    case = begin_signing(house, "ratio_sign")
    case.sign("anna", "again", opinion="重报")
    actions = [event["action"] for event in case.uow.journal.read(f"instance:{case.id}")]
    assert "task.returned" not in actions
    assert queries.read_instance(case.uow, house["asks"], case.id).open_tasks[0].holder.id is None  # type: ignore[union-attr]


def test_the_history_and_the_page_say_how_far_it_is(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    case.sign("anna")
    case.sign("boris")
    (signing,) = queries.read_instance(case.uow, house["chloe"], case.id).signings
    assert (signing.tally.signed, signing.tally.total) == (2, 4)
    assert signing.tally.outcomes == (("approve", "同意", 2),)
    assert {one.name: one.state for one in signing.signers} == {
        "anna of bureau": "signed", "boris of bureau": "signed", "chloe of bureau": "open", "doris of bureau": "open",
    }  # fmt: skip
    told = [one.tally for one in queries.read_instance(case.uow, house["chloe"], case.id).timeline if one.tally]
    assert [(one.signed, one.total) for one in told] == [(1, 4), (2, 4)]
    (applicant,) = queries.read_instance(case.uow, house["asks"], case.id).signings
    assert {one.name for one in applicant.signers} == {"联审办"}
    assert {one.signer for one in applicant.signers} == {None}
    for who in ("chloe", "doris"):
        case.sign(who)
    closed = queries.read_task(case.uow, house["anna"], case.part("anna")).signing
    assert closed is not None
    assert (closed.tally.signed, closed.tally.total) == (4, 4)
    stepper = {step.element_id: step.state for step in queries.read_instance(case.uow, house["anna"], case.id).stepper}
    assert stepper["all_sign"] == "done"


def test_a_step_with_open_parts_is_not_done(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    last = max(case.parts(), key=lambda who: case.parts()[who])
    case.sign(last)
    steps = queries.read_instance(case.uow, house["anna"], case.id).stepper
    assert {step.element_id: step.state for step in steps}["all_sign"] == "now"


def test_runs_of_a_list_know_what_they_are_for_and_leave_their_results(house: Cast) -> None:
    case = begin_signing(house, "check", "design", "safety")
    rows = case.uow.session.scalars(select(Task).where(Task.element_id == "check").order_by(Task.run)).all()
    assert [(row.run, row.item, row.signer) for row in rows] == [
        (0, '["string","design"]', None),
        (1, '["string","safety"]', None),
    ]
    seen = queries.read_task(case.uow, house["anna"], rows[1].id)
    assert (seen.item, seen.signing, seen.may_claim) == ("safety", None, True)
    first, second = (row.id for row in rows)
    complete_task(case.uow, house["anna"], first, "approve", {"points": 3, "opinion": "好"})
    complete_task(case.uow, house["anna"], second, "approve", {"points": 4})
    ends(case)
    tallies = [
        entry["values"]["value"]
        for event in case.uow.journal.read(f"instance:{case.id}")
        for entry in event["trail"]
        if entry["kind"] == "tally"
    ]
    assert [one["points"] for one in tallies[-1]["results"]] == [3, 4]
    assert all("opinion" not in one for one in tallies[-1]["results"])


def test_a_disabled_member_of_the_group_is_not_asked_to_sign(house: Cast) -> None:
    disable_account(house.uow, SYSTEM, house["doris"].account_id)
    assert set(begin_signing(house, "all_sign").parts()) == set(OFFICE[:3])


def test_a_signer_who_became_the_applicants_may_not_sign(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    add_member(house.uow, SYSTEM, house.organisations["applicant"], house["anna"].account_id)
    refused(house, (ApplicantSide, OwnApplication), complete_task, house["anna"], case.parts()["anna"], "approve", {})


def test_a_part_that_was_decided_by_others_says_so(house: Cast) -> None:
    case = begin_signing(house, "all_sign")
    doris = case.part("doris")
    case.sign("anna", "reject")
    refused(house, SignatureNotNeeded, complete_task, house["doris"], doris, "approve", {})
    refused(house, SignatureNotNeeded, save_draft, house["doris"], doris, {})
    assert queries.read_task(case.uow, house["doris"], doris).why_not == "signature_not_needed"


def test_the_applicants_own_people_may_have_to_sign_too(uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = "<bpmn:flowNodeRef>all_sign</bpmn:flowNodeRef>"

    def drawn_elsewhere(**changed: dict[str, str]) -> dict[str, bytes]:
        files = signed_files(**changed)
        drawing = files["process.bpmn"].decode().replace(ref, "", 1)
        files["process.bpmn"] = drawing.replace('<bpmn:lane id="applicant" name="申请单位">', f'<bpmn:lane id="applicant" name="申请单位">{ref}').encode()  # fmt: skip
        return files

    monkeypatch.setattr(signing_house_module, "signed_files", drawn_elsewhere)
    house = signing_house(uow)
    case = begin_signing(house, "all_sign")
    assert set(case.parts()) == {"asks", "mixed", "meddles"}
    meddles = case.parts()["meddles"]
    refused(house, NotSigner, complete_task, house["asks"], meddles, "approve", {})
    assert [one.task_id for one in queries.inbox(uow, house["asks"], "todo").items] == [case.parts()["asks"]]
    case.remove("asks", "mixed")
    for who in ("asks", "meddles"):
        case.sign(who)
    ends(case)
