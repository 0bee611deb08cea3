"""What was handed in: plain answers and personal values put together again, as far as the reader may see them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.models import Attachment, Instance, Submission, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import Deployed
from workflows.forms.form import flat
from workflows.forms.marks import marked_fields
from workflows.policy import CaseFacts
from workflows.queries.attachments import attachment_views
from workflows.queries.names import names_of
from workflows.queries.people import mask
from workflows.queries.views import AttachmentView, FieldMark, Person, SubmissionView
from workflows.queries.watermarks import with_watermarks

UUID_LENGTH: Final = 36
PART: Final = re.compile(r"([^.\[\]]+)((?:\[\d+\])*)")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything read of a case at once, so that no view reads row by row."""

    version: Deployed
    instance: Instance
    case: CaseFacts
    tasks: Sequence[Task]
    submissions: Sequence[SubmissionView]
    names: Mapping[UUID, str]

    def submission(self, submission_id: UUID | None) -> SubmissionView | None:
        """Return a submission of the case."""
        return next((one for one in self.submissions if one.id == submission_id), None)

    def task(self, task_id: UUID | None) -> Task | None:
        """Return a task of the case."""
        return next((task for task in self.tasks if task.id == task_id), None)


def read_dossier(
    uow: UnitOfWork, actor: Actor, version: Deployed, instance: Instance, case: CaseFacts
) -> Dossier:
    """Read tasks, submissions, files and names of a case in a fixed number of statements."""
    tasks = uow.session.scalars(
        select(Task).where(Task.instance_id == instance.id).order_by(Task.created_at, Task.id)
    ).all()
    names = names_of(
        uow, [instance.started_by, *(task.assignee_id for task in tasks), *(task.ended_by for task in tasks)]
    )
    rows = uow.session.scalars(
        select(Submission)
        .where(Submission.instance_id == instance.id)
        .order_by(Submission.created_at, Submission.id)
    ).all()
    clear = policy.may_read_personal(actor, case)
    personal = uow.personal.read([row.id for row in rows]) if rows else {}
    by_id = {task.id: task for task in tasks}
    steps = {task.id: task.element_id for task in tasks}
    found = read_files(uow, instance.id, clear=clear)
    files = {one.id: one for one in with_watermarks(actor, version, case.organisation_id, steps, found)}
    views = [
        _view(actor, version, case, row, by_id[row.task_id], personal.get(row.id, {}), files, names)
        for row in rows
    ]
    return Dossier(version, instance, case, tasks, views, names)


def read_files(uow: UnitOfWork, instance_id: UUID, *, clear: bool) -> list[AttachmentView]:
    """Return the files of a case that were handed in, in order of their upload."""
    rows = uow.session.scalars(
        select(Attachment)
        .where(Attachment.instance_id == instance_id, Attachment.status == "committed")
        .order_by(Attachment.created_at, Attachment.id)
    ).all()
    return attachment_views(uow, rows, clear=clear)


def person(
    actor: Actor,
    version: Deployed,
    case: CaseFacts,
    names: Mapping[UUID, str],
    task: Task | None,
    account_id: UUID | None,
) -> Person:
    """Return who did something: by name to staff and to their own side, by the lane's title to applicants."""
    of_staff = task is not None and task.group_id is not None
    if of_staff and task is not None and not policy.may_read_names(actor, case):
        return Person(None, version.lane_title(task.element_id, task.lane, actor.language))
    return Person(account_id, names.get(account_id, "") if account_id else "")


def _view(
    actor: Actor,
    version: Deployed,
    case: CaseFacts,
    row: Submission,
    task: Task,
    personal: Mapping[str, Any],
    files: Mapping[UUID, AttachmentView],
    names: Mapping[UUID, str],
) -> SubmissionView:
    form = version.form_of(row.element_id)
    answers = canonical.decode(row.answers)
    clear = policy.may_read_personal(actor, case)
    written = {field.path for field in form.walk() if field.type == "textarea"} if form else set()
    masked, erased = set(), set()
    for path, value in sorted(personal.items()):
        if value is None:
            erased.add(path)
        elif not clear and bare(path) not in written:
            masked.add(path)
            value = mask(str(value))
        place(answers, path, value)
    attached = [files[file_id] for file_id in files_in(answers, files)]
    return SubmissionView(
        id=row.id,
        task_id=row.task_id,
        element_id=row.element_id,
        title=version.title(row.element_id, actor.language),
        lane=task.lane,
        lane_title=version.lane_title(task.element_id, task.lane, actor.language),
        round=row.round,
        number=row.number,
        outcome=task.outcome,
        outcome_title=version.outcome_title(task.element_id, task.outcome, actor.language),
        by=person(actor, version, case, names, task, row.created_by),
        at=row.created_at,
        form=form,
        texts=version.at(row.element_id).words(actor.language),
        answers=answers,
        masked=frozenset(masked),
        erased=frozenset(erased),
        attachments=tuple(attached),
    )


def marks_in(version: Deployed, submission: SubmissionView, language: str) -> tuple[FieldMark, ...]:
    """Return the remarks of a return with the labels of the fields that they mark."""
    if submission.form is None:
        return ()
    words = version.at(submission.element_id).words(language)
    return tuple(
        FieldMark(one.path, words.get(f"label.{one.form}.{bare(one.path)}") or one.path, one.reason)
        for one in marked_fields(submission.form, submission.answers)
    )


def opinion_in(submission: SubmissionView) -> str | None:
    """Return what the person wrote: the text area `opinion`, else the first text area of the form."""
    if submission.form is None:
        return None
    areas = [field.path for field in flat(submission.form.fields) if field.type == "textarea"]
    key = "opinion" if "opinion" in areas else next(iter(areas), "")
    text = submission.answers.get(key)
    return str(text) if text else None


def bare(path: str) -> str:
    """Return a path without row numbers: lines[0].quantity → lines.quantity."""
    return re.sub(r"\[\d+\]", "", path)


def place(answers: dict[str, Any], path: str, value: Any) -> None:
    """Put a value into nested answers at a path such as people[0].posts[1].title."""
    steps: list[str | int] = []
    for name, indexes in PART.findall(path):
        steps.append(name)
        steps += [int(text) for text in re.findall(r"\d+", indexes)]
    here: Any = answers
    for step, following in pairwise(steps):
        if isinstance(here, dict):
            if here.get(str(step)) is None:
                here[str(step)] = [] if isinstance(following, int) else {}
            here = here[str(step)]
        else:
            while len(here) <= int(step):
                here.append({})
            here = here[int(step)]
    if isinstance(here, dict):
        here[str(steps[-1])] = value


def files_in(value: Any, files: Mapping[UUID, AttachmentView]) -> Iterator[UUID]:
    """Yield the ids of known files anywhere in answers, which hold them as texts."""
    if isinstance(value, str):
        known = {str(file_id): file_id for file_id in files} if len(value) == UUID_LENGTH else {}
        if value in known:
            yield known[value]
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from files_in(part, files)
    elif isinstance(value, list):
        for part in value:
            yield from files_in(part, files)
