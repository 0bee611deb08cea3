"""The short answers of commands: plain values, built before the commit or read again for a repeated request."""

from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import Deployed, deployed
from workflows.policy import TaskFacts
from workflows.queries.names import name_of
from workflows.queries.views import CaseResult, Person, TaskResult
from workflows.signatures import signer_of
from workflows.standing import require_visible_case


def task_result(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance
) -> TaskResult:
    """Return a task as it stands in this transaction."""
    return TaskResult(
        id=task.id,
        instance_id=instance.id,
        number=instance.number,
        element_id=task.element_id,
        title=version.title(task.element_id, actor.language),
        lane=task.lane,
        round=task.round,
        status=task.status,
        outcome=task.outcome,
        version=task.version,
        holder=holder_of(uow, actor, version, task, instance),
        instance_status=instance.status,
        instance_outcome=instance.outcome,
    )


def read_task_result(uow: UnitOfWork, actor: Actor, task_id: UUID | None) -> TaskResult:
    """Read the answer of a repeated request again, as the actor may see it now.

    Whoever completed a task may always read it; a stranger meanwhile gets NotFound.
    """
    task = uow.session.get(Task, task_id) if task_id else None
    if task is None:
        raise NotFound(kind="task", id=task_id)
    instance = uow.session.get_one(Instance, task.instance_id)
    if task.ended_by != actor.account_id and not policy.is_candidate(
        actor, facts_of(task, instance.organisation_id)
    ):
        require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "task", task.id)
    return task_result(uow, actor, deployed(uow.session, instance.definition_id), task, instance)


def case_result(uow: UnitOfWork, actor: Actor, version: Deployed, instance: Instance) -> CaseResult:
    """Return a case with the open tasks that are offered to the actor."""
    tasks = uow.session.scalars(
        select(Task)
        .where(Task.instance_id == instance.id, Task.status == "open")
        .order_by(Task.created_at, Task.id)
    ).all()
    return CaseResult(
        id=instance.id,
        number=instance.number,
        process_key=instance.process_key,
        status=instance.status,
        outcome=instance.outcome,
        tasks=tuple(
            task_result(uow, actor, version, task, instance)
            for task in tasks
            if policy.is_candidate(actor, facts_of(task, instance.organisation_id))
        ),
    )


def read_case_result(uow: UnitOfWork, actor: Actor, instance_id: UUID | None) -> CaseResult:
    """Read the answer of a repeated request again, as the actor may see it now."""
    instance = uow.session.get(Instance, instance_id) if instance_id else None
    if instance is None:
        raise NotFound(kind="instance", id=instance_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id)
    return case_result(uow, actor, deployed(uow.session, instance.definition_id), instance)


def facts_of(task: Task, applicant_id: UUID) -> TaskFacts:
    """Return the facts that need no further reading: enough to tell candidates from others."""
    return TaskFacts(
        task.organisation_id, task.group_id, task.assignee_id, applicant_id, signer_id=signer_of(task)
    )


def holder_of(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance
) -> Person | None:
    """Return who holds an open task, by name or, to the applicant, by the lane's title."""
    if task.assignee_id is None or task.status != "open":
        return None
    return Person(task.assignee_id, shown_name(uow, actor, version, task, instance, task.assignee_id))


def shown_name(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, instance: Instance, account_id: UUID | None
) -> str:
    """Return a name for colleagues and staff, the lane's title for applicants who meet staff."""
    of_staff = task.group_id is not None
    if (
        of_staff
        and policy.is_applicant(actor, instance.organisation_id)
        and task.group_id not in actor.groups
    ):
        return version.lane_title(task.element_id, task.lane, actor.language)
    return name_of(uow, account_id)
