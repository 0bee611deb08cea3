"""Answers of a task on their way into the database: checked before the lock, kept inside it as a submission.

Personal values go encrypted under the key of their subject; the row, the engine and the journal get plain values,
control values and commitments only.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound, StoreUnavailable
from storage.models import Attachment, Instance, Submission, Task
from storage.unit_of_work import UnitOfWork
from workflows import engine, forms
from workflows.commands.quarantine import FilesSwapped
from workflows.deployed import Deployed
from workflows.forms import ErrorCode, InvalidForm
from workflows.forms.access import locked_in
from workflows.forms.marks import marked_fields
from workflows.judging import submitted, takes_files
from workflows.kept_files import REHASH_KIND
from workflows.queries.unlocking import access_of
from workflows.signatures import same_part
from workflows.subjects import INDEXES, Subjects
from workflows.unused_files import UNUSED_FILE_TTL

MAX_DIGITS: Final = 100


@dataclass(frozen=True, slots=True)
class Answers:
    """What was loaded before the lock. `fault` is raised under the lock unless the task was completed before.

    `state_version` is the one whose control values the conditions of the form have read: when another branch moves
    the process meanwhile, the answers are loaded again under the lock.
    """

    submission: forms.Submission | None
    fault: InvalidForm | None
    state_version: int | None = None

    @property
    def checked(self) -> forms.Submission | None:
        """Return the submission, None for a task without a form; raise InvalidForm naming the fields."""
        if self.fault is not None:
            raise self.fault
        return self.submission


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept submission as the journal names it."""

    submission_id: UUID | None = None
    commitments: Mapping[str, str] | None = None
    attachments: Sequence[tuple[UUID, str]] = ()
    marks: Sequence[str] = ()


def load(
    uow: UnitOfWork,
    actor: Actor,
    version: Deployed,
    task: Task,
    state: tuple[bytes, int],
    outcome: str,
    answers: Mapping[str, Any],
) -> Answers:
    """Check answers against the form of a task, and what the task may do with it. `state`, with its version, gives what its conditions may read.

    The message of a failed check of the form is given in the actor's language; all other faults are codes.
    """
    place = version.at(task.element_id)
    form = place.form
    content, number = state
    if form is None:
        unknown = {key: [ErrorCode("unknown_field")] for key in answers}
        return Answers(None, InvalidForm(unknown) if unknown else None, number)
    control = engine.read_control(version.package.definition, content, task.key) | {"outcome": outcome}
    access = access_of(uow, actor, version, task)
    try:
        if access.limited:
            answers = locked_in(form, forms.load_draft(form, answers), access)
        submission = submitted(uow, version, task, form, answers, access, control)
    except InvalidForm as fault:
        return Answers(None, _worded(fault, form.key, place.words(actor.language)), number)
    return Answers(submission, None, number)


def _worded(fault: InvalidForm, form_key: str, texts: Mapping[str, str]) -> InvalidForm:
    """Say the failed checks of a form in the words of the reader's language; the form itself holds the Chinese."""

    def worded(one: ErrorCode) -> ErrorCode:
        message = texts.get(f"check.{form_key}.{one.params.get('check')}")
        return ErrorCode(one.code, {**one.params, "message": message}) if message else one

    return InvalidForm({path: [worded(one) for one in codes] for path, codes in fault.errors.items()})


def keep(
    uow: UnitOfWork,
    actor: Actor,
    version: Deployed,
    task: Task,
    instance: Instance,
    submission: forms.Submission,
) -> Kept:
    """Write a submission: plain answers, encrypted personal values, its files committed; unused files expire.

    ID and mobile numbers go into the blind index, so that erasing a person reaches all that is known of them.
    """
    submission_id = uow.ids.new()
    subjects = Subjects(uow, actor, instance.id)
    people = subjects.seat(submission.people)
    commitments = {
        field.path: uow.personal.keep(submission_id, field.path, subjects.of(field), field.value)
        for field in submission.personal
    }
    uow.personal.index_all(
        (INDEXES[field.check], field.value, subjects.of(field))
        for field in submission.personal
        if field.check in INDEXES
    )
    form = version.form_of(task.element_id)
    files = _files(uow, task, submission.files) if form and takes_files(form) else _Files((), ())
    attachments = [(row.id, row.sha256 or "") for row in files.taken]
    text = canonical.encode_text(forms.with_people(submission.answers, people))
    covered = canonical.encode(
        {"answers": text, "commitments": commitments, "files": [sha for _, sha in attachments]}
    )
    written = {
        "id": submission_id,
        "instance_id": instance.id,
        "task_id": task.id,
        "element_id": task.element_id,
        "round": task.round,
        "number": 1,
        "organisation_id": task.organisation_id,
        "answers": text,
        "digest": hashlib.sha256(covered).hexdigest(),
        "created_at": uow.clock.now(),
        "created_by": actor.account_id,
    }
    uow.session.insert(Submission, [written])
    uow.session.flush()  # the files point to the row
    _require_unchanged(uow, [row for row in files.taken if row.status == "held"])
    for row in files.taken:
        if row.status == "held":
            row.status, row.submission_id, row.expires_at = "committed", submission_id, None
    for row in files.unused:
        row.status, row.expires_at = "pending", uow.clock.now() + UNUSED_FILE_TTL
    return Kept(
        submission_id, commitments, attachments, marks_of(version, task.element_id, submission.answers)
    )


