"""Incidents: let the work behind one be tried again, do it by hand, or close it. For operators and administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Incident, Instance, Job
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands.quarantine import quarantines
from workflows.commands.steps import OUTSIDE_KIND, apply_step, keep_step, run_step
from workflows.commands.timers import after_due_timers
from workflows.commands.waits import again
from workflows.deployed import deployed
from workflows.engine import Complete, Fail, NotOpen
from workflows.errors import (
    FieldInvalid,
    IncidentClosed,
    InstanceEnded,
    InstanceQuarantined,
    NothingToRetry,
    NothingToSkip,
    ReasonMissing,
)
from workflows.events import Event
from workflows.handlers import HANDLERS
from workflows.lines import one_line, paragraph
from workflows.papers.kinds import KEY_OF_PAPERS
from workflows.queries.incidents import incident_view
from workflows.queries.views import IncidentView
from workflows.subjects import keep_reason

MAX_REASON: Final = 500
MAX_CODE: Final = 100


@quarantines
@after_due_timers
def retry_incident(
    uow: UnitOfWork, actor: Actor, incident_id: UUID, idempotency_key: str | None = None
) -> IncidentView:
    """Let the failed work be done again, from its first try, or the failed timer fire, and close the incident.

    Raises NothingToRetry, IncidentClosed, InstanceEnded, InstanceQuarantined, RoleMissing, NotFound.
    """
    policy.require_operator(actor)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("retry", incident_id)) as done:
        if done.repeated:
            return incident_view(uow, actor, _found(uow, done.resource_id))
        incident, instance = _locked(uow, incident_id)
        if incident.resolution == "retried":
            return done(incident_view(uow, actor, incident), incident.id)
        _require_open(incident)
        if not (incident.task_key or "").startswith(KEY_OF_PAPERS):  # a decision is issued after the end
            _require_running(instance)
        if instance is None or incident.task_key is None:
            raise NothingToRetry
        if not uow.jobs.again(instance.id, incident.task_key) and not again(uow, instance, incident.task_key):
            raise NothingToRetry
        uow.journal.record(
            Event.INCIDENT_RETRIED,
            instance=instance,
            details={"incident": incident.id, "key": incident.task_key},
        )
        _close(uow, actor, incident, "retried")
        return done(incident_view(uow, actor, incident), incident.id)


@quarantines
@after_due_timers
def skip_service_task(
    uow: UnitOfWork,
    actor: Actor,
    incident_id: UUID,
    values: Mapping[str, Any],
    reason: str,
    idempotency_key: str | None = None,
) -> IncidentView:
    """Give by hand the result that a service task outside did not bring, say why, and move the process on.

    The values have to fit the handler's output. Raises FieldInvalid naming a value, ReasonMissing, NothingToSkip when
    no service task waits behind the incident, IncidentClosed, InstanceEnded, RoleMissing, NotFound.
    """
    policy.require_operator(actor)
    reason = paragraph(reason, "reason", MAX_REASON)
    with uow.begin(
        actor, idempotency_key, uow.fingerprint_of("skip", incident_id, reason, _texts(values))
    ) as done:
        if done.repeated:
            return incident_view(uow, actor, _found(uow, done.resource_id))
        waiting = _waiting(uow, incident_id, reason)
        result = HANDLERS[waiting.handler].read_output(values)
        _settle(
            uow, actor, waiting, Complete(waiting.key, result), Event.SERVICE_TASK_SKIPPED, "skipped", reason
        )
        return done(incident_view(uow, actor, waiting.incident), incident_id)


@quarantines
@after_due_timers
def fail_service_task(
    uow: UnitOfWork,
    actor: Actor,
    incident_id: UUID,
    error: str,
    reason: str,
    idempotency_key: str | None = None,
) -> IncidentView:
    """Let a service task outside that brought no result end with a business error that its handler declares.

    A boundary event of the drawing catches it; else the application fails. Raises FieldInvalid for another code, and
    like skip_service_task.
    """
    policy.require_operator(actor)
    reason = paragraph(reason, "reason", MAX_REASON)
    error = one_line(error, "error", MAX_CODE)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("fail", incident_id, reason, error)) as done:
        if done.repeated:
            return incident_view(uow, actor, _found(uow, done.resource_id))
        waiting = _waiting(uow, incident_id, reason)
        if error not in HANDLERS[waiting.handler].errors:
            raise FieldInvalid(field="error")
        _settle(uow, actor, waiting, Fail(waiting.key, error), Event.SERVICE_TASK_FAILED, "failed", reason)
        return done(incident_view(uow, actor, waiting.incident), incident_id)


def close_incident(
    uow: UnitOfWork, actor: Actor, incident_id: UUID, reason: str, idempotency_key: str | None = None
) -> IncidentView:
    """Close an incident that was settled in another way, and say how. Nothing else happens.

    Raises ReasonMissing, IncidentClosed when it was retried or skipped, RoleMissing, NotFound.
    """
    policy.require_operator(actor)
    reason = paragraph(reason, "reason", MAX_REASON)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("close", incident_id, reason)) as done:
        if done.repeated:
            return incident_view(uow, actor, _found(uow, done.resource_id))
        incident = _found(uow, incident_id, lock=True)
        if incident.resolution == "closed":
            return done(incident_view(uow, actor, incident), incident.id)
        _require_open(incident)
        if not reason:
            raise ReasonMissing
        commitments, text = keep_reason(uow, actor, reason)
        _close(uow, actor, incident, "closed", commitments, text)
        return done(incident_view(uow, actor, incident), incident.id)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A service task that waits behind an incident, its case locked."""

    incident: Incident
    instance: Instance
    key: str
    handler: str


