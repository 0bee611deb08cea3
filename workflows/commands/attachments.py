"""Files of a task: taken into quarantine, checked, held; a submission commits them later."""

import logging
import unicodedata
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import func, select, update

from storage.actor import Actor
from storage.check_process import check_apart
from storage.documents import Received
from storage.errors import FileRefused, NotFound, StoreUnavailable
from storage.filecheck import Checked
from storage.models import Attachment, Task
from storage.unit_of_work import UnitOfWork
from storage.virus_scan import scan
from workflows import forms
from workflows.commands.drafts import label_of, lock_for_work, require_unlocked
from workflows.commands.quarantine import quarantine_file, report_swap
from workflows.deployed import Deployed
from workflows.errors import NotAllowed, TooManyFiles, UnknownField
from workflows.forms.file_rules import FileRules, file_rules
from workflows.queries.attachments import attachment_view, known_before
from workflows.queries.views import AttachmentView
from workflows.subjects import side_subject
from workflows.unused_files import UNUSED_FILE_TTL, discard, drop_object

log = logging.getLogger("zhupi.files")
MAX_NAME: Final = 200


def attach_file(
    uow: UnitOfWork,
    actor: Actor,
    task_id: UUID,
    field: str,
    stream: BinaryIO,
    name: str,
    idempotency_key: str | None = None,
) -> AttachmentView:
    """Take a file for a field of a task; it is held until a submission takes it or it is removed.

    Its row is there, pending, before anything goes to the store; only the last step makes it held. Whatever dies in
    between leaves a pending row that the collector finds. A refused file leaves nothing behind; one with malware in it is
    kept quarantined for a while, out of everybody's reach.
    The field declares types, size in MiB (inclusive, A4) and how many.
    Raises FileRefused, UnknownField, TooManyFiles, TaskAlreadyClaimed, TaskNotOpen, StoreUnavailable, CheckUnavailable,
    NotFound.
    """
    clean = clean_name(name)
    pending, object_key, limits = _announce(
        uow, actor, task_id, field, clean, repeatable=idempotency_key is not None
    )
    try:
        received, checked = take_in(uow, pending, stream, clean, limits, object_key)
        kept = uow.documents.promote(object_key)
        mark = mark_of(uow, pending, kept, received, clean)
        fingerprint = uow.fingerprint_of("attach", task_id, field, received.sha256)
        with uow.begin(actor, idempotency_key, fingerprint) as done:
            if done.repeated:
                view = _first_time(uow, done.resource_id)
            else:
                task, _, version = lock_for_work(uow, actor, task_id)
                require_room(uow, actor, task, version, field, limits.files)
                view = done(_hold(uow, pending, (kept, mark), received, checked, clean), pending)
    except Exception:
        discard(uow, pending)
        raise
    if view.id != pending:
        discard(uow, pending)  # a repeated upload is one file: the second copy goes
    return view


def remove_attachment(uow: UnitOfWork, actor: Actor, attachment_id: UUID) -> None:
    """Take a held file away. Removing what is gone is success; a committed file stays for ever. Raises NotAllowed."""
    with uow.begin(actor):
        row = uow.session.get(Attachment, attachment_id)
        if row is None:
            return
        lock_for_work(uow, actor, row.task_id)
        if row.status == "committed":
            raise NotAllowed
        if row.status != "held":  # the collector has it, or the quarantine
            return
        key = row.object_key
        uow.session.delete(row)
        uow.after_commit(lambda: drop_object(uow, key))


def limits_of(form: forms.Form | None, field: str) -> FileRules | None:
    """Return what a field takes; None where there is no such filepicker."""
    found = form.field_at(field) if form is not None else None
    return file_rules(found) if found is not None and found.type == "filepicker" else None


def require_room(
    uow: UnitOfWork, actor: Actor, task: Task, version: Deployed, field: str, limit: int
) -> None:
    """Raise TooManyFiles when a field of a task holds as many files as it may."""
    held = (Attachment.task_id == task.id, Attachment.field == field, Attachment.status == "held")
    if (uow.session.scalar(select(func.count()).select_from(Attachment).where(*held)) or 0) >= limit:
        raise TooManyFiles(field, label_of(actor, task, version, field), limit)


