"""Signers who come and go while a countersigned task is open (rule 12)."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.models import Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands.parts import lanes_apart, played_by, refusal_of_account, refusal_of_lane
from workflows.commands.quarantine import quarantines
from workflows.commands.results import facts_of, read_task_result, task_result
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.tasks import require_fresh, require_open
from workflows.commands.timers import after_due_timers
from workflows.deployed import Deployed, deployed
from workflows.engine import AddSigner, RemoveSigner
from workflows.errors import (
    DomainError,
    InstanceQuarantined,
    InstanceSuspended,
    LanesNotSeparate,
    NotCountersigned,
    ReasonMissing,
    SignatureNotNeeded,
    SignersFixed,
    SignerUnfit,
)
from workflows.events import Event
from workflows.lines import paragraph
from workflows.queries.views import TaskResult
from workflows.signatures import countersigned, signs_by_lane
from workflows.standing import require_visible_case, task_facts
from workflows.subjects import keep_reason

ADD, REMOVE = "add_signer", "remove_signer"
MAX_REASON: Final = 500


@quarantines
@after_due_timers
def add_signer(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    signer: str,
    reason: str | None = None,
    task_version: int | None = None,
    idempotency_key: str | None = None,
) -> TaskResult:
    """Let one more sign a countersigned task that is open: an account by its id, or a lane where departments sign.

    `task_id` is any part of it. Raises SignerUnfit, SignerApplicantSide, SignerNoLane, LaneUnbound, LanesNotSeparate,
    SignerTwice, SignersFull, SignersFixed, SignatureNotNeeded, TaskNotOpen, NotCountersigned, NotAllowed, NotFound.
    """
    said = paragraph(reason or "", "reason", MAX_REASON)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of(ADD, task_id, signer, said)) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = _locked(uow, actor, task_id, task_version)
        signer = _normal(version, task, signer)
        _require_offered(uow, actor, version, task, instance, ADD, signer)
        policy.require(_refusal_of(uow, version, task, instance, signer))
        _require_apart(uow, actor, version, task, instance, signer)
        _move(uow, actor, version, task, instance, AddSigner(task.whole_key or "", signer), said)
        return done(task_result(uow, actor, version, task, instance), task.id)


@quarantines
@after_due_timers
def remove_signer(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    signer: str,
    reason: str | None = None,
    task_version: int | None = None,
    idempotency_key: str | None = None,
) -> TaskResult:
    """Take a signer away who has not signed; what the others have signed may then decide. The reason is asked for.

    Raises ReasonMissing, SignerUnknown, SignerDone, SignerNeeded, SignersFixed, SignatureNotNeeded, TaskNotOpen,
    NotCountersigned, NotAllowed, NotFound.
    """
    said = paragraph(reason or "", "reason", MAX_REASON)
    with uow.begin(actor, idempotency_key, uow.fingerprint_of(REMOVE, task_id, signer, said)) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = _locked(uow, actor, task_id, task_version)
        signer = _normal(version, task, signer)
        _require_offered(uow, actor, version, task, instance, REMOVE, signer)
        if not said:
            raise ReasonMissing
        _move(uow, actor, version, task, instance, RemoveSigner(task.whole_key or "", signer), said)
        return done(task_result(uow, actor, version, task, instance), task.id)


def _locked(
    uow: UnitOfWork, actor: Actor, task_id: UUID, task_version: int | None
) -> tuple[Task, Instance, Deployed]:
    """Lock instance and task; refuse whoever may not change the signers, and what is no open countersigned task."""
    task, instance = uow.lock_task(task_id)
    if not policy.is_candidate(actor, facts_of(task, instance.organisation_id)):
        require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "task", task.id)
    parts = _open_parts(uow, task)
    works = any(_works_on(uow, actor, part, instance) for part in parts or [task])
    facts = task_facts(uow.session, actor, task, instance)
    policy.require(policy.refusal_of_signers(actor, facts, works=works))
    if instance.quarantined_at is not None:
        raise InstanceQuarantined
    if instance.status == "suspended":
        raise InstanceSuspended
    version = deployed(uow.session, instance.definition_id)
    if task.signer is None:
        raise NotCountersigned
    if not parts:
        require_open(uow, actor, version, task, instance)
        raise SignatureNotNeeded
    require_fresh(uow, actor, version, task, instance, task_version)
    return task, instance, version


def _works_on(uow: UnitOfWork, actor: Actor, part: Task, instance: Instance) -> bool:
    """Tell whether the actor holds or may claim a part, or could have before it was closed."""
    if not policy.is_candidate(actor, facts_of(part, instance.organisation_id)):
        return False
    if part.status == "open" and part.assignee_id not in (None, actor.account_id):
        return False
    return policy.refusal_of_work(actor, task_facts(uow.session, actor, part, instance)) is None


def _open_parts(uow: UnitOfWork, task: Task) -> list[Task]:
    """Return the open parts of the whole that a task is a part of."""
    rows = uow.session.scalars(
        select(Task)
        .where(Task.instance_id == task.instance_id, Task.whole_key == task.whole_key, Task.status == "open")
        .order_by(Task.run)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _normal(version: Deployed, task: Task, signer: str) -> str:
    """Return a signer as the engine knows it: the id of a lane, or that of an account in its one spelling."""
    if signs_by_lane(version.element(task.element_id)):
        return signer
    try:
        return str(UUID(signer))
    except ValueError:
        raise SignerUnfit from None


def _refusal_of(
    uow: UnitOfWork, version: Deployed, task: Task, instance: Instance, signer: str
) -> DomainError | None:
    element, place = version.element(task.element_id), version.at(task.element_id)
    if signs_by_lane(element):
        return refusal_of_lane(uow, place, instance, signer)
    return refusal_of_account(uow, place, instance, element.lane or "", UUID(signer))


def _require_offered(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance, verb: str, signer: str
) -> None:
    """Raise SignersFixed unless the package offers the verb.

    Where a signer cannot sign any more (disabled, of the group no longer), operators replace them all the same: the
    case would stand still for ever.
    """
    if verb in version.at(task.element_id).settings.verbs:
        return
    if not policy.may_operate(actor):
        raise SignersFixed
    whole = countersigned(version, instance, task.whole_key)
    waiting = [one.signer for one in whole.signatures if one.state != "signed"] if whole else []
    lost = [one for one in waiting if _refusal_of(uow, version, task, instance, one)]
    if not lost or (verb == REMOVE and signer not in lost):
        raise SignersFixed


def _require_apart(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance, signer: str
) -> None:
    """Raise LanesNotSeparate when a department would sign whose organisation has played the other side (K15)."""
    if not signs_by_lane(version.element(task.element_id)):
        return
    place = version.at(task.element_id)
    played = select(Task.lane).where(
        Task.instance_id == instance.id,
        Task.lane.in_(lanes_apart(place, signer)),
        Task.organisation_id == played_by(uow, place, signer),
    )
    other = uow.session.scalar(played.limit(1))
    if other is not None:
        titles = (place.lane_title(lane, actor.language) for lane in (signer, other))
        raise LanesNotSeparate(*titles)


def _move(
    uow: UnitOfWork,
    actor: Actor,
    version: Deployed,
    task: Task,
    instance: Instance,
    command: AddSigner | RemoveSigner,
    said: str,
) -> None:
    commitments, text = keep_reason(uow, actor, said) if said else ({}, {})
    step = run_step(uow, version, instance, command)
    keep_step(
        uow,
        instance,
        step,
        Event.TASK_SIGNER_ADDED if isinstance(command, AddSigner) else Event.TASK_SIGNER_REMOVED,
        task=task,
        definition_sha256=version.sha256,
        commitments=commitments,
        details={"key": command.key, "element": task.element_id, "signer": command.signer, **text},
    )
    apply_step(uow, version, instance, step)
