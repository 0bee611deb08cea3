"""Notices: read, wanted in another way, sent once more."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select, update

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Delivery, Notification, NotificationPreference
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.errors import FieldInvalid
from workflows.notices.keeping import ask_to_send
from workflows.notices.kinds import MODES, Channel, Kind, Mode, default_mode

AGAIN: Final = ("failed", "refused")
MOST_AGAIN: Final = 200


def mark_read(uow: UnitOfWork, actor: Actor, notification_id: UUID) -> None:
    """Note that the actor has read a notice; once more is success. Raises NotFound for another's."""
    with uow.begin(actor) as done:
        found = uow.session.scalar(
            select(Notification).where(
                Notification.id == notification_id, Notification.account_id == actor.account_id
            )
        )
        if found is None:
            raise NotFound(kind="notification", id=notification_id)
        found.read_at = found.read_at or uow.clock.now()
        return done(None)


def mark_all_read(uow: UnitOfWork, actor: Actor) -> int:
    """Note that the actor has read all notices for the organisation acted for; return how many that were."""
    with uow.begin(actor) as done:
        unread = update(Notification).where(
            Notification.account_id == actor.account_id,
            Notification.organisation_id == actor.organisation_id,
            Notification.read_at.is_(None),
        )
        read = uow.session.execute(
            unread.values(read_at=uow.clock.now()), execution_options={"synchronize_session": False}
        )
        return done(int(read.rowcount))  # type: ignore[attr-defined]


def put_preferences(uow: UnitOfWork, actor: Actor, chosen: Mapping[tuple[Kind, Channel], Mode]) -> None:
    """Keep how the actor wants to be told; what is as it would be anyway is not kept. Raises FieldInvalid.

    A kind and channel that is not named goes on as it is.
    """
    for (kind, channel), mode in chosen.items():
        if mode not in MODES[channel]:
            raise FieldInvalid(field=f"{kind}.{channel}")
    with uow.begin(actor) as done:
        own = NotificationPreference.account_id == actor.account_id
        kept = {(row.kind, row.channel): row for row in uow.session.scalars(select(NotificationPreference).where(own))}
        for (kind, channel), mode in chosen.items():
            row = kept.get((kind, channel))
            if row is not None:
                row.mode = mode
            elif mode is not default_mode(kind, channel):
                uow.session.add(
                    NotificationPreference(account_id=actor.account_id, kind=kind, channel=channel, mode=mode)
                )
        return done(None)


def send_again(uow: UnitOfWork, actor: Actor, delivery_id: UUID | None = None) -> int:
    """Try deliveries once more that failed or were refused: this one, or the newest 200; return how many.

    Raises RoleMissing for everybody but administrators, NotFound for one that cannot be tried again.
    """
    policy.require_administrator(actor)
    with uow.begin(actor) as done:
        wanted = select(Delivery).where(Delivery.status.in_(AGAIN)).order_by(Delivery.created_at.desc())
        if delivery_id is not None:
            wanted = wanted.where(Delivery.id == delivery_id)
        rows = uow.session.scalars(wanted.limit(MOST_AGAIN).with_for_update(skip_locked=True)).all()
        if not rows and delivery_id is not None:
            raise NotFound(kind="delivery", id=delivery_id)
        for row in rows:
            row.status, row.error, row.tries = "waiting", None, row.tries + 1
            ask_to_send(uow, row)
        return done(len(rows))
