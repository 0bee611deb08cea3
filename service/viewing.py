"""Who looked at personal data, and who was refused: one row in the access stream of the case, outside any command."""

import contextlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from config.logging import note_case
from service.current import current_actor, unit_of_work
from service.refusals import Refusal
from storage.db import db
from storage.errors import NotFound, StorageError
from storage.models import Attachment, Instance, IssuedDocument, Task

if TYPE_CHECKING:
    from workflows.queries.views import InstanceView, TaskView

HIDDEN: dict[str, tuple[Any, Any]] = {
    "instance": (Instance.id, Instance.id),
    "task": (Task.id, Task.instance_id),
    "attachment": (Attachment.id, Attachment.instance_id),
    "paper": (IssuedDocument.id, IssuedDocument.instance_id),
}


def note_task(view: "TaskView") -> "TaskView":
    """Note that staff are about to read what was handed in with a task; return the view."""
    note_case(view.instance_id, view.number)
    if view.submissions:
        _note(view.instance_id)
    return view


def note_instance(view: "InstanceView") -> "InstanceView":
    """Note that staff are about to read what was handed in with a case; return the view."""
    note_case(view.id, view.number)
    if view.submissions and not view.is_applicant:
        _note(view.id)
    return view


def _note(instance_id: UUID) -> None:
    actor = current_actor()
    if actor.groups:  # whoever works in no group reads masks, and the applicant's own side its own words
        unit_of_work().record_access(actor, f"instance:{instance_id}", instance_id)


def note_denied(error: NotFound) -> None:
    """Note that somebody asked for a case, task, file or paper that exists but is not theirs; the answer stays a 404."""
    columns = HIDDEN.get(str(error.params.get("kind")))
    if columns is None:
        return
    with contextlib.suppress(ValueError, Refusal, StorageError, sa.exc.SQLAlchemyError):
        wanted = UUID(str(error.params.get("id")))
        db.session.rollback()
        instance_id = db.session.scalar(sa.select(columns[1]).where(columns[0] == wanted))
        if instance_id is not None:
            unit_of_work().record_denied(current_actor(), f"{error.params['kind']}:{wanted}", instance_id)
