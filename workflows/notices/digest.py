"""Once on a working day, what was gathered for each person goes out as one message."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from storage.actor import SYSTEM
from storage.models import Delivery, Notification
from storage.unit_of_work import UnitOfWork
from workflows.calendar import BEIJING, WorkingCalendar
from workflows.notices.keeping import ask_to_send, new_digest
from workflows.notices.kinds import Channel

DIGEST_KIND: Final = "notice.digest"
DIGEST_HOUR: Final = 8
DIGEST_MINUTE: Final = 30
"""In Beijing, before the work of the day begins."""
AT_ONCE: Final = 200


def digest_due(now: datetime, calendar: WorkingCalendar) -> datetime | None:
    """Return when the digest of this day is due, None on a day that is not worked."""
    here = now.astimezone(BEIJING)
    if not calendar.is_working(here.date()):
        return None
    return here.replace(hour=DIGEST_HOUR, minute=DIGEST_MINUTE, second=0, microsecond=0)


def make_digests(uow: UnitOfWork) -> int:
    """Put what is gathered into one delivery per person and channel; return how many. What was read since is left out."""
    made = 0
    while found := _make_some(uow):
        made += found
    return made


def _make_some(uow: UnitOfWork) -> int:
    with uow.begin(SYSTEM) as done:
        uow.session.execute(
            update(Delivery)
            .where(
                Delivery.status == "gathered",
                Delivery.notification_id.in_(select(Notification.id).where(Notification.read_at.is_not(None))),
            )
            .values(status="dropped", error="read"),
            execution_options={"synchronize_session": False},
        )
        pairs = uow.session.execute(
            select(Delivery.account_id, Delivery.channel).where(Delivery.status == "gathered").distinct().limit(AT_ONCE)
        ).all()
        for account_id, channel in pairs:
            digest = new_digest(uow, account_id, Channel(channel))
            uow.session.add(digest)
            uow.session.flush()
            uow.session.execute(
                update(Delivery)
                .where(Delivery.status == "gathered", Delivery.account_id == account_id, Delivery.channel == channel)
                .values(status="bundled", digest_id=digest.id),
                execution_options={"synchronize_session": False},
            )
            ask_to_send(uow, digest)
        return done(len(pairs))

