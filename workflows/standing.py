"""Where an actor stands towards a case: reads the plain facts that policy decides on."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, or_, select, union

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Draft, Instance, Membership, Submission, Task
from storage.prepared import Prepared
from workflows import policy
from workflows.deployed import AnySession
from workflows.policy import CaseFacts, TaskFacts
from workflows.signatures import is_taken_by, signer_of


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
        signer_of(task),
        _signs_elsewhere(session, actor, task),
    )


def _signs_elsewhere(session: AnySession, actor: Actor, task: Task) -> bool:
    """Tell whether the actor takes part for another department: one more statement where departments sign."""
    if actor.account_id is None or task.signer is None or signer_of(task) is not None:
        return False
    other = exists().where(
        Task.instance_id == task.instance_id,
        Task.whole_key == task.whole_key,
        Task.id != task.id,
        is_taken_by(actor.account_id),
    )
    return bool(session.scalar(select(other)))


def applicant_side(organisation_id: UUID, instance_id: UUID | None) -> Select[Any]:
    """Select the ids of accounts that K15 keeps from staff tasks of a case: members, and whoever worked on it."""
    ids: list[Select[Any]] = [
        select(Membership.account_id).where(Membership.organisation_id == organisation_id)
    ]
    if instance_id is not None:
        own = (Task.instance_id == instance_id) & Task.group_id.is_(None)
        ids += [
            select(Instance.started_by).where(Instance.id == instance_id, Instance.started_by.is_not(None)),
            select(Task.assignee_id).where(own, Task.assignee_id.is_not(None)),
            select(Task.ended_by).where(own, Task.ended_by.is_not(None)),
            select(Submission.created_by).where(
                Submission.task_id == Task.id, own, Submission.created_by.is_not(None)
            ),
            select(Draft.saved_by).where(Draft.task_id == Task.id, own, Draft.saved_by.is_not(None)),
            select(Attachment.uploaded_by).where(
                Attachment.task_id == Task.id, own, Attachment.uploaded_by.is_not(None)
            ),
        ]
    return select(union(*ids).subquery().c[0])


def _past(
    session: AnySession, account_id: UUID, organisation_id: UUID, instance_id: UUID
) -> tuple[bool, bool]:
    """Tell whether an account belongs to the applicant, and whether it has worked on the applicant's tasks."""
    given = {"account": account_id, "organisation": organisation_id, "instance": instance_id}
    row = _PAST.first(session, given)
    return bool(row.member), bool(row.worked)


def _past_of_account() -> Select[bool, bool]:
    """Built once: every command on a staff task asks it."""
    account, instance = bindparam("account", type_=Uuid()), bindparam("instance", type_=Uuid())
    member = exists().where(
        Membership.account_id == account, Membership.organisation_id == bindparam("organisation", type_=Uuid())
    )
    own = (Task.instance_id == instance) & Task.group_id.is_(None)
    worked = or_(
        exists().where(own, or_(Task.ended_by == account, Task.assignee_id == account)),
        exists().where(Submission.task_id == Task.id, own, Submission.created_by == account),
        exists().where(Draft.task_id == Task.id, own, Draft.saved_by == account),
        exists().where(Attachment.task_id == Task.id, own, Attachment.uploaded_by == account),
    )
    return select(member.label("member"), worked.label("worked"))


_PAST = Prepared(_past_of_account())


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
