"""Deadlines: kept as rows, fired before anything else happens, by whoever comes first (rules 8 and 15)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast, begin, refused
from sqlalchemy import select, update
from timed_package import timed_files

from storage.actor import SYSTEM
from storage.models import Event, Incident, Instance, Task, Timer
from storage.ports import FixedClock
from workflows import queries
from workflows.commands import steps, timers
from workflows.commands.incidents import retry_incident
from workflows.commands.instances import withdraw_instance
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import claim_task, complete_task
from workflows.commands.timers import fire_due
from workflows.engine import Fire
from workflows.errors import DueTimer, InstanceEnded, StepFailed, TimerFailed
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due


@pytest.fixture
def timed(cast: Cast) -> Case:
    """An application of the package in which a review has 48 hours, and a payment is reminded of daily."""
    deploy_package(cast.uow, SYSTEM, timed_files())
    return begin(cast)


def instance(case: Case) -> Instance:
    case.uow.session.rollback()
    return case.uow.session.get_one(Instance, case.id, populate_existing=True)


def set_timers(case: Case) -> list[tuple[str, datetime]]:
    case.uow.session.rollback()
    rows = case.uow.session.execute(
        select(Timer.element_id, Timer.due_at)
        .where(Timer.instance_id == case.id, Timer.kind == "engine")
        .order_by(Timer.due_at)
    )
    return [(row.element_id, row.due_at) for row in rows]


def actions(case: Case) -> list[str]:
    return [event["action"] for event in case.uow.journal.read(f"instance:{case.id}")]


def test_a_timer_is_a_row_as_long_as_its_task_is_open(timed: Case, clock: FixedClock) -> None:
    assert set_timers(timed) == []
    timed.submit()
    due = clock.now() + timedelta(hours=48)
    assert set_timers(timed) == [("review_deadline", due)]
    assert instance(timed).next_due_at == due
    timed.approve()
    assert [element for element, _ in set_timers(timed)] == ["reminder"]
    assert replay_instance(timed.uow, timed.id).ok


def test_the_worker_fires_what_is_due_and_not_before(timed: Case, cast: Cast, clock: FixedClock) -> None:
    timed.submit()
    clock.advance(timedelta(hours=48) - timedelta(microseconds=1))
    assert run_due(cast.uow) == 0
    assert timed.open() == {"review"}
    clock.advance(timedelta(microseconds=1))
    assert run_due(cast.uow) > 0
    assert timed.open() == set()
    ended = instance(timed)
    assert (ended.status, ended.outcome, ended.next_due_at) == ("completed", "review_late", None)
    assert set_timers(timed) == []
    assert actions(timed)[-2:] == ["timer.fired", "instance.completed"]
    assert replay_instance(cast.uow, timed.id).ok
    assert cast.uow.session.scalars(select(Task.status).where(Task.element_id == "review")).all() == [
        "cancelled"
    ]


def test_a_vote_after_the_deadline_comes_too_late_even_without_a_worker(
    timed: Case, cast: Cast, clock: FixedClock
) -> None:
    timed.submit()
    task_id = timed.task("review")
    clock.advance(timedelta(hours=49))
    with pytest.raises(InstanceEnded):
        complete_task(cast.uow, cast["approves"], task_id, "approved", {})
    assert actions(timed)[-2:] == ["timer.fired", "instance.completed"]
    assert instance(timed).outcome == "review_late"


def test_a_repeating_timer_fires_as_often_as_drawn_and_leaves_its_task_open(
    timed: Case, cast: Cast, clock: FixedClock
) -> None:
    timed.submit()
    timed.approve()
    begun = clock.now()
    for days in (1, 2, 3):
        assert set_timers(timed) == [("reminder", begun + timedelta(days=days))]
        clock.advance(timedelta(days=1))
        run_due(cast.uow)
        assert timed.open() == {"payment"}
    assert set_timers(timed) == []
    assert instance(timed).next_due_at is None
    assert actions(timed).count("timer.fired") == 3
    assert replay_instance(cast.uow, timed.id).ok


def test_reminders_that_were_missed_all_fire_before_the_command(
    timed: Case, cast: Cast, clock: FixedClock
) -> None:
    timed.submit()
    timed.approve()
    clock.advance(timedelta(days=10))
    timed.pay()
    assert actions(timed).count("timer.fired") == 3
    assert timed.open() == {"payment_confirmation"}


def test_a_withdrawal_takes_the_timers_along(timed: Case, cast: Cast) -> None:
    timed.submit()
    withdraw_instance(cast.uow, cast["asks"], timed.id)
    assert set_timers(timed) == []
    assert instance(timed).next_due_at is None
    assert replay_instance(cast.uow, timed.id).ok


@pytest.fixture
def broken(timed: Case, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A payment whose reminder cannot be carried out."""
    timed.submit()
    timed.approve()
    healthy = steps.run_step

    def run(uow: Any, version: Any, row: Instance, command: Any) -> Any:
        if isinstance(command, Fire) and row.id == timed.id:
            raise StepFailed(row.id, "decision_failed", "reminder", command.key)
        return healthy(uow, version, row, command)

    monkeypatch.setattr(timers, "run_step", run)
    clock.advance(timedelta(days=1))
    return timed