def _announce(
    uow: UnitOfWork, actor: Actor, task_id: UUID, field: str, name: str, *, repeatable: bool
) -> tuple[UUID, str, FileRules]:
    """Write the row of a file that is about to come; who could not complete the task uploads nothing."""
    with uow.begin(actor) as done:
        task, _, version = lock_for_work(uow, actor, task_id)
        limits = limits_of(version.form_of(task.element_id), field)
        if limits is None:
            raise UnknownField(field=field[:64])
        require_unlocked(uow, actor, task, version, field)
        if not repeatable:  # a repeated upload is not one more file; that shows at the end
            require_room(uow, actor, task, version, field, limits.files)
        row = pending_row(uow, actor, task, side_subject(uow, actor, task), field, name)
        uow.session.add(row)
        return done((row.id, row.object_key, limits))


def pending_row(
    uow: UnitOfWork, actor: Actor, task: Task, subject_id: UUID, field: str, name: str
) -> Attachment:
    """Return the row of a file that is about to come; `subject_id` is whom its name is about."""
    now = uow.clock.now()
    return Attachment(
        id=uow.ids.new(),
        task_id=task.id,
        instance_id=task.instance_id,
        organisation_id=task.organisation_id,
        field=field,
        status="pending",
        object_key=uow.documents.new_key(),
        subject_id=subject_id,
        name=uow.personal.encrypt(subject_id, name.encode("utf-8")),
        uploaded_by=actor.account_id,
        created_at=now,
        expires_at=now + UNUSED_FILE_TTL,
    )


def take_in(
    uow: UnitOfWork, pending: UUID, stream: BinaryIO, name: str, limits: FileRules, object_key: str
) -> tuple[Received, Checked]:
    """Take the bytes in, and judge them: the virus scanner first, so that it reads them before any other parser."""
    received = uow.documents.receive(stream, limits.octets, object_key)
    with received:
        scanner = uow.settings.clamd
        found = scan(scanner, received.file) if scanner else None
        if found is not None:
            quarantine_file(uow, pending, found, received.sha256, received.size)
            raise FileRefused(code="file_infected", name=name, found=found)
        return received, check_apart(received.file, name, set(limits.types), limits.octets)


def mark_of(uow: UnitOfWork, pending: UUID, kept: str, received: Received, name: str) -> str:
    """Return the store's mark of a file that was moved; what was checked was our copy, so the store's is read again.

    The mark comes first: bytes that change after the reading have another one. Raises FileRefused file_swapped, of which
    operators get an incident, and StoreUnavailable where the collector was faster: then it is gone, and the person tries again.
    """
    try:
        mark = uow.documents.mark(kept)
        held = uow.documents.rehash(kept)
    except NotFound as gone:
        raise StoreUnavailable from gone
    if held != received.sha256:
        log.error("The store holds other bytes than those that were checked: %s", kept)
        report_swap(uow, pending)
        raise FileRefused(code="file_swapped", name=name)
    return mark


def _hold(
    uow: UnitOfWork, pending: UUID, kept: tuple[str, str], received: Received, checked: Checked, name: str
) -> AttachmentView:
    """Make a checked file held, unless the collector was faster: then it is gone, and the person tries again."""
    row = uow.session.scalar(
        update(Attachment)
        .where(Attachment.id == pending, Attachment.status == "pending")
        .values(held_values(uow, kept, received, checked))
        .returning(Attachment)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise StoreUnavailable
    return attachment_view(row, name, None, known_before(uow, [row]).get(row.id))


def held_values(
    uow: UnitOfWork, kept: tuple[str, str], received: Received, checked: Checked
) -> dict[str, Any]:
    """Return what the row of a file says once it is checked. `kept` are its key in the store and the store's mark."""
    return {
        "status": "held",
        "object_key": kept[0],
        "store_mark": kept[1],
        "media_type": checked.media_type,
        "size": checked.size,
        "sha256": received.sha256,
        "embedded": checked.embedded,
        "expires_at": None,
        "checked_at": uow.clock.now(),
    }


def _first_time(uow: UnitOfWork, attachment_id: UUID | None) -> AttachmentView:
    """Answer a repeated upload with the file of the first time."""
    row = uow.session.get(Attachment, attachment_id) if attachment_id else None
    if row is None:
        raise NotFound(kind="attachment", id=attachment_id)
    name = uow.personal.decrypt(row.subject_id, row.name)
    return attachment_view(row, (name or b"").decode("utf-8"), None)


def clean_name(name: str) -> str:
    """Return a file name to show: no folders, no control characters, at most 200 characters."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    return kept[-MAX_NAME:] or "file"