def _waiting(uow: UnitOfWork, incident_id: UUID, reason: str) -> _Waiting:
    incident, instance = _locked(uow, incident_id)
    _require_open(incident)
    if not reason:
        raise ReasonMissing
    _require_running(instance)
    job = _job_of(uow, incident)
    if instance is None or job is None or job.task_key is None:
        raise NothingToSkip
    return _Waiting(incident, instance, job.task_key, job.kind.removeprefix(OUTSIDE_KIND))


def _settle(
    uow: UnitOfWork,
    actor: Actor,
    waiting: _Waiting,
    command: Complete | Fail,
    event: Event,
    resolution: str,
    reason: str,
) -> None:
    """Say in the place of the handler what came of its work, and move the process on."""
    incident, instance = waiting.incident, waiting.instance
    version = deployed(uow.session, instance.definition_id)
    try:
        step = run_step(uow, version, instance, command)
    except NotOpen:
        raise NothingToSkip from None
    commitments, text = keep_reason(uow, actor, reason)
    failed = {"error": command.error} if isinstance(command, Fail) else {}
    keep_step(
        uow,
        instance,
        step,
        event,
        definition_sha256=version.sha256,
        inputs=command.values if isinstance(command, Complete) else None,
        commitments=commitments,
        details={
            "key": waiting.key,
            "handler": waiting.handler,
            "incident": incident.id,
            **failed,
            **text,
        },
    )
    uow.jobs.drop(instance.id, waiting.key)
    _close(uow, actor, incident, resolution)
    apply_step(uow, version, instance, step)


def _found(uow: UnitOfWork, incident_id: UUID | None, *, lock: bool = False) -> Incident:
    wanted = select(Incident).where(Incident.id == incident_id).execution_options(populate_existing=True)
    incident = uow.session.scalar(wanted.with_for_update() if lock else wanted)
    if incident is None:
        raise NotFound(kind="incident", id=incident_id)
    return incident


def _locked(uow: UnitOfWork, incident_id: UUID) -> tuple[Incident, Instance | None]:
    """Lock the instance before its incident, as every command does; an incident of no instance stands alone."""
    instance_id = _found(uow, incident_id).instance_id
    instance = uow.lock_instance(instance_id) if instance_id else None
    return _found(uow, incident_id, lock=True), instance


def _require_open(incident: Incident) -> None:
    if incident.closed_at is not None:
        raise IncidentClosed(incident.resolution or "closed")


def _require_running(instance: Instance | None) -> None:
    if instance is None:
        return
    if instance.quarantined_at is not None:
        raise InstanceQuarantined
    if instance.status not in ("active", "suspended"):
        raise InstanceEnded(instance.status, instance.outcome, instance.ended_at)


def _job_of(uow: UnitOfWork, incident: Incident) -> Job | None:
    """Return the job of a service task that was given up, None when the incident is about something else."""
    return uow.session.scalar(
        select(Job).where(
            Job.instance_id == incident.instance_id,
            Job.task_key == incident.task_key,
            Job.status == "failed",
            Job.kind.startswith(OUTSIDE_KIND, autoescape=True),
        )
    )


def _close(
    uow: UnitOfWork,
    actor: Actor,
    incident: Incident,
    resolution: str,
    commitments: Mapping[str, str] | None = None,
    text: Mapping[str, str] | None = None,
) -> None:
    incident.closed_at = uow.clock.now()
    incident.closed_by = actor.account_id
    incident.resolution = resolution
    details = {
        "instance": incident.instance_id,
        "incident": incident.id,
        "resolution": resolution,
        **(text or {}),
    }
    uow.journal.record(Event.INCIDENT_CLOSED, stream="system", commitments=commitments, details=details)


def _texts(values: Mapping[str, Any]) -> str:
    """Return given values in a form that a fingerprint can cover, whatever a program sent."""
    return repr(sorted(values.items(), key=lambda item: item[0]))
