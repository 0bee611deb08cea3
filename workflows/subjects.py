"""Whom values are about: one subject per name and case, and the subject of every account."""

from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Account, Subject, Task
from storage.unit_of_work import UnitOfWork

APPLICANT = "applicant"


def author_subject(uow: UnitOfWork, actor: Actor) -> UUID:
    """Return the subject of the account that acts: what somebody writes is personal to them."""
    found = uow.session.scalar(select(Account.subject_id).where(Account.id == actor.account_id))
    if found is None:
        raise NotFound(kind="account", id=actor.account_id)
    return found


def case_subject(uow: UnitOfWork, instance_id: UUID, name: str) -> UUID:
    """Return the subject of that name in a case, through all rounds; make it where it is new."""
    found = uow.session.scalar(
        select(Subject.id)
        .where(Subject.instance_id == instance_id, Subject.kind == name, Subject.erased_at.is_(None))
        .order_by(Subject.created_at)
        .limit(1)
    )
    return found or uow.personal.new_subject(name, instance_id)


def side_subject(uow: UnitOfWork, actor: Actor, task: Task) -> UUID:
    """Return the subject of drafts and file names: the applicant of the case, or the author on staff tasks."""
    if task.group_id is None:
        return case_subject(uow, task.instance_id, APPLICANT)
    return author_subject(uow, actor)


def keep_reason(uow: UnitOfWork, actor: Actor, reason: str) -> tuple[dict[str, str], dict[str, str]]:
    """Keep a reason as its author's personal text; return its commitment and what names it in an event's details."""
    text_id = uow.ids.new()
    return (
        {"reason": uow.personal.keep(text_id, "reason", author_subject(uow, actor), reason)},
        {"text": str(text_id)},
    )
