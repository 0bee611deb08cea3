"""Files of a task: taken into quarantine, checked, held; a submission commits them later."""

import unicodedata
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import func, select, update

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
from workflows.unused_files import UNUSED_FILE_TTL, discard, drop_object

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

    Its row is there, pending, before anything goes to the store; only the last step makes it held. Whatever dies in
    between leaves a pending row that the collector finds. A refused file leaves nothing behind.
    The field declares types, size in MiB (inclusive, A4) and how many.
    Raises FileRefused, UnknownField, TooManyFiles, TaskAlreadyClaimed, TaskNotOpen, StoreUnavailable, NotFound.
    """
    clean = clean_name(name)
    pending, object_key, limits = _announce(
        uow, actor, task_id, field, clean, repeatable=idempotency_key is not None
    )
    try:
        received, checked = _receive(uow, stream, clean, limits, object_key)
        kept = uow.documents.promote(object_key)
        fingerprint = uow.fingerprint_of("attach", task_id, field, received.sha256)
        with uow.begin(actor, idempotency_key, fingerprint) as done:
            if done.repeated:
                view = _first_time(uow, done.resource_id)
            else:
                lock_for_work(uow, actor, task_id)
                _require_room(uow, task_id, field, limits.files)
                view = done(_hold(uow, pending, kept, received, checked, clean), pending)
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
        key = row.object_key
        uow.session.delete(row)
        uow.after_commit(lambda: drop_object(uow, key))


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


def _announce(
    uow: UnitOfWork, actor: Actor, task_id: UUID, field: str, name: str, *, repeatable: bool
) -> tuple[UUID, str, _Limits]:
    """Write the row of a file that is about to come; who could not complete the task uploads nothing."""
    with uow.begin(actor) as done:
        task, instance, version = lock_for_work(uow, actor, task_id)
        limits = _limits(version.form_of(task.element_id), field)
        if limits is None:
            raise UnknownField(field=field[:64])
        if not repeatable:  # a repeated upload is not one more file; that shows at the end
            _require_room(uow, task_id, field, limits.files)
        subject_id = side_subject(uow, actor, task)
        now = uow.clock.now()
        row = Attachment(
            id=uow.ids.new(),
            task_id=task.id,
            instance_id=instance.id,
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
        uow.session.add(row)
        return done((row.id, row.object_key, limits))


def _receive(
    uow: UnitOfWork, stream: BinaryIO, name: str, limits: _Limits, object_key: str
) -> tuple[Received, Checked]:
    received = uow.documents.receive(stream, limits.bytes, object_key)
    with received:
        return received, check_file(received.file, name, limits.types, limits.bytes)


def _hold(
    uow: UnitOfWork, pending: UUID, kept: str, received: Received, checked: Checked, name: str
) -> AttachmentView:
    """Make a checked file held, unless the collector was faster: then it is gone, and the person tries again."""
    row = uow.session.scalar(
        update(Attachment)
        .where(Attachment.id == pending, Attachment.status == "pending")
        .values(
            status="held",
            object_key=kept,
            media_type=checked.media_type,
            size=checked.size,
            sha256=received.sha256,
            expires_at=None,
        )
        .returning(Attachment)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise StoreUnavailable
    return attachment_view(row, name, None)


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
