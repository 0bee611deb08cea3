"""Files that nobody took: they get a term, and after it they go, first the object and then the row.

A file is `pending` until it is checked and again when it was left out or its task ended; `held` while somebody works
on its task; `committed` for ever; `quarantined` when malware was found in it. Every change of status is a compare-and-swap,
so that a crash between two steps leaves a row that the next round finishes. An `expired` row is leased to the worker that
deletes its object until its `expires_at`.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, union_all, update

from storage.actor import SYSTEM
from storage.documents import kept_key
from storage.errors import NotFound, StorageError, StoreUnavailable
from storage.models import Attachment, Draft, IssuedDocument, Task
from storage.unit_of_work import UnitOfWork
from workflows.queries.drafts import read_draft
from workflows.queries.submissions import files_in

UNUSED_FILE_TTL: Final = timedelta(days=1)
ORPHAN_AGE: Final = timedelta(hours=24)
LEASE: Final = timedelta(seconds=60)
TRIES: Final = 3
"""So many objects in a row that cannot be deleted mean that the store is away."""

SWEPT_AT_ONCE: Final = 500
COLLECTED: Final = ("pending", "quarantined", "expired")


def let_go(uow: UnitOfWork, instance_id: UUID) -> None:
    """End what was in the making at tasks of a case that are no longer open: drafts go, held files get their term.

    Inside the command that ended the tasks; what was handed in stays.
    """
    uow.session.flush()
    ended = select(Task.id).where(Task.instance_id == instance_id, Task.status != "open")
    uow.session.execute(
        delete(Draft).where(Draft.task_id.in_(ended)).execution_options(synchronize_session=False)
    )
    uow.session.execute(
        update(Attachment)
        .where(
            Attachment.instance_id == instance_id, Attachment.status == "held", Attachment.task_id.in_(ended)
        )
        .values(status="pending", expires_at=uow.clock.now() + UNUSED_FILE_TTL)
        .execution_options(synchronize_session="fetch")
    )


def discard(uow: UnitOfWork, *attachment_ids: UUID) -> None:
    """Take back files that were not accepted. Where the database or the store is away, the collector does it later."""
    with contextlib.suppress(StorageError):
        with uow.begin(SYSTEM) as done:
            won = done(_expire(uow, attachment_ids))
        _delete(uow, won)


def collect_attachments(uow: UnitOfWork, limit: int = 100) -> int:
    """Delete files past their term that no draft names: pending → expired, then the object, then the row.

    A crash in between leaves an expired row, which the next round finishes once its lease has run out. A file that a
    draft names gets a new term. Several workers share the work: nobody takes what another has leased.
    """
    now = uow.clock.now()
    with uow.begin(SYSTEM) as done:
        due = uow.session.execute(
            select(Attachment.id, Attachment.status)
            .where(Attachment.status.in_(COLLECTED), Attachment.expires_at <= now)
            .order_by(Attachment.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        named = _named_in_drafts(uow, [row.id for row in due if row.status == "pending"])
        uow.session.execute(
            update(Attachment)
            .where(Attachment.id.in_(named), Attachment.status == "pending")
            .values(expires_at=now + UNUSED_FILE_TTL)
            .execution_options(synchronize_session=False)
        )
        expired = done(_expire(uow, [row.id for row in due if row.id not in named], COLLECTED))
    return _delete(uow, expired)


def sweep_objects(uow: UnitOfWork, keep_on: Callable[[], None] = lambda: None) -> int:
    """Delete objects without a row that are older than a day: what a crash between two deletions left behind.

    `keep_on` is called now and then, for the caller to keep its lease. Raises StoreUnavailable.
    """
    gone = 0
    old = _old_objects(uow)
    while keys := list(islice(old, SWEPT_AT_ONCE)):
        known = set(
            uow.session.scalars(
                union_all(*(select(one.object_key).where(one.object_key.in_(keys)) for one in (Attachment, IssuedDocument)))
            )
        )
        uow.session.rollback()
        for object_key in keys:
            if object_key not in known:
                uow.documents.delete(object_key)
                gone += 1
        keep_on()
    return gone


def drop_object(uow: UnitOfWork, object_key: str) -> None:
    """Delete an object, in quarantine or kept; when the store does not answer, the sweep finds it: it has no row."""
    with contextlib.suppress(StoreUnavailable, NotFound):
        for key in {object_key, kept_key(object_key)}:
            uow.documents.delete(key)


def _expire(
    uow: UnitOfWork, ids: Sequence[UUID], statuses: Sequence[str] = ("pending",)
) -> list[tuple[UUID, str]]:
    """Make files expired and lease their deletion to this worker."""
    won = uow.session.execute(
        update(Attachment)
        .where(Attachment.id.in_(ids), Attachment.status.in_(statuses))
        .values(status="expired", expires_at=uow.clock.now() + LEASE)
        .returning(Attachment.id, Attachment.object_key)
        .execution_options(synchronize_session=False)
    )
    return [(row.id, row.object_key) for row in won]


def _delete(uow: UnitOfWork, expired: Sequence[tuple[UUID, str]]) -> int:
    """Delete objects, then their rows; what the store does not confirm stays expired, and stops nobody else."""
    gone, failed = [], 0
    for attachment_id, object_key in expired:
        try:
            # An upload that died between being kept and being held left its object under the other key.
            for key in {object_key, kept_key(object_key)}:
                uow.documents.delete(key)
        except StoreUnavailable:
            failed += 1
            if failed == TRIES:
                break
        else:
            failed = 0
            gone.append(attachment_id)
    if gone:
        with uow.begin(SYSTEM):
            uow.session.execute(
                delete(Attachment)
                .where(Attachment.id.in_(gone), Attachment.status == "expired")
                .execution_options(synchronize_session=False)
            )
    return len(gone)


def _named_in_drafts(uow: UnitOfWork, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the files that a living draft of their case names."""
    cases = select(Attachment.instance_id).where(Attachment.id.in_(ids))
    drafts = uow.session.scalars(
        select(Draft).join(Task, Task.id == Draft.task_id).where(Task.instance_id.in_(cases))
    ).all()
    wanted: dict[UUID, Any] = dict.fromkeys(ids)
    named: set[UUID] = set()
    for draft in drafts:
        with contextlib.suppress(ValueError):  # a damaged draft is read by nobody, so it names nothing
            named |= set(files_in(read_draft(uow, draft), wanted))
    return named


def _old_objects(uow: UnitOfWork) -> Iterator[str]:
    """Yield the keys of old objects; a house without a bucket has none yet."""
    with contextlib.suppress(NotFound):
        yield from uow.documents.older_than(uow.clock.now() - ORPHAN_AGE)
