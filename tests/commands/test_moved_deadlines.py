"""The calendar of working days moves what is open (A25): listed before, moved case by case, by events that replay."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from deadline_reading import LAST_DAY, THURSDAY, WEDNESDAY, due_of, events, row, timers, work_off
from people_at_work import Case, Cast, begin
from sqlalchemy import select, update

from storage.actor import SYSTEM
from storage.models import Job, Timer
from storage.ports import FixedClock
from workflows import queries, worker_jobs
from workflows.commands import facts
from workflows.commands.calendars import change_calendar
from workflows.commands.deadlines import MOVE_KIND, move_deadlines
from workflows.commands.instances import cancel_instance
from workflows.commands.suspension import resume_instance, suspend_instance
from workflows.commands.timers import fire_due
from workflows.errors import FieldInvalid, RoleMissing
from workflows.queries.deadlines import cases_to_move
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due


def arrangement(cast: Cast, *, off: tuple[int, ...] = (), on: tuple[int, ...] = ()) -> dict[date, Any]:
    """2026 with further days of November off or on."""
    days = {one.day: (one.working, one.name) for one in queries.read_calendar(cast.uow, SYSTEM, 2026).days}
    days |= {date(2026, 11, day): (False, "临时放假") for day in off}
    return days | {date(2026, 11, day): (True, "临时上班") for day in on}


def test_an_administrator_sees_what_a_change_would_move_and_nothing_moves(
    in_production: Case, cast: Cast
) -> None:
    days = arrangement(cast, off=(24,))
    found = queries.deadlines_moved_by(cast.uow, cast["administrator"], 2026, days)
    assert found.count == 1
    (one,) = found.items
    assert (one.instance_id, one.number, one.element_id, one.was, one.due) == (
        in_production.id,
        in_production.result.number,
        "production_overdue",
        WEDNESDAY,
        THURSDAY,
    )
    assert one.title == "满 3 个工作日未完成"
    assert timers(in_production)["production_overdue"] == WEDNESDAY
    same = queries.deadlines_moved_by(cast.uow, cast["administrator"], 2026, arrangement(cast))
    assert (same.count, same.items) == (0, ())
    with pytest.raises(RoleMissing):
        queries.deadlines_moved_by(cast.uow, cast["operator"], 2026, days)


def test_a_change_moves_open_deadlines_by_events_that_replay(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    other = begin(cast)
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    assert timers(in_production)["production_overdue"] == WEDNESDAY  # the worker moves it, not the command
    work_off(cast)
    assert timers(in_production)["production_overdue"] == THURSDAY
    assert due_of(in_production, "key_production") == THURSDAY
    assert row(in_production).next_due_at == THURSDAY
    (event,) = events(in_production, "timer.moved")
    assert (event["details"]["was"], event["details"]["due"]) == (WEDNESDAY, THURSDAY)
    assert event["facts"] == {f"due:{event['details']['key']}": THURSDAY}
    assert events(other, "timer.moved") == []
    assert timers(other) == {"application": LAST_DAY}  # counted in calendar days
    clock.advance(timedelta(minutes=3))
    work_off(cast)
    assert len(events(in_production, "timer.moved")) == 1
    clock.advance(WEDNESDAY - clock.now())
    work_off(cast)
    assert "explain_delay" not in in_production.open()
    clock.advance(THURSDAY - clock.now())
    work_off(cast)
    assert "explain_delay" in in_production.open()
    found = replay_instance(cast.uow, in_production.id)
    assert found.ok, found.difference


def test_a_deadline_that_moves_into_the_past_is_due_at_once(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    clock.advance(WEDNESDAY - clock.now() - timedelta(hours=12))
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, on=(21, 22)))
    work_off(cast)
    assert "explain_delay" in in_production.open()
    (moved,) = events(in_production, "timer.moved")
    assert moved["details"]["due"] == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert len(events(in_production, "timer.fired")) == 1
    assert replay_instance(cast.uow, in_production.id).ok


def test_a_deadline_does_not_fire_by_a_calendar_that_was_replaced(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    clock.advance(WEDNESDAY - clock.now())  # no worker ran meanwhile
    assert fire_due(cast.uow, in_production.id) == 1
    assert "explain_delay" not in in_production.open()
    assert len(events(in_production, "timer.moved")) == 1
    work_off(cast)
    assert len(events(in_production, "timer.moved")) == 1
    assert timers(in_production)["production_overdue"] == THURSDAY


def test_a_suspended_case_is_moved_and_stays_still_and_an_ended_one_is_left_alone(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    suspend_instance(cast.uow, cast["operator"], in_production.id, "Looked at.")
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    work_off(cast)
    assert timers(in_production)["production_overdue"] == THURSDAY
    assert (row(in_production).status, row(in_production).next_due_at) == ("suspended", None)
    resume_instance(cast.uow, cast["operator"], in_production.id)
    assert row(in_production).next_due_at == THURSDAY
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(23,)))
    worker_jobs.run_due(cast.uow)  # the look, which puts the move
    cancel_instance(cast.uow, cast["operator"], in_production.id, "Over.")
    work_off(cast)
    assert len(events(in_production, "timer.moved")) == 1
    assert replay_instance(cast.uow, in_production.id).ok


@pytest.fixture
def died(in_production: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """A worker took the move of a case and died with the lease in hand."""
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    with monkeypatch.context() as patch:
        patch.setitem(worker_jobs.OWN_KINDS, MOVE_KIND, lambda *_: None)
        run_due(cast.uow)
        run_due(cast.uow)
    return in_production


def test_another_worker_moves_what_a_dead_one_left(died: Case, cast: Cast, clock: FixedClock) -> None:
    run_due(cast.uow)
    assert events(died, "timer.moved") == []
    clock.advance(timedelta(seconds=61))
    work_off(cast)
    assert len(events(died, "timer.moved")) == 1
    assert cast.uow.session.scalars(select(Job.status).where(Job.kind == MOVE_KIND)).all() == ["done"]


def test_moving_twice_is_moving_once(in_production: Case, cast: Cast) -> None:
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    work_off(cast)
    with cast.uow.begin(SYSTEM):
        cast.uow.jobs.put(MOVE_KIND, "again", {}, cast.uow.clock.now(), instance_id=in_production.id)
    with cast.uow.begin(SYSTEM) as done:
        (job,) = done(cast.uow.jobs.claim([MOVE_KIND]))
    assert move_deadlines(cast.uow, in_production.id, (job.id, job.token)) == 0
    assert len(events(in_production, "timer.moved")) == 1


def test_a_deadline_that_was_counted_by_the_old_calendar_and_came_late_is_found_by_the_second_look(
    case: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.submit()
    case.approve()
    case.pay()
    old = queries.working_calendar(cast.uow)
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    work_off(cast)
    with monkeypatch.context() as patch:  # a command that read the calendar before and commits now
        patch.setattr(facts, "working_calendar", lambda _: old)
        case.confirm()
    work_off(cast)
    assert timers(case)["production_overdue"] == WEDNESDAY
    clock.advance(timedelta(minutes=2))
    work_off(cast)
    assert timers(case)["production_overdue"] == THURSDAY


def test_a_timer_of_which_nothing_says_what_it_counts_stays(in_production: Case, cast: Cast) -> None:
    with cast.uow.begin(SYSTEM):  # as the migration leaves it
        cast.uow.session.execute(update(Timer).values(form=None, text=None, since=None, working=False))
    change_calendar(cast.uow, cast["administrator"], 2026, arrangement(cast, off=(24,)))
    assert cases_to_move(cast.uow, 2026) == []
    work_off(cast)
    assert timers(in_production)["production_overdue"] == WEDNESDAY


def test_no_deadline_is_looked_for_in_a_year_that_is_none(cast: Cast) -> None:
    with pytest.raises(FieldInvalid):
        change_calendar(cast.uow, cast["administrator"], 2101, {})
