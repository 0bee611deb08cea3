"""Files and issued papers that are kept: each is read again now and then, and has to be what its row says.

A difference or a missing object becomes one incident; nothing is ever deleted or changed for it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update

from storage.actor import SYSTEM
from storage.errors import NotFound, StoreUnavailable
from storage.models import Attachment, IssuedDocument, Subject
from storage.unit_of_work import UnitOfWork
from workflows.commands.quarantine import FILE_DAMAGED, report_file

REHASH_KIND: Final = "files.rehash"
MOST_FILES: Final = 500
MOST_BYTES: Final = 1024**3
MOST_SECONDS: Final = 20.0
"""So long a worker does nothing else; deadlines that fall due meanwhile are fired by whoever touches the case."""

KINDS: Final = (Attachment, IssuedDocument)
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
    """Read a sample of the kept files and papers again, the least recently checked first; return how many were not whole.

    So many files, bytes and seconds at most; one file at least, however large. Files of erased persons are gone and left out.
    `keep_on` is called after each file, for the caller to keep its lease. Raises StoreUnavailable when the store is away.
    """
    found = [(row.checked_at, row.id, kind, row) for kind in KINDS for row in _least_recent(uow, kind, most_files)]
    found.sort(key=lambda one: (one[0] is not None, one[0], one[1]))
    sample = [(kind, row) for _, _, kind, row in found[:most_files]]
    uow.session.rollback()
    read = wrong = 0
    begun = time.monotonic()
    for at, (kind, row) in enumerate(sample):
        read += row.size or 0
        if at and (read > most_bytes or time.monotonic() - begun > most_seconds):
            break
        why = _fault(uow, row.object_key, row.sha256)
        wrong += why is not None
        _note(uow, kind, row, why)
        keep_on()
    return wrong


def _least_recent(uow: UnitOfWork, kind: Any, most: int) -> Sequence[Any]:
    return uow.session.execute(
        select(kind.id, kind.object_key, kind.sha256, kind.size, kind.instance_id, kind.checked_at)
        .join(Subject, Subject.id == kind.subject_id)
        .where(*_kept(kind), Subject.erased_at.is_(None))
        .order_by(kind.checked_at.nulls_first(), kind.id)
        .limit(most)
    ).all()


def _kept(kind: Any) -> tuple[ColumnElement[bool], ...]:
    """Return what a row that has to be whole fulfils: an issued paper always has to be."""
    return (Attachment.status.in_(KEPT),) if kind is Attachment else ()


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


def _note(uow: UnitOfWork, kind: Any, row: Any, why: str | None) -> None:
    """Write down that a file was checked, and open an incident where it is not whole.

    Only while the row is as it was read: a file that was removed or erased meanwhile is missing for a good reason.
    """
    with uow.begin(SYSTEM):
        whole = select(Subject.id).where(Subject.erased_at.is_(None))
        same = uow.session.execute(
            update(kind)
            .where(kind.id == row.id, *_kept(kind), kind.object_key == row.object_key, kind.subject_id.in_(whole))
            .values(checked_at=uow.clock.now())
            .returning(kind.id)
            .execution_options(synchronize_session=False)
        ).all()
        if same and why is not None:
            what = "attachment" if kind is Attachment else "paper"
            report_file(uow, row.instance_id, FILE_DAMAGED, why, row.id, what)
