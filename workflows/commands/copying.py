"""A new application begins with what the same organisation handed in before."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Attachment, Instance, Submission
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands.copied_files import Wanted, copy_files
from workflows.commands.drafts import find_form, save_draft
from workflows.forms import plain_path
from workflows.forms.copying import copyable, files_of
from workflows.queries.submissions import place


@dataclass(frozen=True, slots=True)
class Copied:
    """What was taken over from the application `number`: answers and files; `left` names the files that could not be."""

    number: str
    answers: int
    files: int
    left: tuple[str, ...]


def copy_earlier(uow: UnitOfWork, actor: Actor, task_id: UUID, earlier_id: UUID) -> Copied:
    """Fill the draft of a task with what the actor's organisation handed in at the same step of an earlier application.

    Dates and consents are never taken over. Values get keys of their own people in the new application, files, those in
    rows too, are checked like any other that is uploaded, and one that cannot be taken is named. Raises NotFound where
    the earlier application is another organisation's or handed in nothing, and what saving a draft raises.
    """
    task, version, form = find_form(uow, actor, task_id)
    earlier = _own(uow, actor, earlier_id)
    said = _said(uow, earlier, task.element_id)
    if said is None or form is None:
        raise NotFound(kind="instance", id=earlier_id)
    number, answers, files = earlier.number, copyable(form, said), _files(uow, earlier)
    words, count = version.at(task.element_id).words(actor.language), len(answers)
    wanted: list[Wanted] = []
    left: list[str] = []
    for path, named in files_of(form, said):
        for one in named:
            if one in files:
                wanted.append(Wanted(path, UUID(one), *files[one]))
            else:  # its owner was erased, and its name with them
                left.append(words.get(f"label.{form.key}.{plain_path(path)}", path))
    copies = copy_files(uow, actor, task_id, earlier_id, wanted)
    for path in {one.field for _, one in copies.taken}:
        place(answers, path, [str(copy) for copy, one in copies.taken if one.field == path])
    save_draft(uow, actor, task_id, answers, 0, before=lambda: copies.hold(uow))
    done = {one.id for _, one in copies.taken}
    return Copied(
        number, count, len(copies.taken), (*(one.name for one in wanted if one.id not in done), *left)
    )


def process_of(uow: UnitOfWork, actor: Actor, earlier_id: UUID) -> str:
    """Return the key of the process of an application of the actor's organisation. Raises NotFound for any other."""
    return _own(uow, actor, earlier_id).process_key


def _own(uow: UnitOfWork, actor: Actor, earlier_id: UUID) -> Instance:
    found = uow.session.get(Instance, earlier_id)
    if found is None or not policy.is_applicant(actor, found.organisation_id):
        raise NotFound(kind="instance", id=earlier_id)
    return found


def _said(uow: UnitOfWork, earlier: Instance, element_id: str) -> dict[str, Any] | None:
    """Return what was last handed in at a step, personal values in clear: they are those of the actor's own side."""
    row = uow.session.scalars(
        select(Submission)
        .where(Submission.instance_id == earlier.id, Submission.element_id == element_id)
        .order_by(Submission.created_at.desc(), Submission.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    answers: dict[str, Any] = canonical.decode(row.answers)
    for path, value in sorted(uow.personal.read([row.id]).get(row.id, {}).items()):
        place(answers, path, value)
    return answers


def _files(uow: UnitOfWork, earlier: Instance) -> dict[str, tuple[str, str]]:
    """Return key and name of the files that were handed in, by their ids."""
    rows = uow.session.scalars(
        select(Attachment).where(Attachment.instance_id == earlier.id, Attachment.status == "committed")
    ).all()
    names = uow.personal.decrypt_many([(row.subject_id, row.name) for row in rows])
    return {
        str(row.id): (row.object_key, name.decode())
        for row, name in zip(rows, names, strict=True)
        if name is not None
    }
