"""Workers as they show themselves: one row for each process, told anew every few seconds."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Model
from storage.types import UtcDateTime


class WorkerSeen(Model):
    """A worker process, and what it has done since its start. Who ends in good order says so in `ended_at`.

    `pieces` counts jobs, timers and access records, `troubles` the rounds that were cut short. `round_ms` is how long
    the last round took, `memory` the resident bytes of the process.
    """

    __tablename__ = "worker_seen"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(100))
    process: Mapped[int] = mapped_column(sa.Integer)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rounds: Mapped[int] = mapped_column(sa.BigInteger)
    pieces: Mapped[int] = mapped_column(sa.BigInteger)
    troubles: Mapped[int] = mapped_column(sa.BigInteger)
    round_ms: Mapped[int] = mapped_column(sa.Integer)
    memory: Mapped[int] = mapped_column(sa.BigInteger)
