"""A clock that is put forward and back again: nothing happens twice, and nobody stays locked in or out by it."""

from datetime import timedelta

import pytest
from people_at_work import PASSWORD, Cast, begin
from sqlalchemy import select
from timed_package import timed_files

from storage.actor import SYSTEM
from storage.models import Instance, Timer
from storage.ports import FixedClock
from workflows import worker_jobs
from workflows.commands.packages import deploy_package
from workflows.commands.sessions import sign_in
from workflows.errors import SignInRefused, TooManyAttempts
from workflows.queries.actors import person_of_session
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due

YEAR = timedelta(days=400)


def test_a_deadline_fires_once_however_the_clock_goes(cast: Cast, clock: FixedClock) -> None:
    deploy_package(cast.uow, SYSTEM, timed_files())
    case = begin(cast)
    case.submit()
    for jump in (timedelta(hours=-3), timedelta(hours=3), timedelta(hours=49), -YEAR, YEAR):
        clock.advance(jump)
        run_due(cast.uow)
    stream = f"instance:{case.id}"
    assert [event["action"] for event in cast.uow.journal.read(stream)].count("timer.fired") == 1
    assert cast.uow.journal.verify(stream).ok
    assert replay_instance(cast.uow, case.id).ok
    assert cast.uow.session.get_one(Instance, case.id).outcome == "review_late"


def test_a_case_goes_on_after_the_clock_went_back_in_it(cast: Cast, clock: FixedClock) -> None:
    case = begin(cast)
    clock.advance(timedelta(days=3))
    case.submit()
    clock.advance(timedelta(days=-3))
    case.approve()
    assert case.open() == {"payment"}
    assert cast.uow.journal.verify(f"instance:{case.id}").ok
    assert replay_instance(cast.uow, case.id).ok


def test_a_timer_leased_before_the_clock_went_back_does_not_wait_for_that_day(
    cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy_package(cast.uow, SYSTEM, timed_files())
    case = begin(cast)
    case.submit()
    clock.advance(YEAR)
    with monkeypatch.context() as dying:
        dying.setattr(worker_jobs, "fire_due", lambda *_: None)
        assert run_due(cast.uow) == 1
    clock.advance(timedelta(hours=50) - YEAR)
    assert cast.uow.session.scalars(select(Timer.lease_until).where(Timer.instance_id == case.id)).first()
    cast.uow.session.rollback()
    assert run_due(cast.uow) > 0
    assert case.open() == set()


def test_a_session_lasts_its_hours_and_no_longer(cast: Cast, clock: FixedClock) -> None:
    token = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1").token
    assert token is not None
    clock.advance(timedelta(hours=13))
    assert person_of_session(token, clock.now()) is None
    clock.advance(-YEAR)
    later = sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1").token
    assert later is not None
    assert person_of_session(later, clock.now()) is not None
    clock.advance(YEAR)
    assert person_of_session(later, clock.now()) is None


def test_who_was_slowed_before_the_clock_went_back_is_not_locked_out_for_a_year(
    cast: Cast, clock: FixedClock
) -> None:
    clock.advance(YEAR)
    for _ in range(6):
        with pytest.raises(SignInRefused):
            sign_in(cast.uow, "asks_1", "wrong password 1", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1")
    clock.advance(-YEAR)
    assert sign_in(cast.uow, "asks_1", PASSWORD, "192.0.2.1").token
