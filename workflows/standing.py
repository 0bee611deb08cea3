"""Where an actor stands towards a case: reads the plain facts that policy decides on."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import exists, or_, select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Draft, Instance, Membership, Submission, Task
from workflows import policy
from workflows.deployed import AnySession
from workflows.policy import CaseFacts, TaskFacts


def task_facts(session: AnySession, actor: Actor, task: Task, instance: Instance) -> TaskFacts:
    """Read what K15 asks about: one statement for a staff task, none for the applicant's."""
    is_member = has_applied = False
    if task.group_id is not None and actor.account_id is not None:
        is_member, has_applied = _past(session, actor.account_id, instance.organisation_id, instance.id)
        has_applied = has_applied or instance.started_by == actor.account_id
    return TaskFacts(
        task.organisation_id,
        task.group_id,
        task.assignee_id,
        instance.organisation_id,
        is_member,
        has_applied,
    )


def _past(
    session: AnySession, account_id: UUID, organisation_id: UUID, instance_id: UUID
) -> tuple[bool, bool]:
    """Tell whether an account belongs to the applicant, and whether it has worked on the applicant's tasks."""
    member = exists().where(
        Membership.account_id == account_id, Membership.organisation_id == organisation_id
    )
    own = (Task.instance_id == instance_id) & Task.group_id.is_(None)
    worked = or_(
        exists().where(own, or_(Task.ended_by == account_id, Task.assignee_id == account_id)),
        exists().where(Submission.task_id == Task.id, own, Submission.created_by == account_id),
        exists().where(Draft.task_id == Task.id, own, Draft.saved_by == account_id),
        exists().where(Attachment.task_id == Task.id, own, Attachment.uploaded_by == account_id),
    )
    row = session.execute(select(member.label("member"), worked.label("worked"))).one()
    return bool(row.member), bool(row.worked)


def groups_of_cases(session: AnySession, instance_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Read which groups work or worked on cases, in one statement."""
    found: dict[UUID, set[UUID]] = {}
    rows = session.execute(
        select(Task.instance_id, Task.group_id)
        .where(Task.instance_id.in_(set(instance_ids)), Task.group_id.is_not(None))
        .distinct()
    )
    for instance_id, group_id in rows:
        if group_id is not None:
            found.setdefault(instance_id, set()).add(group_id)
    return {instance_id: frozenset(groups) for instance_id, groups in found.items()}


def case_facts(session: AnySession, instance_id: UUID, organisation_id: UUID) -> CaseFacts:
    """Read the facts of one case."""
    return CaseFacts(organisation_id, groups_of_cases(session, [instance_id]).get(instance_id, frozenset()))


def require_visible_case(
    session: AnySession, actor: Actor, instance_id: UUID, organisation_id: UUID, kind: str, shown_id: UUID
) -> CaseFacts:
    """Return the facts of a case that exists for the actor; raise NotFound for everybody else."""
    facts = case_facts(session, instance_id, organisation_id)
    if not policy.may_see_case(actor, facts):
        raise NotFound(kind, shown_id)
    return facts
