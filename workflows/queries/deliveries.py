"""What left the house: for administrators a list of it, for the worker the one that is about to leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, tuple_

from storage.actor import Actor
from storage.models import Account, Delivery, Notification
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.errors import FieldInvalid
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.inbox import MOST
from workflows.queries.names import names_of
from workflows.queries.notifications import ROWS, notice_views, rows_for
from workflows.queries.views import DeliveryView, LetterView, NoticeView, Page

STATES: Final = ("waiting", "sent", "kept", "failed", "refused", "dropped")
"""What is gathered for a digest shows with that digest."""




def deliveries(
    uow: UnitOfWork, actor: Actor, status: str = "", after: str | None = None, limit: int = 30
) -> Page[DeliveryView]:
    """List messages that left or should have, the newest first. Administrators only; a fixed number of statements.

    Raises RoleMissing, FieldInvalid for another status or a foreign cursor.
    """
    policy.require_administrator(actor)
    if status and status not in STATES:
        raise FieldInvalid(field="status")
    limit = max(1, min(limit, MOST))
    order = (Delivery.created_at, Delivery.id)
    wanted = select(Delivery).where(Delivery.status.in_((status,) if status else STATES))
    if after:
        wanted = wanted.where(tuple_(*order) < tuple_(*read_cursor(after, datetime, UUID)))
    rows = uow.session.scalars(wanted.order_by(*(one.desc() for one in order)).limit(limit + 1)).all()
    shown = rows[:limit]
    following = write_cursor(shown[-1].created_at, shown[-1].id) if len(rows) > limit else None
    return Page(tuple(_views(uow, shown)), following)


def delivery_counts(uow: UnitOfWork, actor: Actor) -> dict[str, int]:
    """Count what needs an administrator: failed and refused, each up to 100. Raises RoleMissing."""
    policy.require_administrator(actor)
    found = {}
    for status in ("failed", "refused"):
        rows = select(Delivery.id).where(Delivery.status == status).limit(MOST).subquery()
        found[status] = int(uow.session.scalar(select(func.count()).select_from(rows)) or 0)
    return found


def read_letter(uow: UnitOfWork, delivery_id: UUID) -> tuple[LetterView | None, str | None]:
    """Return what a delivery says and where it goes; None with the reason when there is nothing to send any more."""
    found = uow.session.execute(
        select(Delivery, Account).join(Account, Account.id == Delivery.account_id).where(Delivery.id == delivery_id)
    ).first()
    if found is None or found.Delivery.status not in ("waiting", "failed"):
        return None, "done"
    delivery, account = found.Delivery, found.Account
    kept = account.mail if delivery.channel == "mail" else account.phone
    clear = uow.personal.decrypt_many([(account.subject_id, kept)])[0] if kept else None
    if account.disabled_at is not None or not clear:
        return None, "no_address"
    notices = [one for one in _told_by(uow, delivery, account.language) if one.read_at is None]
    if not notices:
        return None, "nothing_left"
    letter = LetterView(
        delivery.id, delivery.channel, clear.decode("utf-8"), account.language, delivery.notification_id is None,
        tuple(notices),
    )  # fmt: skip
    return letter, None


def _told_by(uow: UnitOfWork, delivery: Delivery, language: str) -> list[NoticeView]:
    ids: Any = [delivery.notification_id]
    if delivery.notification_id is None:
        ids = select(Delivery.notification_id).where(Delivery.digest_id == delivery.id)
    return notice_views(uow, uow.session.execute(rows_for(delivery.account_id, ids)).all(), language)


def _views(uow: UnitOfWork, rows: Sequence[Delivery]) -> list[DeliveryView]:
    """Return deliveries with what they say: for administrators, who see every case."""
    names = names_of(uow, {row.account_id for row in rows})
    spoken = uow.session.execute(
        select(Account.id, Account.language).where(Account.id.in_({row.account_id for row in rows}))
    )
    languages = {row.id: row.language for row in spoken}
    digests = {row.id for row in rows if row.notification_id is None}
    bundled = uow.session.execute(
        select(Delivery.digest_id, Delivery.notification_id)
        .where(Delivery.digest_id.in_(digests))
        .order_by(Delivery.created_at, Delivery.id)
    ).all()
    ids = {row.notification_id for row in rows if row.notification_id} | {one.notification_id for one in bundled}
    told = {one.Notification.id: one for one in uow.session.execute(ROWS.where(Notification.id.in_(ids)))}
    views = []
    for row in rows:
        own = [row.notification_id] if row.notification_id else [o.notification_id for o in bundled if o.digest_id == row.id]
        language = languages.get(row.account_id, "zh_CN")
        notices = notice_views(uow, [told[one] for one in own if one in told], language)
        views.append(
            DeliveryView(
                id=row.id,
                account_id=row.account_id,
                recipient=names.get(row.account_id, ""),
                language=language,
                channel=row.channel,
                status=row.status,
                error=row.error,
                reference=row.reference,
                is_digest=row.notification_id is None,
                notices=tuple(notices),
                created_at=row.created_at,
                sent_at=row.sent_at,
            )
        )
    return views
