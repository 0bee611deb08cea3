"""Answers of a task judged as they would be handed in now: with its files, its people and the day of today."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.models import Attachment, Task
from storage.unit_of_work import UnitOfWork
from workflows import forms
from workflows.deployed import Deployed
from workflows.forms import AttachmentInfo, ErrorCode, InvalidForm
from workflows.forms.access import Access
from workflows.handlers.handler import SHANGHAI
from workflows.places import Place
from workflows.signatures import same_part
from workflows.subjects import people_known


def faults_of(
    uow: UnitOfWork,
    version: Deployed,
    task: Task,
    form: forms.Form,
    answers: Mapping[str, Any],
    access: Access,
) -> dict[str, list[ErrorCode]]:
    """Return what would stand in the way of handing these answers in today, whatever the outcome."""
    outcomes = version.at(task.element_id).settings.outcomes
    try:
        submitted(uow, version, task, form, answers, access, {"outcome": outcomes[0].key})
    except InvalidForm as fault:
        return fault.errors
    return {}


def submitted(
    uow: UnitOfWork,
    version: Deployed,
    task: Task,
    form: forms.Form,
    answers: Mapping[str, Any],
    access: Access,
    control: Mapping[str, Any],
) -> forms.Submission:
    """Check answers as they are handed in today. Raises InvalidForm naming the fields."""
    place = version.at(task.element_id)
    return forms.load_answers(
        form,
        answers,
        control=control,
        files=files_of(uow, task) if takes_files(form) else {},
        today=uow.clock.now().astimezone(SHANGHAI).date(),
        choices=choices_of(place, form),
        people=people_known(uow, task.instance_id) if any(one.holds_people for one in form.walk()) else (),
        concealed=access.concealed,
    )


def files_of(uow: UnitOfWork, task: Task) -> dict[UUID, AttachmentInfo]:
    """Read the files that answers may name: those held for the task, and those handed in with earlier rounds."""
    rows = uow.session.execute(
        select(Attachment.id, Attachment.field, Attachment.size, Attachment.media_type, Attachment.sha256)
        .join(Task, Task.id == Attachment.task_id)
        .where(
            same_part(task),
            Attachment.organisation_id == task.organisation_id,
            (Attachment.status == "committed")
            | ((Attachment.status == "held") & (Attachment.task_id == task.id)),
        )
    )
    return {
        row.id: AttachmentInfo(field=row.field, size=row.size, media_type=row.media_type, sha256=row.sha256)
        for row in rows
    }


def takes_files(form: forms.Form) -> bool:
    """Tell whether a form has a field for files at all."""
    return any(field.type == "filepicker" for field in form.walk())


def choices_of(place: Place, form: forms.Form) -> dict[str, tuple[str, ...]]:
    """Return the field paths of other forms that selects of this one offer (`fields:<form>`)."""
    named = {field.options_from.removeprefix("fields:") for field in form.walk() if field.options_from}
    return {key: place.package.forms[key].field_paths() for key in named}
