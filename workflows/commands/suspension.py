"""Suspend and resume a case: nothing moves in between, what became due meanwhile happens at once afterwards."""

from typing import Final
from uuid import UUID

from sqlalchemy import update

from storage.actor import Actor, Role
from storage.models import Instance, Job
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands.quarantine import quarantines
from workflows.commands.results import case_result, read_case_result
from workflows.commands.timers import after_due_timers
from workflows.commands.waits import put_next_due
from workflows.deployed import deployed
from workflows.errors import InstanceEnded, InstanceQuarantined, ReasonMissing, RoleMissing
from workflows.events import Event
from workflows.lines import paragraph
from workflows.queries.views import CaseResult
from workflows.standing import require_visible_case
from workflows.subjects import keep_reason

MAX_REASON: Final = 500


@quarantines
@after_due_timers
def suspend_instance(
    uow: UnitOfWork, actor: Actor, instance_id: UUID, reason: str, idempotency_key: str | None = None
) -> CaseResult:
    """Stop a case, with a reason: no task, timer or message moves it until it is resumed.

    It can still be cancelled or withdrawn, and what a service outside has done already is taken. For operators and
    administrators. Raises ReasonMissing, InstanceEnded, InstanceQuarantined, RoleMissing, NotFound.
    """
    return _switch(uow, actor, instance_id, "suspended", reason, idempotency_key)


@quarantines
@after_due_timers
def resume_instance(
    uow: UnitOfWork, actor: Actor, instance_id: UUID, reason: str = "", idempotency_key: str | None = None
) -> CaseResult:
    """Let a suspended case go on; timers that became due meanwhile fire at once. Raises like suspend_instance."""
    return _switch(uow, actor, instance_id, "active", reason, idempotency_key)


def _switch(
    uow: UnitOfWork, actor: Actor, instance_id: UUID, status: str, reason: str, key: str | None
) -> CaseResult:
    reason = paragraph(reason, "reason", MAX_REASON)
    with uow.begin(actor, key, uow.fingerprint_of("switch", instance_id, status, reason)) as done:
        if done.repeated:
            return read_case_result(uow, actor, done.resource_id)
        instance = uow.lock_instance(instance_id)
        require_visible_case(
            uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id
        )
        if not policy.may_operate(actor):
            raise RoleMissing(Role.OPERATOR)
        if instance.quarantined_at is not None:
            raise InstanceQuarantined
        if not reason and status == "suspended":
            raise ReasonMissing
        if instance.status not in ("active", "suspended"):
            raise InstanceEnded(instance.status, instance.outcome, instance.ended_at)
        version = deployed(uow.session, instance.definition_id)
        if instance.status != status:
            instance.status = status
            put_next_due(uow, instance)
            if status == "active":
                _wake_jobs(uow, instance)
            commitments, text = keep_reason(uow, actor, reason) if reason else ({}, {})
            uow.journal.record(
                Event.INSTANCE_SUSPENDED if status == "suspended" else Event.INSTANCE_RESUMED,
                instance=instance,
                definition_sha256=version.sha256,
                commitments=commitments,
                details=text,
            )
        return done(case_result(uow, actor, version, instance), instance.id)


def _wake_jobs(uow: UnitOfWork, instance: Instance) -> None:
    """Let work that waited for the resumption be done now."""
    uow.session.execute(
        update(Job)
        .where(Job.instance_id == instance.id, Job.status == "waiting", Job.lease_token.is_(None))
        .values(due_at=uow.clock.now())
        .execution_options(synchronize_session=False)
    )
