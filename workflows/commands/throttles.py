"""Brute force: refused attempts are counted in rows, per account and per address, shared by all processes.

An attempt counts before the password is looked at, so a hundred at once find no gap; a good one takes it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Throttle
from storage.unit_of_work import UnitOfWork
from storage.upsert import insert_if_new
from workflows.errors import TooManyAttempts
from workflows.events import Event
from workflows.lines import searched

LONGEST_PAUSE: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted: `key` never holds what was typed, only an HMAC of it. Pauses begin after `free` attempts."""

    key: str
    free: int


def account_key(uow: UnitOfWork, username: str) -> Counted:
    """Return the counter of a user name, whether the account exists or not."""
    return Counted("account:" + uow.fingerprint_of("throttle", searched(username, 64).lower()).hex(), 5)


def address_key(uow: UnitOfWork, address: str) -> Counted:
    """Return the counter of a network address, from which many people may come."""
    return Counted("address:" + uow.fingerprint_of("throttle", searched(address, 64)).hex(), 30)


def count_attempt(uow: UnitOfWork, counted: Sequence[Counted]) -> None:
    """Count an attempt in a transaction of its own; raise TooManyAttempts while a pause lasts.

    After the free attempts each one doubles the pause, from two seconds up to a quarter of an hour.
    """
    now = uow.clock.now()
    limits = {one.key: one.free for one in counted}
    with uow.begin(SYSTEM):
        new = [
            {"key": key, "failures": 0, "blocked_until": None, "updated_at": now} for key in sorted(limits)
        ]
        insert_if_new(uow.session, Throttle, new, Throttle.key)
        rows = uow.session.scalars(
            select(Throttle)
            .where(Throttle.key.in_(limits))
            .order_by(Throttle.key)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        blocked = max((row.blocked_until for row in rows if row.blocked_until), default=None)
        if blocked is not None and now < blocked <= now + LONGEST_PAUSE:  # no pause is longer: a clock went back
            raise TooManyAttempts(blocked, int((blocked - now).total_seconds()) + 1)
        for row in rows:
            if abs(now - row.updated_at) > FORGOTTEN_AFTER:
                row.failures = 0
            row.failures += 1
            row.updated_at = now
            over = row.failures - limits[row.key]
            row.blocked_until = (
                now + min(timedelta(seconds=2 ** min(over, 12)), LONGEST_PAUSE) if over > 0 else None
            )
            if over == 1:
                uow.journal.record(Event.SIGN_IN_BLOCKED, stream="system", details={"counter": row.key})


def take_back(uow: UnitOfWork, account: Counted, address: Counted) -> None:
    """Forget the attempts on an account that has just signed in, and this one of its address; inside begin."""
    rows = uow.session.scalars(
        select(Throttle)
        .where(Throttle.key.in_((account.key, address.key)))
        .order_by(Throttle.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows:
        row.failures = 0 if row.key == account.key else max(row.failures - 1, 0)
        row.blocked_until = None if row.key == account.key else row.blocked_until
        row.updated_at = uow.clock.now()