def _require_unchanged(uow: UnitOfWork, files: Sequence[Attachment]) -> None:
    """Refuse files whose bytes in the store are no longer those that were checked. Raises FilesSwapped.

    Where the store is away nothing is known against them: they are read again as soon as it is back, before all others.
    """
    changed: dict[str, list[ErrorCode]] = {}
    found = None
    for number, row in enumerate(files):
        try:
            same = row.store_mark in (None, uow.documents.mark(row.object_key))
        except NotFound:
            same = False
        except StoreUnavailable:
            _read_again(uow, files[number:])
            break
        if not same:
            changed[row.field], found = [ErrorCode("file_swapped")], row.id
    if found is not None:
        raise FilesSwapped(changed, found)


def _read_again(uow: UnitOfWork, files: Sequence[Attachment]) -> None:
    now = uow.clock.now()
    for row in files:
        row.checked_at = None
    uow.jobs.put(REHASH_KIND, f"{REHASH_KIND}:away:{now:%Y-%m-%d:%H:%M}", {}, now)


def are_kept(uow: UnitOfWork, kept: Submission, again: forms.Submission) -> bool:
    """Tell whether answers are those of a kept submission; a row may leave out its id, but not name another."""
    plain_answers, people = forms.without_people(canonical.decode(kept.answers))
    return (
        canonical.encode(plain_answers) == canonical.encode(again.answers)
        and all(person in (None, people.get(path)) for path, person in again.people.items())
        and uow.personal.read([kept.id]).get(kept.id, {}) == {one.path: one.value for one in again.personal}
    )


def marks_of(version: Deployed, element_id: str, answers: Mapping[str, Any]) -> list[str]:
    """Return the fields that a return marks: rows whose select offers the fields of another form."""
    form = version.form_of(element_id)
    return [one.path for one in marked_fields(form, answers)] if form else []


def plain(value: Any) -> Any:
    """Return typed-in answers as values with a canonical form, for the fingerprint of a request and for drafts.

    What no form would take, such as half a character or an endless number, becomes a text: it is refused by name
    later instead of breaking here.
    """
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value if _is_plain_number(Decimal(value)) else str(value)[:400]
    if value is None or isinstance(value, bool | date | UUID):
        return value
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _is_plain_number(number: Decimal) -> bool:
    return (
        number.is_finite()
        and abs(number.adjusted()) < MAX_DIGITS
        and len(number.as_tuple().digits) < MAX_DIGITS
    )


@dataclass(frozen=True, slots=True)
class _Files:
    taken: Sequence[Attachment]
    unused: Sequence[Attachment]


def _files(uow: UnitOfWork, task: Task, wanted: Sequence[UUID]) -> _Files:
    """Lock the files of a task: those the answers name, and those that were uploaded and left out."""
    rows = {
        row.id: row
        for row in uow.session.scalars(
            select(Attachment)
            .join(Task, Task.id == Attachment.task_id)
            .where(same_part(task))
            .where(Attachment.status.in_(("held", "committed")))
            .with_for_update(of=Attachment)
            .execution_options(populate_existing=True)
        )
        if row.status == "committed" or row.task_id == task.id
    }
    for file_id in wanted:
        if file_id not in rows:
            raise NotFound(kind="attachment", id=file_id)
    unused = [row for row in rows.values() if row.status == "held" and row.id not in wanted]
    return _Files([rows[file_id] for file_id in wanted], unused)
