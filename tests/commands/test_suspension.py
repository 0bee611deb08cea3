"""Suspend and resume: nothing moves in between, and what became due happens afterwards."""

from datetime import timedelta

import pytest
from people_at_work import Case, Cast, begin, refused
from timed_package import timed_files

from storage.actor import SYSTEM
from storage.errors import NotFound
from storage.models import Instance
from storage.ports import FixedClock
from workflows.commands.instances import cancel_instance, withdraw_instance
from workflows.commands.packages import deploy_package
from workflows.commands.suspension import resume_instance, suspend_instance
from workflows.commands.tasks import claim_task, complete_task, release_task
from workflows.errors import InstanceEnded, InstanceSuspended, ReasonMissing, RoleMissing
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due


def actions(case: Case) -> list[str]:
    return [event["action"] for event in case.uow.journal.read(f"instance:{case.id}")]


def test_no_task_of_a_suspended_case_moves(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    told = suspend_instance(cast.uow, cast["operator"], case.id, "The seal is being checked.", "one")
    assert told.status == "suspended"
    assert (
        suspend_instance(cast.uow, cast["operator"], case.id, "The seal is being checked.", "one").id
        == case.id
    )
    assert suspend_instance(cast.uow, cast["administrator"], case.id, "Again.").status == "suspended"
    refused(cast, InstanceSuspended, claim_task, cast["approves"], task_id)
    refused(cast, InstanceSuspended, release_task, cast["approves"], task_id)
    refused(cast, InstanceSuspended, complete_task, cast["approves"], task_id, "approved", {})
    assert resume_instance(cast.uow, cast["operator"], case.id).status == "active"
    case.approve()
    assert case.open() == {"payment"}
    assert [one for one in actions(case) if one.startswith("instance.")] == [
        "instance.started",
        "instance.suspended",
        "instance.resumed",
    ]
    assert "seal" not in str(cast.uow.journal.read(f"instance:{case.id}"))
    assert replay_instance(cast.uow, case.id).ok


def test_timers_rest_while_suspended_and_fire_at_once_afterwards(cast: Cast, clock: FixedClock) -> None:
    deploy_package(cast.uow, SYSTEM, timed_files())
    case = begin(cast)
    case.submit()
    suspend_instance(cast.uow, cast["operator"], case.id, "Looked at.")
    clock.advance(timedelta(hours=49))
    assert run_due(cast.uow) == 0
    assert case.open() == {"review"}
    resume_instance(cast.uow, cast["operator"], case.id, "All is well.")
    with pytest.raises(InstanceEnded):
        complete_task(cast.uow, cast["approves"], case.task("review"), "approved", {})
    assert actions(case)[-3:] == ["instance.resumed", "timer.fired", "instance.completed"]
    assert replay_instance(cast.uow, case.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_suspended_case_can_still_be_ended(cast: Cast) -> None:
    for ended_by in ("operator", "asks"):
        case = begin(cast)
        case.submit()
        suspend_instance(cast.uow, cast["operator"], case.id, "Looked at.")
        if ended_by == "operator":
            cancel_instance(cast.uow, cast["operator"], case.id, "Forged.")
        else:
            withdraw_instance(cast.uow, cast["asks"], case.id)
        assert cast.uow.session.get_one(Instance, case.id, populate_existing=True).status == "cancelled"
        refused(cast, InstanceEnded, resume_instance, cast["operator"], case.id)
        assert replay_instance(cast.uow, case.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_operators_and_administrators_suspend_and_say_why(case: Case, cast: Cast) -> None:
    case.submit()
    for who in ("asks", "approves", "auditor"):
        refused(cast, RoleMissing, suspend_instance, cast[who], case.id, "Because.")
        refused(cast, RoleMissing, resume_instance, cast[who], case.id)
    refused(cast, NotFound, suspend_instance, cast["stranger"], case.id, "Because.")
    refused(cast, ReasonMissing, suspend_instance, cast["operator"], case.id, "  ")
