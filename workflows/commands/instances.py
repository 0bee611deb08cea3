"""Start, withdraw, cancel: the verbs of a whole case."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor, Role
from storage.chain import GENESIS
from storage.errors import NotFound
from storage.models import Instance, Task
from storage.unit_of_work import UnitOfWork
from storage.upsert import next_serial
from workflows import engine, policy
from workflows.commands.ending import end_case
from workflows.commands.quarantine import quarantines
from workflows.commands.results import case_result, read_case_result
from workflows.commands.steps import apply_step, complete_step, keep_step, step_seed
from workflows.commands.terms import begin_term
from workflows.commands.timers import after_due_timers
from workflows.deployed import Deployed, deployed, latest
from workflows.errors import (
    InstanceEnded,
    InstanceQuarantined,
    NotAllowed,
    ReasonMissing,
    RoleMissing,
    WithdrawTooLate,
)
from workflows.events import Event
from workflows.handlers.handler import SHANGHAI
from workflows.lines import is_storable, paragraph
from workflows.players import players_of, refusal_of_start
from workflows.queries.views import CaseResult
from workflows.standing import require_visible_case
from workflows.subjects import APPLICANT, keep_reason

MAX_REASON: Final = 500


@quarantines
def start_instance(
    uow: UnitOfWork, actor: Actor, process_key: str, idempotency_key: str | None = None
) -> CaseResult:
    """Begin an application for the actor's organisation and open its first task.

    Raises LaneUnbound when a lane has nobody, LanesNotSeparate, OrganisationMissing, StepFailed, NotFound.
    """
    if not is_storable(process_key):
        raise NotFound(kind="process", id="")
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("start", process_key)) as done:
        if done.repeated:
            return read_case_result(uow, actor, done.resource_id)
        version = latest(uow.session, process_key)
        if version.package.manifest.callable_only:
            raise NotFound(kind="process", id=process_key)
        players = players_of(uow.session, version.process_keys, actor.organisation_id)
        policy.require(refusal_of_start(actor, version, players))
        now = uow.clock.now()
        instance = Instance(
            id=uow.ids.new(),
            number=new_number(uow, version, now),
            process_key=process_key,
            definition_id=version.id,
            organisation_id=actor.organisation_id,
            started_by=actor.account_id,
            status="active",
            state=b"",
            state_version=0,
            state_sha256="",
            journal_seq=0,
            journal_hash=GENESIS,
            created_at=now,
        )
        definition, seed = version.package.definition, step_seed(uow)
        step = complete_step(
            uow,
            version,
            instance,
            lambda facts: engine.start(definition, control={}, now=now, seed=seed, facts=facts),
        )
        uow.session.add(instance)
        keep_step(
            uow,
            instance,
            step,
            Event.INSTANCE_STARTED,
            definition_sha256=version.sha256,
            details={"number": instance.number, "process": process_key, "version": version.version},
        )
        uow.session.flush()  # tasks point to the row
        uow.personal.new_subject(APPLICANT, instance.id)  # whom drafts and names of files are about
        begin_term(uow, version, instance, apply_step(uow, version, instance, step))
        return done(case_result(uow, actor, version, instance), instance.id)


@quarantines
@after_due_timers
def withdraw_instance(
    uow: UnitOfWork,
    actor: Actor,
    instance_id: UUID,
    reason: str | None = None,
    idempotency_key: str | None = None,
) -> CaseResult:
    """Take an application back; what was handed in stays and a new one can be filled from it.

    Raises WithdrawTooLate once a step of the package's withdraw_not_after was opened, InstanceEnded, NotAllowed
    for staff, NotFound.
    """
    reason = _checked(reason)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("withdraw", instance_id, reason)) as done:
        if done.repeated:
            return read_case_result(uow, actor, done.resource_id)
        instance, version = _locked(uow, actor, instance_id)
        if not policy.may_withdraw(actor, instance.organisation_id):
            raise NotAllowed
        if (instance.status, instance.outcome) != ("cancelled", "withdrawn"):
            _require_running(instance)
            _require_early(uow, actor, version, instance)
            _end(uow, actor, version, instance, "withdrawn", reason)
        return done(case_result(uow, actor, version, instance), instance.id)


@quarantines
@after_due_timers
def cancel_instance(
    uow: UnitOfWork, actor: Actor, instance_id: UUID, reason: str, idempotency_key: str | None = None
) -> CaseResult:
    """End a case of somebody else, with a reason that its applicant reads.

    For operators and administrators. Raises ReasonMissing, InstanceEnded, RoleMissing, NotFound.
    """
    reason_text = _checked(reason)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("cancel", instance_id, reason_text)) as done:
        if done.repeated:
            return read_case_result(uow, actor, done.resource_id)
        instance, version = _locked(uow, actor, instance_id)
        if not policy.may_cancel(actor):
            raise RoleMissing(Role.OPERATOR)
        if not reason_text:
            raise ReasonMissing
        if (instance.status, instance.outcome) != ("cancelled", "cancelled"):
            _require_running(instance)
            _end(uow, actor, version, instance, "cancelled", reason_text)
        return done(case_result(uow, actor, version, instance), instance.id)


def new_number(uow: UnitOfWork, version: Deployed, now: datetime) -> str:
    """Give out the next number of the package's series, such as ZS-2026-000342; years turn at Shanghai's midnight."""
    template = version.package.manifest.number
    year = now.astimezone(SHANGHAI).year
    series = template.partition("{serial")[0].format(year=year).rstrip("-")
    return template.format(year=year, serial=next_serial(uow.session, series))


def _locked(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> tuple[Instance, Deployed]:
    instance = uow.lock_instance(instance_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id)
    if instance.quarantined_at is not None:
        raise InstanceQuarantined
    return instance, deployed(uow.session, instance.definition_id)


def _require_running(instance: Instance) -> None:
    if instance.status not in ("active", "suspended"):
        raise InstanceEnded(instance.status, instance.outcome, instance.ended_at)


def _require_early(uow: UnitOfWork, actor: Actor, version: Deployed, instance: Instance) -> None:
    passed = uow.session.scalar(
        select(Task.element_id)
        .where(
            Task.instance_id == instance.id,
            Task.element_id.in_(version.package.withdraw_not_after),
        )
        .order_by(Task.created_at)
        .limit(1)
    )
    if passed is not None:
        raise WithdrawTooLate(version.title(passed, actor.language))


def _end(
    uow: UnitOfWork, actor: Actor, version: Deployed, instance: Instance, outcome: str, reason: str | None
) -> None:
    commitments, text = keep_reason(uow, actor, reason) if reason else ({}, {})
    end_case(uow, version, instance, outcome, text, commitments)


def _checked(reason: str | None) -> str | None:
    return paragraph(reason or "", "reason", MAX_REASON) or None
