"""Deadlines as people meet them: the term for handing in, and when a task is due (K11, K13)."""

from datetime import UTC, datetime, timedelta

import pytest
from deadline_reading import LAST_DAY, WEDNESDAY, due_of, events, row, timers, work_off
from people_at_work import SERIALS, Case, Cast, begin
from sqlalchemy import select, update

from storage.actor import SYSTEM
from storage.models import Attachment, Draft, Instance, Task, Timer
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.drafts import save_draft
from workflows.commands.suspension import resume_instance, suspend_instance
from workflows.commands.tasks import complete_task
from workflows.errors import InstanceEnded
from workflows.housekeeping import keep_house
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due


def test_the_applicant_sees_until_when_to_hand_in(case: Case, cast: Cast) -> None:
    view = queries.read_task(cast.uow, cast["asks"], case.task("application"))
    assert (view.due_at, view.expires_at) == (LAST_DAY, LAST_DAY)
    (item,) = queries.inbox(cast.uow, cast["asks"]).items
    assert item.due_at == LAST_DAY
    (task,) = queries.read_instance(cast.uow, cast["asks"], case.id).open_tasks
    assert task.due_at == LAST_DAY
    assert row(case).next_due_at == LAST_DAY


def test_what_nobody_handed_in_expires_at_the_end_of_the_last_day(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    file = case.attach("asks", "application", "application_form", "申请表.pdf")
    save_draft(
        cast.uow, cast["asks"], case.task("application"), {"company": "青枫", "application_form": [file]}, 0
    )
    clock.advance(LAST_DAY - clock.now() - timedelta(microseconds=1))
    assert run_due(cast.uow) == 0
    clock.advance(timedelta(microseconds=1))
    work_off(cast)
    ended = row(case)
    assert (ended.status, ended.outcome, ended.ended_at) == ("cancelled", "expired", LAST_DAY)
    assert (ended.next_due_at, ended.fill_in_key, ended.fill_in_until) == (None, None, None)
    assert timers(case) == {}
    assert cast.uow.session.scalars(select(Task.status)).all() == ["cancelled"]
    assert cast.uow.session.scalars(select(Draft)).all() == []
    assert cast.uow.session.scalars(select(Attachment.status)).all() == ["pending"]
    (event,) = events(case, "instance.expired")
    assert (event["actor"], event["details"]["due"]) == (None, LAST_DAY)
    assert replay_instance(cast.uow, case.id).ok
    view = queries.read_instance(cast.uow, cast["asks"], case.id)
    assert [entry.action for entry in view.timeline] == ["instance.started", "instance.expired"]
    assert run_due(cast.uow) == 0


def test_a_command_that_comes_too_late_finds_the_case_expired(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    answers, task_id = case.application(), case.task("application")
    clock.advance(LAST_DAY - clock.now())
    with pytest.raises(InstanceEnded):
        complete_task(cast.uow, cast["asks"], task_id, "submitted", answers)
    assert row(case).outcome == "expired"
    assert len(events(case, "instance.expired")) == 1


def test_handing_in_ends_the_term_and_corrections_have_none(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    case.submit()
    after = row(case)
    assert (after.next_due_at, after.fill_in_key, after.fill_in_until) == (None, None, None)
    marks = [{"field": "lines", "reason": "x"}]
    case.complete("approves", "review", "returned", {"opinion": "x", "marks": marks})
    assert due_of(case, "application") is None
    clock.advance(timedelta(days=40))
    work_off(cast)
    assert case.open() == {"application"}
    assert timers(case) == {}  # the row that meant nothing any more is gone
    assert events(case, "timer.fired") == events(case, "instance.expired") == []
    assert queries.read_task(cast.uow, cast["asks"], case.task("application")).expires_at is None


def test_housekeeping_takes_ended_terms_away_and_no_others(case: Case, cast: Cast) -> None:
    other = begin(cast)
    case.submit()
    assert timers(case) == {"application": LAST_DAY}
    keep_house(cast.uow)
    assert timers(case) == {}
    assert timers(other) == {"application": LAST_DAY}


def test_the_term_runs_on_while_a_case_is_suspended(case: Case, cast: Cast, clock: FixedClock) -> None:
    suspend_instance(cast.uow, cast["operator"], case.id, "Looked at.")
    clock.advance(timedelta(days=40))
    assert run_due(cast.uow) == 0
    assert row(case).status == "suspended"
    resume_instance(cast.uow, cast["operator"], case.id)
    work_off(cast)
    assert row(case).outcome == "expired"
    assert replay_instance(cast.uow, case.id).ok


def test_a_case_from_before_terms_has_none(case: Case, cast: Cast, clock: FixedClock) -> None:
    with cast.uow.begin(SYSTEM):  # as the migration leaves it
        cast.uow.session.execute(
            update(Instance).values(fill_in_key=None, fill_in_until=None, next_due_at=None)
        )
        cast.uow.session.query(Timer).delete()
    clock.advance(timedelta(days=400))
    work_off(cast)
    case.submit()
    assert case.open() == {"review"}


# -- when a task is due ---------------------------------------------------------------------------------------------------


def test_production_is_due_after_three_working_days(in_production: Case, cast: Cast) -> None:
    assert due_of(in_production, "key_production") == WEDNESDAY
    assert due_of(in_production, "invoice") is None
    assert row(in_production).next_due_at == WEDNESDAY
    view = queries.read_task(cast.uow, cast["maker"], in_production.task("key_production"))
    assert (view.due_at, view.expires_at) == (WEDNESDAY, None)


def test_the_national_day_does_not_count(cast: Cast, clock: FixedClock) -> None:
    clock.advance(datetime(2026, 9, 30, 2, tzinfo=UTC) - clock.now())
    case = begin(cast)
    case.submit()
    case.approve()
    case.pay(paid_on="2026-09-30")
    case.complete("finance", "payment_confirmation", "confirmed", {"received_on": "2026-09-30"})
    # Off from 1 to 7 October; the 8th and 9th are worked, and so is Saturday, the 10th (调休).
    assert due_of(case, "key_production") == datetime(2026, 10, 10, 16, tzinfo=UTC)


def test_time_alone_closes_what_nobody_confirms(in_production: Case, cast: Cast, clock: FixedClock) -> None:
    case = in_production
    case.issue_invoice()
    case.make(*SERIALS)
    case.ship()
    due = clock.now() + timedelta(days=15)
    assert due_of(case, "delivery") == due
    clock.advance(timedelta(days=15))
    work_off(cast)
    assert (row(case).status, row(case).outcome) == ("completed", "delivered_by_time")
    fired, ended = queries.read_instance(cast.uow, cast["asks"], case.id).timeline[-2:]
    assert (fired.action, fired.by, fired.title) == ("timer.fired", None, "满 15 天未签收")
    assert (ended.action, ended.by, ended.title) == ("instance.completed", None, "期满办结")
    assert replay_instance(cast.uow, case.id).ok
