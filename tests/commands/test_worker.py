"""The worker: work outside comes back as a command, leases of the dead are freed, the house is kept."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast, begin
from sqlalchemy import select, update

from config.settings import Settings
from service.worker import run_worker
from storage.actor import SYSTEM
from storage.models import AccessRecord, IdempotencyKey, Incident, Instance, Job, LoginSession
from storage.ports import FixedClock
from workflows import handlers
from workflows.commands.instances import withdraw_instance
from workflows.commands.services import complete_service
from workflows.commands.sessions import sign_in
from workflows.handlers import Call, Effect, Outcome
from workflows.housekeeping import keep_house
from workflows.worker_jobs import run_due

ORDER = "payment.open_order"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Let the payment order be opened by somebody outside; return what they were called with."""
    calls: list[Mapping[str, Any]] = []

    def outside(_: Call, inputs: Mapping[str, Any]) -> Outcome:
        calls.append(inputs)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    handler = replace(handlers.HANDLERS[ORDER], effect=Effect.OUTSIDE, run=outside)
    monkeypatch.setitem(handlers.HANDLERS, ORDER, handler)  # type: ignore[arg-type]
    return calls


def test_work_outside_is_a_job_whose_result_moves_the_process_on(
    case: Case, cast: Cast, called: list[Mapping[str, Any]]
) -> None:
    case.submit()
    case.approve()
    assert case.open() == set()
    assert called == []
    assert run_due(cast.uow) > 0
    assert [int(inputs["amount"]) for inputs in called] == [700]
    assert case.open() == {"payment"}
    assert run_due(cast.uow) == 0
    assert cast.uow.session.scalars(select(Job.status)).all() == ["done"]
    assert cast.uow.journal.verify(f"instance:{case.id}").ok


def test_a_result_after_a_withdrawal_is_recorded_and_ignored(
    case: Case, cast: Cast, called: list[Mapping[str, Any]]
) -> None:
    case.submit()
    case.approve()
    withdraw_instance(cast.uow, cast["asks"], case.id)
    run_due(cast.uow)
    events = [event["action"] for event in cast.uow.journal.read(f"instance:{case.id}")]
    assert events[-2:] == ["instance.withdrawn", "service_task.result_ignored"]
    assert cast.uow.session.get_one(Instance, case.id).status == "cancelled"


def test_a_job_of_a_dead_worker_is_done_by_another_and_the_late_result_is_dropped(
    case: Case, cast: Cast, clock: FixedClock, called: list[Mapping[str, Any]]
) -> None:
    from storage.errors import LeaseLost

    case.submit()
    case.approve()
    with cast.uow.begin(SYSTEM) as done:
        dead = done(cast.uow.jobs.claim(None, 1, 60))[0]
    assert run_due(cast.uow) == 0
    clock.advance(timedelta(seconds=61))
    assert run_due(cast.uow) == 1
    assert case.open() == {"payment"}
    with pytest.raises(LeaseLost):
        complete_service(cast.uow, case.id, str(dead.task_key), ORDER, {}, (dead.id, dead.token))
    assert len(called) == 1


def test_a_job_that_always_fails_stops_nobody_and_ends_as_an_incident(
    case: Case,
    cast: Cast,
    clock: FixedClock,
    called: list[Mapping[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison = begin(cast)
    poison.submit()
    poison.approve()

    def dies(_: Call, inputs: Mapping[str, Any]) -> Outcome:
        raise OSError(str(inputs))

    healthy = handlers.HANDLERS[ORDER]
    monkeypatch.setitem(handlers.HANDLERS, ORDER, replace(healthy, run=dies))  # type: ignore[arg-type]
    for _ in range(12):
        run_due(cast.uow)
        clock.advance(timedelta(hours=1))
    job = cast.uow.session.scalars(select(Job)).one()
    assert (job.status, job.last_error) == ("failed", "OSError")
    assert [one.kind for one in cast.uow.session.scalars(select(Incident))] == ["job_failed"]
    monkeypatch.setitem(handlers.HANDLERS, ORDER, healthy)  # type: ignore[arg-type]
    case.submit()
    case.approve()
    run_due(cast.uow)
    assert case.open() == {"payment"}


def test_access_records_get_their_place_in_a_chain(case: Case, cast: Cast) -> None:
    cast.uow.record_access(cast["asks"], "attachment:1", case.id)
    cast.uow.record_denied(cast["stranger"], "attachment:1", case.id)
    assert run_due(cast.uow) == 2
    assert cast.uow.journal.verify(f"access:{case.id}").ok
    assert None not in cast.uow.session.scalars(select(AccessRecord.chained_seq)).all()


def test_old_idempotency_rows_and_ended_sessions_go(cast: Cast, clock: FixedClock) -> None:
    begin(cast)
    from workflows.commands.instances import start_instance

    start_instance(cast.uow, cast["asks"], "certificate_issuance", "one")
    sign_in(cast.uow, "asks_1", "Willow-lantern-27", "192.0.2.1")
    clock.advance(timedelta(days=29))
    keep_house(cast.uow)
    assert len(cast.uow.session.scalars(select(IdempotencyKey)).all()) == 1
    assert cast.uow.session.scalars(select(LoginSession)).all() == []
    clock.advance(timedelta(days=2))
    keep_house(cast.uow)
    assert cast.uow.session.scalars(select(IdempotencyKey)).all() == []


def test_the_worker_runs_until_it_is_told_to_stop(
    case: Case, cast: Cast, settings: Settings, called: list[Mapping[str, Any]]
) -> None:
    case.submit()
    case.approve()
    with cast.uow.begin(SYSTEM):
        cast.uow.session.execute(update(Job).values(due_at=cast.uow.clock.now() - timedelta(days=3650)))
    cast.uow.session.rollback()
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(settings, stop))
    worker.start()
    for _ in range(200):
        if called and case.open() == {"payment"}:
            break
        stop.wait(0.05)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()
    assert case.open() == {"payment"}
