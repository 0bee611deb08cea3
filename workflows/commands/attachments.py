"""Files of a task: taken into quarantine, checked, held; a submission commits them later."""

import contextlib
import unicodedata
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import func, select

from storage.actor import Actor
from storage.documents import Received
from storage.errors import NotFound, StoreUnavailable
from storage.filecheck import Checked, check_file
from storage.models import Attachment
from storage.unit_of_work import UnitOfWork
from workflows import forms
from workflows.commands.drafts import lock_for_work
from workflows.errors import NotAllowed, TooManyFiles, UnknownField
from workflows.queries.attachments import attachment_view
from workflows.queries.views import AttachmentView
from workflows.subjects import side_subject

MIB: Final = 1024 * 1024
DEFAULT_MAX_MIB: Final = 20
DEFAULT_TYPES: Final = frozenset({"pdf", "jpg"})
DEFAULT_MAX_FILES: Final = 10
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

    The field declares types, size in MiB (inclusive, A4) and how many. A refused file leaves nothing behind.
    Raises FileRefused, UnknownField, TooManyFiles, TaskAlreadyClaimed, TaskNotOpen, StoreUnavailable, NotFound.
    """
    task, _, version = lock_for_work(uow, actor, task_id)  # who could not complete the task uploads nothing
    limits = _limits(version.form_of(task.element_id), field)
    uow.session.rollback()  # nothing stays locked while the body comes in
    if limits is None:
        raise UnknownField(field=field[:64])
    clean = clean_name(name)
    received, checked = _receive(uow, stream, clean, limits)
    kept = uow.documents.promote(received.object_key)
    try:
        fingerprint = uow.fingerprint_of("attach", task_id, field, received.sha256)
        with uow.begin(actor, idempotency_key, fingerprint) as done:
            if done.repeated:
                return _repeated(uow, done.resource_id, kept)
            task, instance, _ = lock_for_work(uow, actor, task_id)
            _require_room(uow, task_id, field, limits.files)
            subject_id = side_subject(uow, actor, task)
            row = Attachment(
                id=uow.ids.new(),
                task_id=task.id,
                instance_id=instance.id,
                organisation_id=task.organisation_id,
                field=field,
                status="held",
                object_key=kept,
                subject_id=subject_id,
                name=uow.personal.encrypt(subject_id, clean.encode("utf-8")),
                media_type=checked.media_type,
                size=checked.size,
                sha256=received.sha256,
                uploaded_by=actor.account_id,
                created_at=uow.clock.now(),
            )
            uow.session.add(row)
            return done(attachment_view(row, clean, None), row.id)
    except BaseException:
        _drop(uow, kept)
        raise


def remove_attachment(uow: UnitOfWork, actor: Actor, attachment_id: UUID) -> None:
    """Take a held file away. Removing what is gone is success; a committed file stays for ever. Raises NotAllowed."""
    with uow.begin(actor):
        row = uow.session.get(Attachment, attachment_id)
        if row is None:
            return
        lock_for_work(uow, actor, row.task_id)
        if row.status == "committed":
            raise NotAllowed
        key = row.object_key
        uow.session.delete(row)
        uow.after_commit(lambda: _drop(uow, key))


class _Limits:
    """What a filepicker allows."""

    def __init__(self, properties: Any) -> None:
        types = properties.get("types") or DEFAULT_TYPES
        self.types = {
            text.strip().lower() for text in (types.split(",") if isinstance(types, str) else types)
        }
        self.bytes = int(float(properties.get("maxSizeMB") or DEFAULT_MAX_MIB) * MIB)
        self.files = int(properties.get("maxFiles") or DEFAULT_MAX_FILES)


def _limits(form: forms.Form | None, field: str) -> _Limits | None:
    found = form.field_at(field) if form is not None else None
    return _Limits(found.properties) if found is not None and found.type == "filepicker" else None


def _require_room(uow: UnitOfWork, task_id: UUID, field: str, limit: int) -> None:
    held = (Attachment.task_id == task_id, Attachment.field == field, Attachment.status == "held")
    if (uow.session.scalar(select(func.count()).select_from(Attachment).where(*held)) or 0) >= limit:
        raise TooManyFiles(field, limit)


def _receive(uow: UnitOfWork, stream: BinaryIO, name: str, limits: _Limits) -> tuple[Received, Checked]:
    received = uow.documents.receive(stream, limits.bytes)
    with received:
        try:
            return received, check_file(received.file, name, limits.types, limits.bytes)
        except BaseException:
            _drop(uow, received.object_key)
            raise


def _repeated(uow: UnitOfWork, attachment_id: UUID | None, again: str) -> AttachmentView:
    """Answer a repeated upload with the file of the first time; the second copy goes."""
    row = uow.session.get(Attachment, attachment_id) if attachment_id else None
    _drop(uow, again)
    if row is None:
        raise NotFound(kind="attachment", id=attachment_id)
    name = uow.personal.decrypt(row.subject_id, row.name)
    return attachment_view(row, (name or b"").decode("utf-8"), None)


def _drop(uow: UnitOfWork, object_key: str) -> None:
    """Delete an object; when the store does not answer, the sweeper finds it later: it has no row."""
    with contextlib.suppress(StoreUnavailable, NotFound):
        uow.documents.delete(object_key)


def clean_name(name: str) -> str:
    """Return a file name to show: no folders, no control characters, at most 200 characters."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    kept = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip()
    return kept[-MAX_NAME:] or "file"
