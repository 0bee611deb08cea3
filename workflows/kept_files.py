"""Files that are kept: each is read again now and then, and has to be what its row says.

A difference or a missing object becomes one incident; nothing is ever deleted or changed for it.
"""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from storage.actor import SYSTEM
from storage.errors import NotFound, StoreUnavailable
from storage.models import Attachment, Subject
from storage.unit_of_work import UnitOfWork
from workflows.commands.quarantine import FILE_DAMAGED, report_file

REHASH_KIND: Final = "files.rehash"
MOST_FILES: Final = 500
MOST_BYTES: Final = 1024**3
MOST_SECONDS: Final = 20.0
"""So long a worker does nothing else; deadlines that fall due meanwhile are fired by whoever touches the case."""

KEPT: Final = ("held", "committed")

MISSING: Final = "the object is gone"
DIFFERENT: Final = "the object is not what was uploaded"
UNREADABLE: Final = "the object store cannot read the object"


def rehash_files(
    uow: UnitOfWork,
    keep_on: Callable[[], None] = lambda: None,
    *,
    most_files: int = MOST_FILES,
    most_bytes: int = MOST_BYTES,
    most_seconds: float = MOST_SECONDS,
) -> int:
    """Read a sample of the kept files again, the least recently checked first; return how many were not whole.

    So many files, bytes and seconds at most; one file at least, however large. Files of erased persons are gone and left out.
    `keep_on` is called after each file, for the caller to keep its lease. Raises StoreUnavailable when the store is away.
    """
    sample = uow.session.execute(
        select(Attachment.id, Attachment.object_key, Attachment.sha256, Attachment.size, Attachment.instance_id)
        .join(Subject, Subject.id == Attachment.subject_id)
        .where(Attachment.status.in_(KEPT), Subject.erased_at.is_(None))
        .order_by(Attachment.checked_at.nulls_first(), Attachment.id)
        .limit(most_files)
    ).all()
    uow.session.rollback()
    read = wrong = 0
    begun = time.monotonic()
    for row in sample:
        read += row.size or 0
        if row is not sample[0] and (read > most_bytes or time.monotonic() - begun > most_seconds):
            break
        why = _fault(uow, row.object_key, row.sha256)
        wrong += why is not None
        _note(uow, row.id, row.instance_id, row.object_key, why)
        keep_on()
    return wrong


def _fault(uow: UnitOfWork, object_key: str, sha256: str | None) -> str | None:
    """Say what is wrong with an object, None when it is what it was."""
    try:
        return None if uow.documents.rehash(object_key) == sha256 else DIFFERENT
    except NotFound:
        return MISSING
    except StoreUnavailable:
        if not uow.documents.ready():
            raise
        return UNREADABLE


def _note(uow: UnitOfWork, attachment_id: UUID, instance_id: UUID, object_key: str, why: str | None) -> None:
    """Write down that a file was checked, and open an incident where it is not whole.

    Only while the row is as it was read: a file that was removed or erased meanwhile is missing for a good reason.
    """
    with uow.begin(SYSTEM):
        whole = select(Subject.id).where(Subject.erased_at.is_(None))
        same = uow.session.execute(
            update(Attachment)
            .where(
                Attachment.id == attachment_id,
                Attachment.status.in_(KEPT),
                Attachment.object_key == object_key,
                Attachment.subject_id.in_(whole),
            )
            .values(checked_at=uow.clock.now())
            .returning(Attachment.id)
            .execution_options(synchronize_session=False)
        ).all()
        if same and why is not None:
            report_file(uow, instance_id, FILE_DAMAGED, why, attachment_id)
