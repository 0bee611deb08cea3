"""Ending a whole case from outside its drawing: withdrawn, cancelled, expired. Nothing of it stays open."""

from collections.abc import Mapping
from typing import Any, Final

from storage.models import Instance
from storage.unit_of_work import UnitOfWork
from workflows.commands.steps import cancel_tasks, close_orders, keep_step, run_step
from workflows.commands.waits import drop_waits
from workflows.deployed import Deployed
from workflows.engine import Cancel
from workflows.events import Event
from workflows.unused_files import let_go

EVENTS: Final = {
    "withdrawn": Event.INSTANCE_WITHDRAWN,
    "cancelled": Event.INSTANCE_CANCELLED,
    "expired": Event.INSTANCE_EXPIRED,
}


def end_case(
    uow: UnitOfWork,
    version: Deployed,
    instance: Instance,
    outcome: str,
    details: Mapping[str, Any],
    commitments: Mapping[str, str] | None = None,
) -> None:
    """End a case with an outcome of EVENTS: tokens, tasks, drafts, held files, timers and open orders all go.

    What was handed in stays, and money that arrived. Raises StepFailed.
    """
    step = run_step(uow, version, instance, Cancel())
    instance.status = "cancelled"
    instance.outcome = outcome
    instance.ended_at = uow.clock.now()
    drop_waits(uow, instance)
    keep_step(
        uow,
        instance,
        step,
        EVENTS[outcome],
        definition_sha256=version.sha256,
        inputs={"outcome": outcome},
        commitments=commitments or {},
        details={"outcome": outcome, **details},
    )
    cancel_tasks(uow, instance)
    close_orders(uow, instance)
    let_go(uow, instance.id)
