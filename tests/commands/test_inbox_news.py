"""What is new about a row: how much the applicant changed since the step saw the case, and who was added to sign."""

import io
from dataclasses import replace
from typing import Any
from uuid import UUID

from people_at_work import Case, Cast
from sending_back import events
from signing_house import OFFICE, begin_signing, signing_house
from test_budget import counting

from storage.actor import SYSTEM, Actor
from storage.unit_of_work import UnitOfWork
from workflows import queries
from workflows.commands.attachments import attach_file
from workflows.commands.organisations import put_group_members
from workflows.queries.views import InboxItem
from workflows.scenarios.files import sample_file

LINES = [{"package": "basic", "years": "3", "quantity": 2}]


def row_of(uow: UnitOfWork, actor: Actor, task_id: UUID) -> InboxItem:
    items = [one for tab in ("todo", "claimable") for one in queries.inbox(uow, actor, tab).items]
    return next(one for one in items if one.task_id == task_id)


def send_back(case: Case, *fields: str) -> None:
    marks = [{"field": one, "reason": "写全称"} for one in fields or ("company",)]
    case.complete("approves", "review", "returned", {"opinion": "请改。", "marks": marks})


def hand_in(case: Case) -> dict[str, Any]:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    return answers


def again(case: Case, answers: dict[str, Any], **changes: Any) -> None:
    """Hand in the same files and answers, but for these changes."""
    answers |= changes
    case.complete("asks", "application", "submitted", answers)


def changed(case: Case) -> int | None:
    return row_of(case.uow, case.cast["approves"], case.task("review")).changed


def test_a_first_application_has_no_news(case: Case) -> None:
    case.submit()
    assert changed(case) is None
    assert events(case, "task.corrected") == []


def test_places_that_changed_are_counted_each_once(case: Case) -> None:
    answers = hand_in(case)
    send_back(case)
    again(case, answers)
    assert changed(case) == 0
    send_back(case, "company", "contact_mobile", "lines")
    rows = [{**LINES[0], "quantity": 5}, {"package": "bundle", "years": "1", "quantity": 1}]
    again(case, answers, company="青枫售电集团有限公司", contact_mobile="13900000999", lines=rows)
    assert changed(case) == 4  # a name, a personal value, a cell, and one row that came
    (_, last) = events(case, "task.corrected")
    assert last["details"]["places"] == ["company", "contact_mobile", "lines[0].quantity", "lines[1]"]
    assert "13900000999" not in str(last)


def test_the_same_file_uploaded_again_is_no_change(case: Case) -> None:
    answers = hand_in(case)
    send_back(case, "application_form")
    again(case, answers, application_form=[case.attach("asks", "application", "application_form", "申请表.pdf")])
    assert changed(case) == 0
    send_back(case, "application_form")
    other = io.BytesIO(sample_file("申请表.pdf").replace(b"595", b"594"))
    file = attach_file(case.uow, case.cast["asks"], case.task("application"), "application_form", other, "申请表.pdf")
    again(case, answers, application_form=[str(file.id)])
    assert changed(case) == 1


def test_a_step_that_saw_the_case_between_counts_from_there(case: Case, cast: Cast) -> None:
    answers = hand_in(case)
    send_back(case)
    again(case, answers, company="青枫售电集团有限公司")
    send_back(case, "postal_code")
    again(case, answers, postal_code="731732")
    assert changed(case) == 1
    (_, last) = events(case, "task.corrected")
    assert last["details"]["since"] == {}


def test_rows_without_news_cost_nothing_and_all_news_one_statement(case: Case, cast: Cast) -> None:
    answers = hand_in(case)
    cast.uow.session.rollback()
    with counting() as before:
        queries.inbox(cast.uow, cast["approves"], "claimable")
    send_back(case)
    again(case, answers, company="青枫售电集团有限公司")
    cast.uow.session.rollback()
    with counting() as after:
        queries.inbox(cast.uow, cast["approves"], "claimable")
    assert len(after.statements) == len(before.statements) + 1


def test_whoever_is_added_to_sign_sees_it_and_nobody_else(uow: UnitOfWork) -> None:
    cast = signing_house(uow)
    case = begin_signing(cast, "all_sign")
    office = cast.groups["office"]
    put_group_members(uow, SYSTEM, office, [cast[one].account_id for one in (*OFFICE, "spare")])
    cast.actors["spare"] = replace(cast["spare"], groups=frozenset({office}))
    case.add("anna", "spare")
    assert row_of(uow, cast["spare"], case.part("spare")).added
    assert not row_of(uow, cast["anna"], case.part("anna")).added


def test_headings_count_the_whole_list_whatever_the_page_shows(case: Case, cast: Cast) -> None:
    case.submit()
    counts = queries.tab_numbers(cast.uow, cast["approves"], "claimable", by_due=True, by_urgency=True)
    assert sum(counts.urgent.values()) == counts.tabs["claimable"] == 1
    assert set(counts.urgent) == {"over", "today", "week", "later", "undated"}
