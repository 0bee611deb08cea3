"""Claim, release, complete: the verbs of a user task."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, select

from storage.actor import Actor
from storage.chain import instance_stream
from storage.errors import NotFound
from storage.models import Draft, Instance, Submission, Task
from storage.models import Event as EventRow
from storage.prepared import Prepared
from storage.state import state_digest
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands import answers as answering
from workflows.commands.corrections import record_correction
from workflows.commands.parts import control_of
from workflows.commands.quarantine import quarantines
from workflows.commands.results import facts_of, read_task_result, shown_name, task_result
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.timers import after_due_timers
from workflows.deployed import Deployed, deployed
from workflows.engine import Advance, Complete
from workflows.errors import (
    DraftChanged,
    InstanceEnded,
    InstanceQuarantined,
    InstanceSuspended,
    NotHolder,
    SignatureInPerson,
    SignatureNotNeeded,
    StaleTask,
    TaskAlreadyClaimed,
    TaskNotOpen,
    UnknownOutcome,
)
from workflows.events import Event
from workflows.queries.names import name_of
from workflows.queries.views import TaskResult
from workflows.signatures import signer_of
from workflows.standing import require_visible_case, task_facts


@quarantines
@after_due_timers
def claim_task(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    task_version: int | None = None,
    idempotency_key: str | None = None,
) -> TaskResult:
    """Take a task, so that colleagues know who works on it. Claiming what one holds is success.

    Raises TaskAlreadyClaimed naming the holder, TaskNotOpen, StaleTask, ApplicantSide, OwnApplication, NotFound.
    """
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("claim", task_id)) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = find_locked(uow, actor, task_id)
        require_open(uow, actor, version, task, instance)
        if task.assignee_id != actor.account_id:
            require_free(uow, actor, version, task, instance)
            require_fresh(uow, actor, version, task, instance, task_version)
            take(uow, actor, task)
            uow.journal.record(
                Event.TASK_CLAIMED, instance=instance, task=task, definition_sha256=version.sha256
            )
        return done(task_result(uow, actor, version, task, instance), task.id)


@quarantines
@after_due_timers
def release_task(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    task_version: int | None = None,
    idempotency_key: str | None = None,
) -> TaskResult:
    """Give a task back to its group. Releasing what nobody holds is success; its draft stays.

    Raises NotHolder, SignatureInPerson, TaskNotOpen, StaleTask, NotFound.
    """
    with uow.begin(actor, idempotency_key, uow.fingerprint_of("release", task_id)) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = find_locked(uow, actor, task_id)
        require_open(uow, actor, version, task, instance)
        if task.assignee_id is not None:
            if task.assignee_id != actor.account_id:
                raise NotHolder
            if signer_of(task) is not None:
                raise SignatureInPerson
            require_fresh(uow, actor, version, task, instance, task_version)
            task.assignee_id = task.claimed_at = None
            task.version += 1
            uow.journal.record(
                Event.TASK_RELEASED, instance=instance, task=task, definition_sha256=version.sha256
            )
        return done(task_result(uow, actor, version, task, instance), task.id)


@quarantines
@after_due_timers
def complete_task(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    outcome: str,
    answers: Mapping[str, Any],
    task_version: int | None = None,
    idempotency_key: str | None = None,
    draft_revision: int | None = None,
) -> TaskResult:
    """Finish a user task and move the process on. Completing an unclaimed task as a candidate claims it.

    Doing it again with the same answers is success, with others TaskNotOpen: they would be lost. `draft_revision` is the
    draft that the answers contain, 0 for none: with it, nothing that a colleague typed meanwhile goes unseen.

    Raises InvalidForm naming the fields, DraftChanged, UnknownOutcome, StaleTask, TaskAlreadyClaimed, TaskNotOpen, the refusals
    of row handlers such as RegisterKeyTaken, NotFound; a refusal leaves nothing behind.
    """
    loaded = _load(uow, actor, task_id, outcome, answers)
    fingerprint = uow.fingerprint_of("complete", task_id, outcome, answering.plain(answers))
    with uow.begin(actor, idempotency_key, fingerprint, task_id) as done:
        if done.repeated:
            return read_task_result(uow, actor, done.resource_id)
        task, instance, version = find_locked(uow, actor, task_id)
        mine = task.status == "completed" and (task.ended_by, task.outcome) == (actor.account_id, outcome)
        if mine and _said_before(uow, task, loaded):
            return done(task_result(uow, actor, version, task, instance), task.id)
        require_open(uow, actor, version, task, instance)
        require_free(uow, actor, version, task, instance)
        require_fresh(uow, actor, version, task, instance, task_version)
        if loaded.state_version != instance.state_version:
            state = (instance.state, instance.state_version)
            loaded = answering.load(uow, actor, version, task, state, outcome, answers)
        submission = loaded.checked
        kept = answering.Kept()
        if submission is not None:
            kept = answering.keep(uow, actor, version, task, instance, submission)
        values = {**control_of(version, task, submission), "outcome": outcome}
        was_free = task.assignee_id is None
        if draft_revision is not None:
            _require_draft(uow, task, draft_revision)
        finish(uow, actor, task, outcome)
        step = run_step(uow, version, instance, Complete(task.key, values))
        keep_step(
            uow,
            instance,
            step,
            Event.TASK_COMPLETED,
            task=task,
            definition_sha256=version.sha256,
            inputs=values,
            submission_id=kept.submission_id,
            commitments=kept.commitments,
            attachments=kept.attachments,
            details={"claimed": was_free, "lane": task.lane, "version": task.version},
        )
        if submission is not None:
            record_correction(uow, version, task, instance, kept.submission_id)
        if version.outcome_kind(task.element_id, outcome) == "return" and decides(task, step):
            _record_return(uow, version, task, instance, kept)
        apply_step(uow, version, instance, step)
        return done(task_result(uow, actor, version, task, instance), task.id)


def _require_draft(uow: UnitOfWork, task: Task, revision: int) -> None:
    """Raise DraftChanged when the draft is no longer the one that the answers contain."""
    row = uow.session.execute(
        select(Draft.revision, Draft.saved_by, Draft.saved_at).where(
            Draft.task_id == task.id, Draft.round == task.round, Draft.organisation_id == task.organisation_id
        )
    ).first()
    if row is not None and row.revision != revision:
        raise DraftChanged(name_of(uow, row.saved_by), row.saved_at, row.revision)


def decides(task: Task, step: Advance) -> bool:
    """Tell whether the outcome of a task is that of its element: one signature of several says nothing alone."""
    tallies = [entry.values["value"] for entry in step.trail if entry.kind == "tally"]
    mine = [value for value in tallies if isinstance(value, dict)]
    return task.signer is None or (bool(mine) and mine[0].get("outcome") is not None)


def find_locked(uow: UnitOfWork, actor: Actor, task_id: UUID) -> tuple[Task, Instance, Deployed]:
    """Lock instance and task, and answer NotFound to strangers, NotAllowed to those who may only look."""
    task, instance = uow.lock_task(task_id)
    facts = task_facts(uow.session, actor, task, instance)
    if not policy.is_candidate(actor, facts) and task.ended_by != actor.account_id:
        require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "task", task.id)
    policy.require(policy.refusal_of_work(actor, facts))
    if instance.quarantined_at is not None:
        raise InstanceQuarantined
    if instance.status == "suspended":
        raise InstanceSuspended
    return task, instance, deployed(uow.session, instance.definition_id)


def require_open(uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance) -> None:
    """Raise TaskNotOpen telling who ended the task and when, InstanceEnded when the whole case was ended."""
    if task.status == "open":
        return
    if task.ended_by is None and instance.status != "active":
        raise InstanceEnded(instance.status, instance.outcome, instance.ended_at)
    if task.ended_by is None and task.signer is not None:
        raise SignatureNotNeeded
    raise TaskNotOpen(shown_name(uow, actor, version, task, instance, task.ended_by), task.ended_at)


def require_free(uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance) -> None:
    """Raise TaskAlreadyClaimed naming the holder, unless nobody or the actor holds the task."""
    if task.assignee_id in (None, actor.account_id):
        return
    holder = shown_name(uow, actor, version, task, instance, task.assignee_id)
    raise TaskAlreadyClaimed(holder, task.claimed_at)


def require_fresh(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance, task_version: int | None
) -> None:
    """Raise StaleTask telling who changed the task, when the request was made on an older version of it."""
    if task_version is None or task_version == task.version:
        return
    last = uow.session.execute(
        select(EventRow.actor_id, EventRow.at)
        .where(
            EventRow.stream == instance_stream(instance),
            # Nothing was done with it yet: then it is news since it was opened.
            (EventRow.task_id == task.id) | (EventRow.at <= task.created_at),
        )
        .order_by(EventRow.seq.desc())
        .limit(1)
    ).first()
    by = shown_name(uow, actor, version, task, instance, last.actor_id if last else None)
    raise StaleTask(by, last.at if last else None, task.version)


def take(uow: UnitOfWork, actor: Actor, task: Task) -> None:
    """Make the actor the holder of a free task."""
    task.assignee_id = actor.account_id
    task.claimed_at = uow.clock.now()
    task.version += 1


def _load(
    uow: UnitOfWork, actor: Actor, task_id: UUID, outcome: str, answers: Mapping[str, Any]
) -> answering.Answers:
    """Check outcome and answers before the lock. Nothing of the task shows here: a stranger learns the same."""
    found = _TASK_AND_STATE.first(uow.session, {"task": task_id})
    if found is None:
        raise NotFound(kind="task", id=task_id)
    task: Task = found  # its columns: nothing here changes it
    facts = facts_of(task, found.applicant)
    digest = state_digest(task.instance_id, found.state_version, found.definition_id, found.state)
    if not policy.is_candidate(actor, facts) or found.quarantined_at or digest != found.state_sha256:
        return answering.Answers(None, None)  # refused under the lock; a damaged state is never read
    version = deployed(uow.session, found.definition_id)
    declared = version.at(task.element_id).settings.outcomes
    if outcome not in {known.key for known in declared}:
        raise UnknownOutcome(outcome, tuple(known.key for known in declared))
    state = (found.state, found.state_version)
    return answering.load(uow, actor, version, task, state, outcome, answers)


_TASK_AND_STATE: Final = Prepared(
    select(
        *Task.__table__.c,
        Instance.definition_id,
        Instance.state,
        Instance.state_version,
        Instance.state_sha256,
        Instance.organisation_id.label("applicant"),
        Instance.quarantined_at,
    )
    .join(Instance, Instance.id == Task.instance_id)
    .where(Task.id == bindparam("task", type_=Uuid()))
)
_FORGET_DRAFT: Final = Prepared(
    delete(Draft.__table__).where(  # type: ignore[arg-type]
        Draft.task_id == bindparam("task", type_=Uuid()), Draft.round == bindparam("in_round")
    )
)


def _said_before(uow: UnitOfWork, task: Task, loaded: answering.Answers) -> bool:
    """Tell whether a completed task has these very answers: another tab's must not be taken for kept."""
    if loaded.fault is not None:
        return False
    kept = uow.session.scalar(
        select(Submission).where(Submission.task_id == task.id, Submission.round == task.round)
    )
    if kept is None or loaded.submission is None:
        return kept is None and loaded.submission is None
    return answering.are_kept(uow, kept, loaded.submission)


def finish(uow: UnitOfWork, actor: Actor, task: Task, outcome: str) -> None:
    """Write who ended a task, when and how; its draft goes."""
    now = uow.clock.now()
    task.status = "completed"
    task.outcome = outcome
    task.ended_by = actor.account_id
    task.ended_at = now
    task.assignee_id = actor.account_id
    task.claimed_at = task.claimed_at or now
    task.version += 1
    _FORGET_DRAFT.write(uow.session, {"task": task.id, "in_round": task.round})


def _record_return(
    uow: UnitOfWork, version: Deployed, task: Task, instance: Instance, kept: answering.Kept
) -> None:
    """Say in its own event that the case went back: which fields are marked; the reasons are commitments."""
    uow.journal.record(
        Event.TASK_RETURNED,
        instance=instance,
        task=task,
        definition_sha256=version.sha256,
        submission_id=kept.submission_id,
        commitments=kept.commitments,
        details={"marks": list(kept.marks), "outcome": task.outcome},
    )
