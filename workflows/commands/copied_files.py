"""Files of an earlier application on their way into a new one: judged as if they were uploaded, written all at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from storage.actor import Actor
from storage.errors import StorageError, StoreUnavailable
from storage.models import Attachment, Task
from storage.unit_of_work import UnitOfWork
from workflows.commands.attachments import held_values, limits_of, mark_of, pending_row, take_in
from workflows.commands.drafts import lock_for_work
from workflows.errors import DomainError
from workflows.forms.access import Right
from workflows.forms.file_rules import FileRules
from workflows.queries.unlocking import access_of
from workflows.subjects import side_subject
from workflows.unused_files import discard


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that was handed in, its key in the store, and the path of the field that is to have a copy of it."""

    field: str
    id: UUID
    object_key: str
    name: str


@dataclass(frozen=True, slots=True)
class _Place:
    wanted: Wanted
    pending: UUID
    object_key: str
    limits: FileRules


@dataclass(frozen=True, slots=True)
class Copies:
    """Files that were copied and checked, and what their rows are to say; `hold` makes them the task's own."""

    taken: Sequence[tuple[UUID, Wanted]] = ()
    rows: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)

    def hold(self, uow: UnitOfWork) -> None:
        """Make them held, inside a command that has locked the task. Raises StoreUnavailable where one was collected."""
        there = uow.session.scalars(
            select(Attachment.id)
            .where(Attachment.id.in_(list(self.rows)), Attachment.status == "pending")
            .with_for_update()
        ).all()
        if len(there) < len(self.rows):
            raise StoreUnavailable
        if there:
            uow.session.execute(update(Attachment), [{"id": one, **self.rows[one]} for one in there])


def copy_files(
    uow: UnitOfWork, actor: Actor, task_id: UUID, earlier_id: UUID, wanted: Sequence[Wanted]
) -> Copies:
    """Copy files of an earlier case for the fields of a task; what a field does not take, and what the store does not give, is left out.

    However many files there are, the statements are as many. The caller has made sure that the actor may read them all.
    Whatever is not held in the end is collected like any upload that died. Raises what an upload raises of the task itself.
    """
    if not wanted:
        return Copies()
    places = _announce(uow, actor, task_id, wanted)
    uow.record_accesses(actor, [f"attachment:{one.wanted.id}" for one in places], earlier_id)
    rows: dict[UUID, Mapping[str, Any]] = {}
    for one in places:
        try:
            rows[one.pending] = _judge(uow, one)
        except StoreUnavailable:
            break  # the others would wait for the store as long
        except (DomainError, StorageError):
            continue
    refused = [one.pending for one in places if one.pending not in rows]
    if refused:
        discard(uow, *refused)
    return Copies([(one.pending, one.wanted) for one in places if one.pending in rows], rows)


def _announce(uow: UnitOfWork, actor: Actor, task_id: UUID, wanted: Sequence[Wanted]) -> list[_Place]:
    """Write the rows of the files that are about to come, of as many as the fields take."""
    found: list[_Place] = []
    with uow.begin(actor) as done:
        task, _, version = lock_for_work(uow, actor, task_id)
        form, access = version.form_of(task.element_id), access_of(uow, actor, version, task)
        subject_id, held = side_subject(uow, actor, task), _held(uow, task)
        for one in wanted:
            limits = limits_of(form, one.field)
            if limits is None or held[one.field] >= limits.files:
                continue
            if access.right(one.field) is not Right.EDIT:
                continue
            held[one.field] += 1
            row = pending_row(uow, actor, task, subject_id, one.field, one.name)
            uow.session.add(row)
            found.append(_Place(one, row.id, row.object_key, limits))
        return done(found)


def _held(uow: UnitOfWork, task: Task) -> Counter[str]:
    rows = uow.session.execute(
        select(Attachment.field, func.count())
        .where(Attachment.task_id == task.id, Attachment.status == "held")
        .group_by(Attachment.field)
    )
    return Counter({row[0]: row[1] for row in rows})


def _judge(uow: UnitOfWork, place: _Place) -> dict[str, Any]:
    """Put a copy into the store and check it as an upload; return what its row says from now on."""
    name = place.wanted.name
    with uow.documents.open(place.wanted.object_key) as opened, opened.spooled() as file:
        received, checked = take_in(uow, place.pending, file, name, place.limits, place.object_key)
    kept = uow.documents.promote(place.object_key)
    return held_values(uow, (kept, mark_of(uow, place.pending, kept, received, name)), received, checked)
