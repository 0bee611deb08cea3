"""Files as their readers see them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import deployed
from workflows.queries.names import names_of
from workflows.queries.views import AttachmentView, Person
from workflows.queries.watermarks import with_watermarks
from workflows.standing import case_facts

READABLE = ("held", "committed")


def known_before(uow: UnitOfWork, rows: Iterable[Attachment]) -> dict[UUID, str]:
    """Return by id in which earlier application the organisation handed in the same bytes, for files in the making."""
    wanted = [row.id for row in rows if row.status == "held"]
    if not wanted:
        return {}
    earlier = aliased(Attachment)
    found = uow.session.execute(
        select(Attachment.id, Instance.number)
        .join(
            earlier,
            (earlier.organisation_id == Attachment.organisation_id)
            & (earlier.sha256 == Attachment.sha256)
            & (earlier.instance_id != Attachment.instance_id),
        )
        .join(Instance, Instance.id == earlier.instance_id)
        .where(Attachment.id.in_(wanted), earlier.status == "committed")
        .order_by(earlier.created_at)
    )
    return {row.id: row.number for row in found}


def attachment_view(
    row: Attachment, name: str, uploaded_by: Person | None, known: str | None = None
) -> AttachmentView:
    """Return a file with its decrypted name."""
    return AttachmentView(
        id=row.id,
        task_id=row.task_id,
        instance_id=row.instance_id,
        field=row.field,
        name=name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        status=row.status,
        uploaded_by=uploaded_by,
        created_at=row.created_at,
        embedded=row.embedded or 0,
        known=known,
    )


def attachment_views(uow: UnitOfWork, rows: Sequence[Attachment], *, clear: bool) -> list[AttachmentView]:
    """Return files with their names; a reader who may not know them reads the field instead."""
    names: Iterable[bytes | None] = [None] * len(rows)
    known = known_before(uow, rows) if clear else {}
    people: dict[UUID, str] = {}
    if clear and rows:
        names = uow.personal.decrypt_many([(row.subject_id, row.name) for row in rows])
        people = names_of(uow, (row.uploaded_by for row in rows))
    return [
        attachment_view(
            row,
            name.decode("utf-8") if name else row.field,
            Person(row.uploaded_by, people[row.uploaded_by]) if row.uploaded_by in people else None,
            known.get(row.id),
        )
        for row, name in zip(rows, names, strict=True)
    ]


def attachment(uow: UnitOfWork, actor: Actor, attachment_id: UUID) -> tuple[AttachmentView, str]:
    """Return a file and its key in the object store; the caller records the access before the first byte.

    A held file is read by those who work on its task, a committed one by the applicant and the staff of the case.
    Raises NotFound for everybody else.
    """
    row = uow.session.get(Attachment, attachment_id)
    if row is None or row.status not in READABLE:
        raise NotFound(kind="attachment", id=attachment_id)
    instance = uow.session.get_one(Instance, row.instance_id)
    task = uow.session.get_one(Task, row.task_id)
    mine = (
        policy.is_applicant(actor, row.organisation_id)
        if task.group_id is None
        else task.group_id in actor.groups
    )
    case = case_facts(uow.session, instance.id, instance.organisation_id)
    seen = row.status == "committed" and policy.may_read_personal(actor, case)
    if not mine and not seen:
        raise NotFound(kind="attachment", id=attachment_id)
    version = deployed(uow.session, instance.definition_id)
    views = attachment_views(uow, [row], clear=True)
    steps = {task.id: task.element_id}
    return with_watermarks(actor, version, instance.organisation_id, steps, views)[0], row.object_key
