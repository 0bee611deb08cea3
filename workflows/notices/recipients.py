"""Who is told: whoever may see the case and has something to do with it, and nobody else (K15)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from storage.models import Account, Attachment, Draft, GroupMember, Instance, Membership, Submission, Task
from storage.models import Group as GroupRow
from workflows.deployed import AnySession

_ABLE = Account.disabled_at.is_(None)


@dataclass
class People:
    """Active people by organisation and group, and who worked on the applicant's side of each case."""

    members: dict[UUID, set[UUID]] = field(default_factory=dict)
    groups: dict[UUID, set[UUID]] = field(default_factory=dict)
    applied: dict[UUID, set[UUID]] = field(default_factory=dict)

    def of_task(self, task: Any, instance: Any) -> set[UUID]:
        """Return who is told about work: who holds it, else everybody to whom it is offered."""
        if task.group_id is None:
            offered = self.members.get(task.organisation_id, set())
        else:
            offered = self._staff(task.group_id, instance)
        return offered if task.assignee_id is None else offered & {task.assignee_id}

    def of_applicant(self, instance: Any) -> set[UUID]:
        """Return who is told about the case itself: who worked on it, or everybody when they have all left."""
        members = self.members.get(instance.organisation_id, set())
        return members & self.applied.get(instance.id, set()) or members

    def who_worked(self, task: Any, instance: Any) -> set[UUID]:
        """Return who holds or ended a task of staff and is still of its group."""
        if task.group_id is None:
            return set()
        return self._staff(task.group_id, instance) & {task.assignee_id, task.ended_by}

    def _staff(self, group_id: UUID, instance: Any) -> set[UUID]:
        """Return a group without those whom K15 keeps from this case."""
        kept_out = self.applied.get(instance.id, set()) | self.members.get(instance.organisation_id, set())
        return self.groups.get(group_id, set()) - kept_out


def read_people(session: AnySession, instances: Iterable[Any], tasks: Iterable[Any]) -> People:
    """Read who may be told about these cases: four statements, however many there are."""
    people, tasks, instances = People(), list(tasks), list(instances)
    organisations = {one.organisation_id for one in instances}
    for row in session.execute(
        select(Membership.organisation_id, Membership.account_id)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organisation_id.in_(organisations), _ABLE)
    ):
        people.members.setdefault(row.organisation_id, set()).add(row.account_id)
    at_home = and_(
        Membership.organisation_id == GroupRow.organisation_id, Membership.account_id == GroupMember.account_id
    )
    for group in session.execute(
        select(GroupMember.group_id, GroupMember.account_id)
        .join(GroupRow, GroupRow.id == GroupMember.group_id)
        .join(Account, Account.id == GroupMember.account_id)
        .join(Membership, at_home)
        .where(GroupMember.group_id.in_({one.group_id for one in tasks if one.group_id}), _ABLE)
    ):
        people.groups.setdefault(group.group_id, set()).add(group.account_id)
    own = {one.id: one.instance_id for one in tasks if one.group_id is None}
    for instance in instances:
        people.applied[instance.id] = {instance.started_by} - {None}
    for one in tasks:
        if one.group_id is None:
            people.applied.setdefault(one.instance_id, set()).update({one.assignee_id, one.ended_by} - {None})
    for task_id, account_id in _wrote(session, set(own)):
        people.applied[own[task_id]].add(account_id)
    return people


def _wrote(session: AnySession, task_ids: set[UUID]) -> list[tuple[UUID, UUID]]:
    """Return who wrote into tasks of applicants without ever holding them."""
    parts = [
        select(Draft.task_id, Draft.saved_by).where(Draft.task_id.in_(task_ids), Draft.saved_by.is_not(None)),
        select(Attachment.task_id, Attachment.uploaded_by).where(
            Attachment.task_id.in_(task_ids), Attachment.uploaded_by.is_not(None)
        ),
        select(Submission.task_id, Submission.created_by).where(
            Submission.task_id.in_(task_ids), Submission.created_by.is_not(None)
        ),
    ]
    return [(row[0], row[1]) for row in session.execute(parts[0].union(*parts[1:])).all() if row[1]]


_TASK = aliased(Task)
"""The statement around a condition may read tasks of its own. Made once: a new alias costs as much as the statement."""


def visible_to(account_id: UUID | ColumnElement[UUID]) -> ColumnElement[bool]:
    """Return the condition on Instance that it exists for an account now, be it as applicant or as staff."""
    belongs = select(Membership.organisation_id).where(Membership.account_id == account_id)
    works = (
        exists()
        .where(_TASK.instance_id == Instance.id, _TASK.group_id == GroupMember.group_id)
        .where(GroupMember.account_id == account_id, GroupMember.group_id == GroupRow.id)
        .where(GroupRow.organisation_id.in_(belongs))
    )
    return or_(Instance.organisation_id.in_(belongs), works)
