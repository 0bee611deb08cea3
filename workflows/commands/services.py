"""The result of work outside, or its business error: it comes back as a command of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Instance
from storage.unit_of_work import UnitOfWork
from workflows.commands.quarantine import quarantines
from workflows.commands.steps import apply_step, fail_step, keep_step, run_step
from workflows.commands.timers import after_due_timers
from workflows.deployed import Deployed, deployed
from workflows.engine import Complete, NotOpen
from workflows.errors import DomainError
from workflows.events import Event
from workflows.handlers import BusinessError


@quarantines
@after_due_timers
def complete_service(
    uow: UnitOfWork,
    instance_id: UUID,
    task_key: str,
    handler: str,
    values: Mapping[str, Any],
    lease: tuple[UUID, UUID],
) -> bool:
    """Bring a result back into its process, together with the end of its job; tell whether it was still wanted.

    A result that comes after a withdrawal or a return is recorded and ignored. Raises LeaseLost when the job went
    to another worker meanwhile; then nothing of this happened.
    """
    with uow.begin(SYSTEM) as done:
        uow.jobs.finish(*lease)
        instance = uow.lock_instance(instance_id)
        version = deployed(uow.session, instance.definition_id)
        details = {"key": task_key, "handler": handler}
        try:
            step = run_step(uow, version, instance, Complete(task_key, values))
        except NotOpen:
            _ignore(uow, version, instance, details, values)
            return done(False)
        keep_step(
            uow,
            instance,
            step,
            Event.SERVICE_TASK_COMPLETED,
            definition_sha256=version.sha256,
            inputs=values,
            details=details,
        )
        apply_step(uow, version, instance, step)
        return done(True)


@quarantines
@after_due_timers
def fail_service(
    uow: UnitOfWork,
    instance_id: UUID,
    task_key: str,
    handler: str,
    error: BusinessError | DomainError,
    lease: tuple[UUID, UUID],
) -> bool:
    """Bring a business error back into its process, together with the end of its job, as `complete_service` a result.

    Raises the error itself when it is a refusal of the domain that the drawing does not catch; LeaseLost.
    """
    with uow.begin(SYSTEM) as done:
        uow.jobs.finish(*lease)
        instance = uow.lock_instance(instance_id)
        version = deployed(uow.session, instance.definition_id)
        details = {"key": task_key, "handler": handler, "error": error.code}
        try:
            step = fail_step(uow, version, instance, task_key, error)
        except NotOpen:
            _ignore(uow, version, instance, details)
            return done(False)
        keep_step(
            uow,
            instance,
            step,
            Event.SERVICE_TASK_FAILED,
            definition_sha256=version.sha256,
            details=details,
        )
        apply_step(uow, version, instance, step)
        return done(True)


def _ignore(
    uow: UnitOfWork,
    version: Deployed,
    instance: Instance,
    details: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
) -> None:
    uow.journal.record(
        Event.SERVICE_RESULT_IGNORED,
        instance=instance,
        definition_sha256=version.sha256,
        inputs=values,
        details=details,
    )


def read_case_of_job(uow: UnitOfWork, instance_id: UUID) -> Instance:
    """Return the instance that a job belongs to, unlocked, for a handler that works outside."""
    return uow.session.scalars(select(Instance).where(Instance.id == instance_id)).one()
