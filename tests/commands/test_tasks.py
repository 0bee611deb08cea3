"""Claim, release and complete: who may, who may not, and what a refusal leaves behind: nothing."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from people_at_work import APPLICATION, Case, Cast, begin, refused, traces
from sqlalchemy import select

from storage.models import Draft, Event, IdempotencyKey, Submission, Task
from workflows.commands.drafts import save_draft
from workflows.commands.tasks import claim_task, complete_task, release_task
from workflows.errors import (
    ApplicantSide,
    IdempotencyMismatch,
    NotAllowed,
    NotFound,
    NotHolder,
    OwnApplication,
    StaleTask,
    TaskAlreadyClaimed,
    TaskNotOpen,
    UnknownOutcome,
)
from workflows.forms import InvalidForm


def test_a_candidate_claims_and_a_colleague_is_told_who_holds_it(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    claimed = claim_task(cast.uow, cast["approves"], task_id)
    assert claimed.holder is not None
    assert claimed.holder.name == "approves of agent"
    told = refused(cast, TaskAlreadyClaimed, claim_task, cast["also_approves"], task_id)
    assert told.params["holder"] == "approves of agent"
    assert told.params["since"] == cast.uow.clock.now()


def test_claiming_what_one_holds_is_success_and_writes_no_second_event(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    claim_task(cast.uow, cast["approves"], task_id)
    before = traces(cast.uow)
    assert claim_task(cast.uow, cast["approves"], task_id).status == "open"
    assert traces(cast.uow) == before


def test_a_released_task_is_free_for_colleagues(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    claim_task(cast.uow, cast["approves"], task_id)
    refused(cast, NotHolder, release_task, cast["also_approves"], task_id)
    assert release_task(cast.uow, cast["approves"], task_id).holder is None
    assert release_task(cast.uow, cast["approves"], task_id).holder is None
    assert claim_task(cast.uow, cast["also_approves"], task_id).holder is not None


@pytest.mark.parametrize("who", ["stranger", "finance"])
def test_a_task_does_not_exist_for_strangers(case: Case, cast: Cast, who: str) -> None:
    case.submit()
    task_id = case.task("review")
    refused(cast, NotFound, claim_task, cast[who], task_id)
    refused(cast, NotFound, complete_task, cast[who], task_id, "approved", {})
    refused(cast, NotFound, release_task, cast[who], task_id)
    refused(cast, NotFound, save_draft, cast[who], task_id, {})


def test_a_task_that_never_was_is_not_found(cast: Cast) -> None:
    refused(cast, NotFound, claim_task, cast["approves"], uuid4())
    refused(cast, NotFound, complete_task, cast["approves"], uuid4(), "approved", {})


def test_the_applicant_may_not_act_on_a_staff_task(case: Case, cast: Cast) -> None:
    case.submit()
    refused(cast, NotAllowed, claim_task, cast["asks"], case.task("review"))
    refused(cast, NotAllowed, complete_task, cast["asks"], case.task("review"), "approved", {})


def test_k15_a_reviewer_who_belongs_to_the_applicant_may_not_review(case: Case, cast: Cast) -> None:
    case.submit()
    refused(cast, ApplicantSide, claim_task, cast["may_not"], case.task("review"))
    refused(cast, ApplicantSide, complete_task, cast["may_not"], case.task("review"), "approved", {})


def test_k15_a_reviewer_who_once_worked_on_the_application_may_not_review(case: Case, cast: Cast) -> None:
    from dataclasses import replace

    from storage.actor import SYSTEM
    from workflows.commands.organisations import put_members

    reviewer = cast["may_not"]
    save_draft(
        cast.uow,
        replace(reviewer, organisation_id=cast.organisations["applicant"], groups=frozenset()),
        case.task("application"),
        {"company": "青枫"},
    )
    left = [cast["asks"].account_id, cast["colleague"].account_id]
    put_members(cast.uow, SYSTEM, cast.organisations["applicant"], [one for one in left if one])
    case.complete("colleague", "application", "submitted", case.application("colleague"))
    with_draft_gone = cast.uow.session.scalars(select(Draft)).all()
    assert with_draft_gone == []
    # the draft is gone with the submission; the files and submissions of the side still name who worked
    uploaded = begin(cast)
    person = replace(reviewer, organisation_id=cast.organisations["applicant"], groups=frozenset())
    answers = uploaded.application("colleague")
    cast.actors["before"] = person
    uploaded.complete("before", "application", "submitted", answers)
    refused(cast, OwnApplication, claim_task, reviewer, uploaded.task("review"))


def test_completing_an_unclaimed_task_claims_it(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    case.approve()
    task = cast.uow.session.get_one(Task, task_id)
    assert task.assignee_id == task.ended_by == cast["approves"].account_id
    assert task.claimed_at is not None


def test_completing_a_colleagues_task_names_them(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    claim_task(cast.uow, cast["approves"], task_id)
    told = refused(cast, TaskAlreadyClaimed, complete_task, cast["also_approves"], task_id, "approved", {})
    assert told.params["holder"] == "approves of agent"


def test_an_outcome_that_the_task_does_not_declare_is_refused(case: Case, cast: Cast) -> None:
    case.submit()
    told = refused(cast, UnknownOutcome, complete_task, cast["approves"], case.task("review"), "blessed", {})
    assert "approved" in told.params["outcomes"]


def test_an_old_tab_is_told_who_changed_the_task(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    claim_task(cast.uow, cast["approves"], task_id)
    release_task(cast.uow, cast["approves"], task_id)
    told = refused(
        cast, StaleTask, complete_task, cast["also_approves"], task_id, "approved", {}, task_version=1
    )
    assert told.params["by"] == "approves of agent"
    assert told.params["version"] == 3


def test_a_version_that_never_was_is_told_when_the_task_was_opened(case: Case, cast: Cast) -> None:
    case.submit()
    told = refused(cast, StaleTask, claim_task, cast["approves"], case.task("review"), 99)
    assert told.params["by"]
    assert told.params["at"] is not None


def test_doing_a_done_thing_again_is_success_for_the_same_person_only(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    case.approve()
    before = traces(cast.uow)
    again = complete_task(cast.uow, cast["approves"], task_id, "approved", {})
    assert (again.status, again.outcome) == ("completed", "approved")
    assert traces(cast.uow) == before
    told = refused(cast, TaskNotOpen, complete_task, cast["also_approves"], task_id, "approved", {})
    assert told.params["by"] == "approves of agent"
    refused(cast, TaskNotOpen, complete_task, cast["approves"], task_id, "rejected", {"opinion": "不"})


def test_a_second_tab_with_other_answers_is_told_that_the_task_is_done(case: Case, cast: Cast) -> None:
    answers = case.application()
    task_id = case.task("application")
    complete_task(cast.uow, cast["asks"], task_id, "submitted", answers)
    before = traces(cast.uow)
    again = complete_task(cast.uow, cast["asks"], task_id, "submitted", answers)
    assert again.status == "completed"
    for changed in ({"company": "别的公司"}, {"contact_name": "另一人"}, {"company": ""}, {"unknown": 1}):
        refused(cast, TaskNotOpen, complete_task, cast["asks"], task_id, "submitted", {**answers, **changed})
    assert traces(cast.uow) == before


def test_a_repeated_request_is_answered_from_what_it_did(case: Case, cast: Cast) -> None:
    answers = case.application()
    task_id = case.task("application")
    first = complete_task(cast.uow, cast["asks"], task_id, "submitted", answers, idempotency_key="one")
    before = traces(cast.uow)
    second = complete_task(cast.uow, cast["asks"], task_id, "submitted", answers, idempotency_key="one")
    assert second == first
    assert traces(cast.uow) == before
    changed = {**answers, "company": "别的公司"}
    refused(
        cast,
        IdempotencyMismatch,
        complete_task,
        cast["asks"],
        task_id,
        "submitted",
        changed,
        idempotency_key="one",
    )


def test_a_refusal_keeps_no_idempotency_row_so_the_corrected_request_may_use_the_key(
    case: Case, cast: Cast
) -> None:
    task_id = case.task("application")
    answers = case.application()
    refused(
        cast,
        InvalidForm,
        complete_task,
        cast["asks"],
        task_id,
        "submitted",
        {**answers, "credit_code": "91310115MA1QFAP101"},
        idempotency_key="one",
    )
    assert cast.uow.session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == "one")).all() == []
    done = complete_task(cast.uow, cast["asks"], task_id, "submitted", answers, idempotency_key="one")
    assert done.status == "completed"


@pytest.mark.parametrize(
    "change",
    [
        {"unheard_of": 1},
        {"lines": [{"package": "basic", "years": "2", "quantity": 1}]},
        {"lines": [{"package": "basic", "years": "3", "quantity": 0}]},
        {"lines": "many"},
        {"application_form": ["6b1a6a54-3f0e-4a3e-9d0a-5d5a1a2b3c4d"]},
        {"contact_mobile": "12"},
        {"invoice_mail": "hidden@example.com"},
    ],
)
def test_wrong_answers_leave_no_trace(case: Case, cast: Cast, change: dict[str, Any]) -> None:
    answers = {**case.application(), **change}
    refused(cast, InvalidForm, complete_task, cast["asks"], case.task("application"), "submitted", answers)


@pytest.mark.parametrize(
    ("language", "words"), [("zh_CN", "请写审核意见"), ("en", "opinion")], ids=["zh", "en"]
)
def test_a_check_of_the_form_speaks_the_language_of_the_reader(
    case: Case, cast: Cast, language: str, words: str
) -> None:
    case.submit()
    reader = replace(cast["approves"], language=language)
    told = refused(cast, InvalidForm, complete_task, reader, case.task("review"), "rejected", {})
    assert words in told.errors[""][0].params["message"].lower()


def test_files_of_another_case_are_foreign(case: Case, cast: Cast) -> None:
    other = begin(cast, "stranger")
    foreign = other.application("stranger")
    refused(cast, InvalidForm, complete_task, cast["asks"], case.task("application"), "submitted", foreign)


def test_a_return_marks_fields_and_the_correction_keeps_the_files(case: Case, cast: Cast) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    case.complete(
        "approves",
        "review",
        "returned",
        {"opinion": "请改地址", "marks": [{"field": "mailing_address", "reason": "缺门牌号"}]},
    )
    events = cast.uow.journal.read(f"instance:{case.id}")
    returned = [event for event in events if event["action"] == "task.returned"]
    assert [event["details"]["marks"] for event in returned] == [["mailing_address"]]
    assert set(returned[0]["commitments"]) == {"opinion", "marks[0].reason"}
    assert case.open() == {"application"}
    case.complete("asks", "application", "submitted", {**answers, "mailing_address": "新地址 9 号"})
    assert case.open() == {"review"}
    assert cast.uow.session.get_one(Task, case.task("review")).round == 2


def test_submissions_are_numbered_by_round_and_never_change(case: Case, cast: Cast) -> None:
    case.submit()
    rows = cast.uow.session.scalars(select(Submission)).all()
    assert [(row.element_id, row.round, row.number) for row in rows] == [("application", 1, 1)]
    assert APPLICATION["contact_name"] not in rows[0].answers
    assert len(cast.uow.session.scalars(select(Event).where(Event.action == "task.completed")).all()) == 1
