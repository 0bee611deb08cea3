"""A file that is taken off a form lies aside for a day, so that taking it off can be undone."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import update

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment
from storage.unit_of_work import UnitOfWork
from workflows.commands.attachments import limits_of, require_room
from workflows.commands.drafts import lock_for_work
from workflows.errors import UnknownField
from workflows.queries.attachments import attachment_views
from workflows.queries.views import AttachmentView
from workflows.unused_files import UNUSED_FILE_TTL


def set_aside(uow: UnitOfWork, actor: Actor, task_id: UUID, *attachment_ids: UUID | str) -> None:
    """Take held files off their fields; they are deleted after a day (UNUSED_FILE_TTL) unless they are taken back.

    What is gone, or was handed in, stays as it is. Raises what lock_for_work raises.
    """
    with uow.begin(actor):
        lock_for_work(uow, actor, task_id)
        put_aside(uow, task_id, attachment_ids)


def put_aside(uow: UnitOfWork, task_id: UUID, attachment_ids: Iterable[UUID | str]) -> None:
    """Set held files of a task aside, inside the command that takes them off the form and has locked the task."""
    wanted = [UUID(str(one)) for one in attachment_ids]
    if wanted:
        uow.session.execute(
            update(Attachment)
            .where(Attachment.id.in_(wanted), Attachment.task_id == task_id, Attachment.status == "held")
            .values(status="pending", expires_at=uow.clock.now() + UNUSED_FILE_TTL)
            .execution_options(synchronize_session="fetch")
        )


def take_back(uow: UnitOfWork, actor: Actor, task_id: UUID, attachment_id: UUID) -> AttachmentView:
    """Put a file that was set aside back to its field. One that was never taken off is there still.

    Raises NotFound when it is gone already, or belongs to another task; TooManyFiles when others took its place.
    """
    with uow.begin(actor) as done:
        task, _, version = lock_for_work(uow, actor, task_id)
        row = uow.session.get(Attachment, attachment_id, populate_existing=True, with_for_update=True)
        if row is None or row.instance_id != task.instance_id:
            raise NotFound(kind="attachment", id=attachment_id)
        aside = row.status == "pending" and row.task_id == task_id and row.checked_at is not None
        if not aside and row.status not in ("held", "committed"):
            raise NotFound(kind="attachment", id=attachment_id)
        if aside:
            limits = limits_of(version.form_of(task.element_id), row.field)
            if limits is None:
                raise UnknownField(field=row.field[:64])
            require_room(uow, actor, task, version, row.field, limits.files)
            row.status, row.expires_at = "held", None
        uow.session.flush()
        return done(attachment_views(uow, [row], clear=True)[0])
