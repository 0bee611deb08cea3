"""A worker shows that it lives, and what it has done: so whoever watches the house sees every worker on every machine."""

import os
import socket
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import update

from storage.actor import SYSTEM
from storage.models import WorkerSeen
from storage.unit_of_work import UnitOfWork

BEAT_EVERY: Final = timedelta(seconds=15)


class Beats:
    """What one worker process has done since it began. Not to be shared between threads."""

    def __init__(self, worker_id: UUID) -> None:
        self.worker_id = worker_id
        self.rounds = self.pieces = self.troubles = 0
        self.round_ms = 0
        self._began: datetime | None = None
        self._shown: datetime | None = None

    def round_done(self, began: float, pieces: int) -> None:
        """Count a round that began at `began` of time.monotonic()."""
        self.rounds += 1
        self.pieces += pieces
        self.round_ms = round((time.monotonic() - began) * 1000)

    def trouble(self) -> None:
        """Count a round that was cut short."""
        self.troubles += 1

    def show(self, uow: UnitOfWork) -> None:
        """Tell the house that this worker lives, at most every BEAT_EVERY. Raises DatabaseUnavailable."""
        now = uow.clock.now()
        if self._shown is None or now - self._shown >= BEAT_EVERY:
            self._write(uow, ended_at=None)
            self._shown = now

    def end(self, uow: UnitOfWork) -> None:
        """Say that this worker ended in good order. Raises DatabaseUnavailable."""
        self._write(uow, ended_at=uow.clock.now())

    def _write(self, uow: UnitOfWork, ended_at: datetime | None) -> None:
        with uow.begin(SYSTEM):
            now = uow.clock.now()
            self._began = self._began or now
            values = {
                "seen_at": now,
                "ended_at": ended_at,
                "rounds": self.rounds,
                "pieces": self.pieces,
                "troubles": self.troubles,
                "round_ms": self.round_ms,
                "memory": resident_bytes(),
            }
            mine = update(WorkerSeen).where(WorkerSeen.id == self.worker_id).values(values)
            changed = uow.session.execute(mine.execution_options(synchronize_session=False))
            if not changed.rowcount:  # type: ignore[attr-defined]
                uow.session.add(
                    WorkerSeen(
                        id=self.worker_id,
                        host=socket.gethostname()[:100],
                        process=os.getpid(),
                        started_at=self._began,
                        **values,
                    )
                )


def resident_bytes() -> int:
    """Return how much memory this process holds, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
