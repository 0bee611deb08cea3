"""Workers die and leave: what they had in hand is done once, soon, and holds nobody up."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from people_at_work import Cast, begin
from sqlalchemy import select

from config.settings import Settings
from service import worker
from service.worker import Rounds, numbered
from storage.actor import SYSTEM
from storage.models import Incident, Job
from storage.ports import FixedClock
from workflows import handlers, worker_jobs
from workflows.commands.steps import OUTSIDE_KIND
from workflows.handlers import Call, Effect, Outcome
from workflows.worker_jobs import LEASE_SECONDS, Hands, renew, run_due

ORDER = "payment.open_order"
MINE, OTHERS = 0xA1, 0xB2
ERRANDS = Job.kind == f"{OUTSIDE_KIND}{ORDER}"


@pytest.fixture
def errands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Work outside; the keys of what was called."""
    calls: list[str] = []

    def outside(call: Call, inputs: Mapping[str, Any]) -> Outcome:
        calls.append(call.task_key)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    let_run(monkeypatch, outside)
    return calls


def let_run(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    handler = replace(handlers.HANDLERS[ORDER], effect=Effect.OUTSIDE, run=run)
    monkeypatch.setitem(handlers.HANDLERS, ORDER, handler)  # type: ignore[arg-type]


def ask_for(cast: Cast, many: int) -> None:
    """Let so many errands be waiting."""
    for _ in range(many):
        case = begin(cast)
        case.submit()
        case.approve()
    cast.uow.session.rollback()


def lease(cast: Cast, many: int, holder: int) -> list[Any]:
    with cast.uow.begin(SYSTEM) as done:
        return done(cast.uow.jobs.claim(None, many, LEASE_SECONDS, holder))


def test_a_worker_frees_at_its_start_what_it_held_when_it_died(cast: Cast, errands: list[str]) -> None:
    ask_for(cast, 3)
    lease(cast, 3, MINE)
    assert run_due(cast.uow) == 0
    Rounds(Hands(MINE)).run(cast.uow)
    assert len(errands) == 3
    assert set(cast.uow.session.scalars(select(Job.status).where(ERRANDS))) == {"done"}


def test_a_worker_leaves_alone_what_another_one_holds(cast: Cast, errands: list[str]) -> None:
    ask_for(cast, 2)
    lease(cast, 1, OTHERS)
    Rounds(Hands(MINE)).run(cast.uow)
    assert len(errands) == 1


def test_work_of_a_worker_that_died_elsewhere_waits_ten_seconds(
    cast: Cast, clock: FixedClock, errands: list[str]
) -> None:
    ask_for(cast, 1)
    lease(cast, 1, OTHERS)
    clock.advance(timedelta(seconds=9))
    assert run_due(cast.uow, Hands(MINE)) == 0
    clock.advance(timedelta(seconds=2))
    assert run_due(cast.uow, Hands(MINE)) == 1


def test_the_number_of_a_worker_outlives_it_and_a_second_one_has_none(tmp_path: Path) -> None:
    with numbered(tmp_path) as first, numbered(tmp_path) as second:
        assert isinstance(first, int)
        assert second is None
    with numbered(tmp_path) as again:
        assert again == first


def test_a_lease_is_renewed_as_long_as_its_job_runs(
    cast: Cast, clock: FixedClock, errands: list[str]
) -> None:
    ask_for(cast, 1)
    (job,) = lease(cast, 1, MINE)
    lost = UUID(int=7)
    hands = Hands(MINE, leases={job.id: job.token, lost: lost})
    for _ in range(6):
        clock.advance(timedelta(seconds=LEASE_SECONDS / 2))
        renew(cast.uow, hands)
        assert run_due(cast.uow, Hands(OTHERS)) == 0
    assert errands == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_longer_than_its_lease_is_done_once_by_one_of_two_workers(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def slow(call: Call, inputs: Mapping[str, Any]) -> Outcome:
        calls.append(call.task_key)
        time.sleep(2.5)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    let_run(monkeypatch, slow)
    monkeypatch.setattr(worker_jobs, "LEASE_SECONDS", 1)
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.25)
    ask_for(cast, 1)
    make_due(cast)
    stop = threading.Event()
    workers = [threading.Thread(target=worker.run_worker, args=(settings, stop)) for _ in range(2)]
    for one in workers:
        one.start()
    ended = wait_for(cast, "done")
    stop.set()
    for one in workers:
        one.join(30)
    assert ended
    assert len(calls) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_that_is_told_to_end_finishes_its_job_and_gives_the_others_back(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stop = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow(call: Call, inputs: Mapping[str, Any]) -> Outcome:
        calls.append(call.task_key)
        begun.set()
        stop.wait(10)
        time.sleep(0.2)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    let_run(monkeypatch, slow)
    ask_for(cast, 3)
    make_due(cast)
    one = threading.Thread(target=worker.run_worker, args=(settings, stop))
    one.start()
    assert begun.wait(20)
    stop.set()
    one.join(30)
    assert not one.is_alive()
    cast.uow.session.rollback()
    rows = cast.uow.session.execute(select(Job.status, Job.lease_token, Job.attempts).where(ERRANDS)).all()
    assert sorted(row.status for row in rows) == ["done", "waiting", "waiting"]
    assert {(row.lease_token, row.attempts) for row in rows if row.status == "waiting"} == {(None, 0)}
    assert len(calls) == 1


def test_many_jobs_that_always_fail_do_not_hold_up_one_that_works(
    cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More poison than a worker leases at once stands in front."""
    with cast.uow.begin(SYSTEM):
        for number in range(25):
            cast.uow.jobs.put(
                f"{worker_jobs.MESSAGE_KIND}", f"poison-{number}", {"nothing": "that is known"}, clock.now()
            )
    done: list[str] = []

    def outside(call: Call, inputs: Mapping[str, Any]) -> Outcome:
        done.append(call.task_key)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    let_run(monkeypatch, outside)
    ask_for(cast, 1)
    for _ in range(3):
        run_due(cast.uow)
    assert len(done) == 1
    for _ in range(12 * 3):
        clock.advance(timedelta(hours=1))
        run_due(cast.uow)
    cast.uow.session.rollback()
    assert len(cast.uow.session.scalars(select(Incident.id)).all()) == 25


def test_a_clock_that_goes_back_and_forward_does_nothing_twice(
    cast: Cast, clock: FixedClock, errands: list[str]
) -> None:
    ask_for(cast, 1)
    clock.advance(timedelta(hours=-2))
    assert run_due(cast.uow) == 0  # asked for at an instant that has not come again
    clock.advance(timedelta(hours=2))
    assert run_due(cast.uow) == 1
    clock.advance(timedelta(days=400))
    run_due(cast.uow)
    clock.advance(timedelta(days=-400))
    run_due(cast.uow)
    assert len(errands) == 1


def make_due(cast: Cast) -> None:
    """The workers of these tests go by the real clock, which may be behind that of the tests."""
    with cast.uow.begin(SYSTEM):
        for job in cast.uow.session.scalars(select(Job)):
            job.due_at -= timedelta(days=3650)
    cast.uow.session.rollback()


def wait_for(cast: Cast, status: str) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        cast.uow.session.rollback()
        if set(cast.uow.session.scalars(select(Job.status).where(ERRANDS))) == {status}:
            return True
        time.sleep(0.1)
    return False
