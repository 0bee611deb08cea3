"""Who looked at files and personal data, or was refused: noted at once, chained later.

A record is one INSERT in its own short transaction before the first byte goes out; it locks no instance and takes no
place in a stream. The worker gives it seq and hash in `access:<instance>`, or `access:system` where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from storage.database import writing
from storage.errors import DatabaseUnavailable
from storage.models import AccessRecord

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.actor import Actor
    from storage.journal import Journal
    from storage.ports import Clock, Ids

ACCESS_GRANTED = "access.granted"
ACCESS_DENIED = "access.denied"


class Access:
    """Notes accesses beside the session of a unit of work."""

    def __init__(self, session: Session, clock: Clock, ids: Ids) -> None:
        self._session = session
        self._clock = clock
        self._ids = ids

    def note(self, actor: Actor, action: str, targets: Sequence[str], instance_id: UUID | None) -> None:
        """Insert a record for each target. Raises DatabaseUnavailable: then nothing may be shown."""
        if not targets:
            return
        engine = self._session.get_bind()
        rows = [
            {
                "id": self._ids.new(), "stream": f"access:{instance_id or 'system'}", "action": action,
                "actor_id": actor.account_id, "organisation_id": actor.organisation_id,
                "authentication": str(actor.auth_level), "target": target[:200], "at": self._clock.now(),
            }
            for target in targets
        ]  # fmt: skip
        try:
            with writing(engine if isinstance(engine, sa.Engine) else engine.engine) as connection:
                connection.execute(sa.insert(AccessRecord), rows)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            raise DatabaseUnavailable from error


def chain_access(session: Session, journal: Journal, limit: int = 500) -> int:
    """Give the oldest records their place in their streams; call it inside uow.begin(SYSTEM). Return how many."""
    waiting = (
        sa.select(AccessRecord)
        .where(AccessRecord.chained_seq.is_(None))
        .order_by(AccessRecord.stream, AccessRecord.at, AccessRecord.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    records = list(session.execute(waiting).scalars())
    for record in records:
        event = journal.record_past(
            record.stream, record.action, record.actor_id, record.authentication, record.at,
            {"record": record.id, "target": record.target, "organisation": record.organisation_id},
        )  # fmt: skip
        record.chained_seq = event.seq
    return len(records)
