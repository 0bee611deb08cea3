"""Keep notices: once per person and occasion, as the person wants to be told; what goes out becomes work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from storage.models import Account, Delivery, Notification, NotificationPreference
from storage.unit_of_work import UnitOfWork
from workflows.notices.kinds import OUTWARD, Channel, Kind, Mode, default_mode

SEND_KIND: Final = "notice.send"
QUIET: Final = timedelta(seconds=20)
"""A message leaves a little later: what is done at once need not be told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is to be told, while they act for `organisation_id`. `about` names the occasion."""

    account_id: UUID
    organisation_id: UUID
    instance_id: UUID
    task_id: UUID | None
    kind: Kind
    about: str


def keep(uow: UnitOfWork, notices: Sequence[Notice]) -> int:
    """Write the notices that nobody was told yet, and ask for what goes out; return how many. Inside uow.begin."""
    wanted = {(one.account_id, one.kind, one.about): one for one in notices}
    if not wanted:
        return 0
    told = uow.session.execute(
        select(Notification.account_id, Notification.kind, Notification.about).where(
            Notification.account_id.in_({one.account_id for one in notices}),
            Notification.about.in_({one.about for one in notices}),
        )
    )
    known = {(row.account_id, row.kind, row.about) for row in told}
    new = [one for key, one in wanted.items() if key not in known]
    if not new:
        return 0
    modes, reached = _wishes(uow, {one.account_id for one in new})
    now = uow.clock.now()
    going: list[Delivery] = []
    for one in new:
        mode = {channel: _mode(modes, one, channel) for channel in Channel}
        row = Notification(
            id=uow.ids.new(), account_id=one.account_id, organisation_id=one.organisation_id,
            instance_id=one.instance_id, task_id=one.task_id, kind=one.kind, about=one.about,
            in_app=mode[Channel.APP] is not Mode.NEVER, created_at=now,
        )  # fmt: skip
        uow.session.add(row)
        for channel in OUTWARD:
            if mode[channel] is not Mode.NEVER and channel in reached[one.account_id]:
                status = "waiting" if mode[channel] is Mode.NOW else "gathered"
                going.append(_delivery(uow, row.id, one.account_id, channel, status))
    uow.session.flush()
    uow.session.add_all(going)
    for delivery in going:
        if delivery.status == "waiting":
            ask_to_send(uow, delivery)
    return len(new)


def ask_to_send(uow: UnitOfWork, delivery: Delivery) -> None:
    """Make a delivery work for the worker; of one channel that fails, there is one incident."""
    uow.jobs.put(
        SEND_KIND,
        f"{SEND_KIND}:{delivery.id}:{delivery.tries}",
        {"delivery": delivery.id},
        uow.clock.now() + (QUIET if delivery.tries == 0 else timedelta()),
        task_key=delivery.channel,
    )


def new_digest(uow: UnitOfWork, account_id: UUID, channel: Channel) -> Delivery:
    """Return the delivery of a digest, not yet written."""
    return _delivery(uow, None, account_id, channel, "waiting")


def _delivery(
    uow: UnitOfWork, notification_id: UUID | None, account_id: UUID, channel: Channel, status: str
) -> Delivery:
    return Delivery(
        id=uow.ids.new(), notification_id=notification_id, account_id=account_id, channel=channel, status=status,
        tries=0, created_at=uow.clock.now(),
    )  # fmt: skip


Modes = dict[tuple[UUID, str, str], str]


def _mode(modes: Modes, one: Notice, channel: Channel) -> Mode:
    chosen = modes.get((one.account_id, one.kind, channel))
    return Mode(chosen) if chosen else default_mode(one.kind, channel)


def _wishes(uow: UnitOfWork, accounts: Iterable[UUID]) -> tuple[Modes, dict[UUID, set[Channel]]]:
    """Return what these people chose, and over which channels each can be reached; two statements."""
    ids = set(accounts)
    chosen = uow.session.scalars(
        select(NotificationPreference).where(NotificationPreference.account_id.in_(ids))
    )
    modes = {(row.account_id, row.kind, row.channel): row.mode for row in chosen}
    rows = uow.session.execute(
        select(Account.id, Account.mail.is_not(None).label("mail"), Account.phone.is_not(None).label("phone")).where(
            Account.id.in_(ids)
        )
    )
    reached = {
        row.id: {channel for channel, has in ((Channel.MAIL, row.mail), (Channel.SMS, row.phone)) if has} for row in rows
    }
    return modes, reached