def test_a_timer_that_fails_opens_one_incident_and_stops_nobody(
    broken: Case, cast: Cast, clock: FixedClock
) -> None:
    other = begin(cast)
    other.submit()
    other.approve()
    clock.advance(timedelta(days=1))
    for _ in range(3):
        run_due(cast.uow)
    assert actions(other).count("timer.fired") == 1
    found = queries.incidents(cast.uow, cast["operator"]).items
    assert [(one.kind, one.message, one.may_retry) for one in found] == [
        ("timer_failed", "reminder: step_failed decision_failed", True)
    ]
    assert instance(broken).next_due_at is None
    broken.pay()
    assert broken.open() == {"payment_confirmation"}


def test_a_failed_timer_fires_after_a_retry(
    broken: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_due(cast.uow)
    monkeypatch.setattr(timers, "run_step", steps.run_step)
    incident = queries.incidents(cast.uow, cast["operator"]).items[0]
    retry_incident(cast.uow, cast["operator"], incident.id)
    run_due(cast.uow)
    assert actions(broken)[-2:] == ["incident.retried", "timer.fired"]
    assert replay_instance(cast.uow, broken.id).ok


def test_only_the_task_of_a_failed_deadline_answers_that_it_waits(
    timed: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed.submit()

    def fails(*_: Any) -> Any:
        raise StepFailed(timed.id, "decision_failed", "review_deadline", None)

    healthy = timers.run_step
    monkeypatch.setattr(timers, "run_step", fails)
    clock.advance(timedelta(hours=49))
    run_due(cast.uow)
    monkeypatch.setattr(timers, "run_step", healthy)
    refused(cast, TimerFailed, complete_task, cast["approves"], timed.task("review"), "approved", {})
    claim_task(cast.uow, cast["approves"], timed.task("review"))
    assert [one.kind for one in cast.uow.session.scalars(select(Incident))] == ["timer_failed"]
    withdraw_instance(cast.uow, cast["asks"], timed.id)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_timer_that_comes_due_again_and_again_is_given_up_after_three_tries(
    timed: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed.submit()
    clock.advance(timedelta(hours=49))
    calls: list[Any] = []
    monkeypatch.setattr(timers, "fire_due", lambda _, id_: calls.append(id_))
    refused(cast, DueTimer, complete_task, cast["approves"], timed.task("review"), "approved", {})
    assert calls == [timed.id] * 3


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_row_that_the_engine_does_not_know_is_taken_away(
    timed: Case, cast: Cast, clock: FixedClock
) -> None:
    timed.submit()
    with cast.uow.begin(SYSTEM):
        row = Timer(
            instance_id=timed.id,
            key="nowhere",
            element_id="x",
            host="y",
            interrupting=True,
            due_at=clock.now(),
        )
        cast.uow.session.add(row)
        cast.uow.session.execute(
            update(Instance).where(Instance.id == timed.id).values(next_due_at=clock.now())
        )
    timed.approve()
    assert [element for element, _ in set_timers(timed)] == ["reminder"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_event_says_the_very_instant_of_its_step(timed: Case, cast: Cast, clock: FixedClock) -> None:
    timed.submit()
    rows = cast.uow.session.scalars(select(Event.at).where(Event.stream == f"instance:{timed.id}")).all()
    assert set(rows) == {clock.now()}
    ((_, due),) = set_timers(timed)
    assert due.tzinfo is UTC or due.utcoffset() == timedelta()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_worker_leaves_a_leased_timer_alone_until_the_lease_runs_out(
    timed: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workflows import worker_jobs

    timed.submit()
    clock.advance(timedelta(hours=49))
    monkeypatch.setattr(worker_jobs, "fire_due", lambda *_: None)  # the worker dies with the lease in hand
    assert run_due(cast.uow) == 1
    monkeypatch.setattr(worker_jobs, "fire_due", fire_due)
    assert run_due(cast.uow) == 0
    clock.advance(timedelta(seconds=61))
    assert run_due(cast.uow) > 0
    assert instance(timed).outcome == "review_late"


def test_firing_twice_is_firing_once(timed: Case, cast: Cast, clock: FixedClock) -> None:
    timed.submit()
    clock.advance(timedelta(hours=49))
    assert fire_due(cast.uow, timed.id) == 1
    assert fire_due(cast.uow, timed.id) == 0
    assert actions(timed).count("timer.fired") == 1
