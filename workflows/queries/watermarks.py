"""The watermark of a file: who gets the file with one, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from storage.actor import Actor
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.calendar import BEIJING
from workflows.deployed import Deployed
from workflows.queries.names import names_of
from workflows.queries.views import AttachmentView


def with_watermarks(
    actor: Actor,
    version: Deployed,
    applicant_id: UUID,
    elements: Mapping[UUID, str],
    views: Sequence[AttachmentView],
) -> list[AttachmentView]:
    """Return files that say whether this reader gets them with a watermark; `elements` are their steps by task.

    The applicant's own side gets what it handed in, everybody else a copy where the package asks for it.
    """
    if policy.is_applicant(actor, applicant_id):
        return list(views)
    return [
        replace(one, watermark=True) if version.at(elements[one.task_id]).has_watermark(one.field) else one
        for one in views
    ]


def watermark_lines(uow: UnitOfWork, actor: Actor, username: str, at: datetime) -> list[str]:
    """Return what is written across a file: name and user name of who asks, and the minute on the clock of Beijing."""
    name = names_of(uow, [actor.account_id]).get(actor.account_id, "") if actor.account_id else ""
    who = [name, username] if name != username else [username]
    return [" ".join(filter(None, who)), f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"]
