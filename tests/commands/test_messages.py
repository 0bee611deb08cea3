"""Messages: thrown ones travel through the outbox, and reach the one case that awaits them."""

from datetime import timedelta

import pytest
from people_at_work import Case, Cast, begin, refused
from sqlalchemy import select
from timed_package import timed_files

from storage.actor import SYSTEM
from storage.models import AwaitedMessage, Job
from storage.ports import FixedClock
from workflows.commands.instances import withdraw_instance
from workflows.commands.messages import correlate_message
from workflows.commands.packages import deploy_package
from workflows.commands.suspension import suspend_instance
from workflows.errors import (
    FieldInvalid,
    InstanceSuspended,
    MessageAmbiguous,
    MessageNotAwaited,
    RoleMissing,
)
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due

NOTICE = "late_notice"


@pytest.fixture
def awaiting(cast: Cast) -> Case:
    """An application that waits for its payment, and for a notice to the desk."""
    deploy_package(cast.uow, SYSTEM, timed_files())
    case = begin(cast)
    case.submit()
    case.approve()
    return case


def actions(case: Case) -> list[str]:
    return [event["action"] for event in case.uow.journal.read(f"instance:{case.id}")]


def awaited(case: Case) -> int:
    case.uow.session.rollback()
    return len(
        case.uow.session.scalars(
            select(AwaitedMessage.key).where(AwaitedMessage.instance_id == case.id)
        ).all()
    )


def test_a_message_moves_the_case_that_awaits_it(awaiting: Case, cast: Cast) -> None:
    assert awaited(awaiting) == 1
    told = correlate_message(cast.uow, cast["operator"], NOTICE, "desk", {}, idempotency_key="one")
    assert told.id == awaiting.id
    assert (
        correlate_message(cast.uow, cast["operator"], NOTICE, "desk", {}, idempotency_key="one").id == told.id
    )
    assert actions(awaiting)[-1] == "message.correlated"
    assert awaiting.open() == {"payment"}
    assert awaited(awaiting) == 1, "beside a task that goes on the next one is awaited"
    correlate_message(cast.uow, cast["operator"], NOTICE, "desk", {}, idempotency_key="two")
    assert actions(awaiting).count("message.correlated") == 2
    assert replay_instance(cast.uow, awaiting.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_message_that_nobody_awaits_is_refused(awaiting: Case, cast: Cast) -> None:
    for name, correlation, instance_id in (
        ("another", "desk", None),
        (NOTICE, "another desk", None),
        (NOTICE, None, None),
        (NOTICE, "desk", cast.organisations["agent"]),
    ):
        refused(
            cast, MessageNotAwaited, correlate_message, cast["operator"], name, correlation, {}, instance_id
        )
    withdraw_instance(cast.uow, cast["asks"], awaiting.id)
    assert awaited(awaiting) == 0
    refused(cast, MessageNotAwaited, correlate_message, cast["operator"], NOTICE, "desk")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_where_two_cases_await_it_the_case_has_to_be_named(awaiting: Case, cast: Cast) -> None:
    second = begin(cast)
    second.submit()
    second.approve()
    refused(cast, MessageAmbiguous, correlate_message, cast["operator"], NOTICE, "desk")
    told = correlate_message(cast.uow, cast["operator"], NOTICE, "desk", {}, second.id)
    assert told.id == second.id
    assert awaited(awaiting) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_operators_deliver_messages_and_only_values_that_are_read(awaiting: Case, cast: Cast) -> None:
    for who in ("asks", "approves", "auditor"):
        refused(cast, RoleMissing, correlate_message, cast[who], NOTICE, "desk")
    refused(cast, FieldInvalid, correlate_message, cast["operator"], NOTICE, "desk", {"outcome": "approved"})
    suspend_instance(cast.uow, cast["operator"], awaiting.id, "Looked at.")
    refused(cast, InstanceSuspended, correlate_message, cast["operator"], NOTICE, "desk")


def test_a_thrown_message_reaches_the_other_case_through_the_outbox(
    awaiting: Case, cast: Cast, clock: FixedClock
) -> None:
    late = begin(cast)
    late.submit()
    clock.advance(timedelta(hours=49))
    run_due(cast.uow)
    assert "timer.fired" in actions(late)
    for _ in range(3):
        run_due(cast.uow)
    assert actions(awaiting)[-1] == "message.correlated"
    assert cast.uow.session.scalars(select(Job.status).where(Job.kind == "message")).all() == ["done"]
    assert replay_instance(cast.uow, late.id).ok
    assert replay_instance(cast.uow, awaiting.id).ok


def test_a_thrown_message_waits_a_while_for_somebody_who_awaits_it(cast: Cast, clock: FixedClock) -> None:
    deploy_package(cast.uow, SYSTEM, timed_files())
    late = begin(cast)
    late.submit()
    clock.advance(timedelta(hours=49))
    for _ in range(3):
        run_due(cast.uow)
    case = begin(cast)
    case.submit()
    case.approve()
    clock.advance(timedelta(minutes=10))
    run_due(cast.uow)
    assert actions(case)[-1] == "message.correlated"
