"""Work that no process owns: rows that are due, leased with a token, and done once.

Every method runs inside `uow.begin(SYSTEM)` or a command; `finish` belongs into the transaction of the job's effect, so
that effect and job are done together or not at all. Leases of the dead are freed by `sweep`, all the time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from storage import canonical
from storage.errors import LeaseLost
from storage.models import Incident, Job

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from storage.journal import Journal
    from storage.ports import Clock, Ids

INCIDENT_OPENED = "incident.opened"
MAX_ATTEMPTS = 10
FIRST_PAUSE_SECONDS = 2
LONGEST_PAUSE_SECONDS = 600
LONGEST_LEASE = timedelta(minutes=10)
"""No lease is given for as long: one that ends later was given by a clock that has gone back since."""
_LOW = 2**64 - 1


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job that this process may do until `lease_until`; `attempts` counts this one."""

    id: UUID
    token: UUID
    kind: str
    dedupe_key: str
    payload: Any
    instance_id: UUID | None
    task_key: str | None
    attempts: int
    lease_until: datetime


class Jobs:
    """The table of work, inside the transaction of a unit of work."""

    def __init__(self, session: Session, clock: Clock, ids: Ids, journal: Journal) -> None:
        self._session = session
        self._clock = clock
        self._ids = ids
        self._journal = journal

    def put(
        self,
        kind: str,
        dedupe_key: str,
        payload: Mapping[str, Any],
        due_at: datetime,
        instance_id: UUID | None = None,
        task_key: str | None = None,
    ) -> bool:
        """Ask for work once per dedupe_key, whatever became of it; tell whether this call was the first to ask."""
        self._session.flush()
        row = {
            "id": self._ids.new(), "kind": kind, "dedupe_key": dedupe_key, "instance_id": instance_id,
            "task_key": task_key, "payload": canonical.encode_text(payload), "status": "waiting", "due_at": due_at,
            "attempts": 0, "created_at": self._clock.now(),
        }  # fmt: skip
        table = Job.__table__
        columns = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        insert = sa.text(f"INSERT INTO job ({columns}) VALUES ({values}) ON CONFLICT (dedupe_key) DO NOTHING")  # noqa: S608 - our own column names
        types = [sa.bindparam(name, type_=table.c[name].type) for name in row]
        return bool(self._session.execute(insert.bindparams(*types), row).rowcount)  # type: ignore[attr-defined]

    def claim(
        self,
        kinds: Collection[str] | None = None,
        limit: int = 10,
        lease_seconds: int = 60,
        holder: int | None = None,
        worker_id: UUID | None = None,
    ) -> list[LeasedJob]:
        """Lease due jobs of these kinds (all when None), the longest due first. Two workers never get the same one.

        The tokens of a `holder` (64 bits) begin with its number, so that `sweep` knows them again.
        """
        now = self._clock.now()
        due = (
            sa.select(Job)
            .where(Job.status == "waiting", Job.due_at <= now, Job.lease_token.is_(None))
            .order_by(Job.due_at, Job.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if kinds is not None:
            due = due.where(Job.kind.in_(list(kinds)))
        leased = []
        for job in self._session.execute(due).scalars():
            job.lease_token = self._token(holder)
            job.lease_until = now + timedelta(seconds=lease_seconds)
            job.leased_by = worker_id
            job.attempts += 1
            leased.append(
                LeasedJob(
                    id=job.id,
                    token=job.lease_token,
                    kind=job.kind,
                    dedupe_key=job.dedupe_key,
                    payload=canonical.decode(job.payload),
                    instance_id=job.instance_id,
                    task_key=job.task_key,
                    attempts=job.attempts,
                    lease_until=job.lease_until,
                )
            )
        self._session.flush()
        return leased

    def finish(self, job_id: UUID, token: UUID) -> None:
        """Mark a leased job as done. Raises LeaseLost when the lease went to somebody else: roll the effect back."""
        self._release(job_id, token, status="done", last_error=None)

    def extend(self, job_id: UUID, token: UUID, lease_seconds: int = 60) -> None:
        """Keep a lease for longer. Raises LeaseLost."""
        held = sa.update(Job).where(Job.id == job_id, Job.lease_token == token, Job.status == "waiting")
        until = self._clock.now() + timedelta(seconds=lease_seconds)
        if self._session.execute(held.values(lease_until=until)).rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLost(job_id)

    def give_back(self, job_id: UUID, token: UUID, error: str, *, final: bool = False) -> None:
        """Return a job that failed: it is due again after a growing pause; after MAX_ATTEMPTS, or at once when
        `final`, it is given up with an incident. `error` may hold no personal value. Raises LeaseLost.
        """
        job = self._session.get(Job, job_id, populate_existing=True)
        if job is None or job.lease_token != token:
            raise LeaseLost(job_id)
        if final or job.attempts >= MAX_ATTEMPTS:
            self._release(job_id, token, status="failed", last_error=error[:500])
            self._give_up(job, error)
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (job.attempts - 1), LONGEST_PAUSE_SECONDS)
        due_at = self._clock.now() + timedelta(seconds=pause)
        self._release(job_id, token, status="waiting", last_error=error[:500], due_at=due_at)

    def sweep(self, holder: int | None = None) -> int:
        """Free the leases that ran out, because their worker died, or that no clock of today could have given; return
        how many. One that always dies is given up.

        Those of a `holder` go at once: it has died, or has nothing in hand any more.
        """
        now = self._clock.now()
        over: sa.ColumnElement[bool] = sa.or_(Job.lease_until < now, Job.lease_until > now + LONGEST_LEASE)
        if holder is not None:
            over |= Job.lease_token.between(UUID(int=holder << 64), UUID(int=(holder << 64) | _LOW))
        out = (
            sa.select(Job)
            .where(Job.status == "waiting", Job.lease_token.is_not(None), over)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        count = 0
        for job in self._session.execute(out).scalars():
            job.lease_token = job.lease_until = None
            job.last_error = "its worker died"
            count += 1
            if job.attempts >= MAX_ATTEMPTS:
                job.status = "failed"
                self._give_up(job, job.last_error)
        self._session.flush()
        return count

    def _token(self, holder: int | None) -> UUID:
        token = self._ids.new()
        return token if holder is None else UUID(int=(holder << 64) | (token.int & _LOW))

    def _release(self, job_id: UUID, token: UUID, **values: Any) -> None:
        held = sa.update(Job).where(Job.id == job_id, Job.lease_token == token, Job.status == "waiting")
        done = self._session.execute(held.values(lease_token=None, lease_until=None, **values))
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise LeaseLost(job_id)

    def again(self, instance_id: UUID, task_key: str) -> int:
        """Let given-up jobs of a task be done once more, as often as new ones; return how many there are."""
        given_up = sa.update(Job).where(
            Job.instance_id == instance_id, Job.task_key == task_key, Job.status == "failed"
        )
        done = self._session.execute(given_up.values(status="waiting", attempts=0, due_at=self._clock.now()))
        return int(done.rowcount)  # type: ignore[attr-defined]

    def drop(self, instance_id: UUID, task_key: str) -> None:
        """Give up the jobs of a task for good, because somebody else did its work."""
        unwanted = sa.update(Job).where(
            Job.instance_id == instance_id, Job.task_key == task_key, Job.status.in_(("waiting", "failed"))
        )
        self._session.execute(unwanted.values(status="dropped", lease_token=None, lease_until=None))

    def put_off(self, job_id: UUID, token: UUID, until: datetime) -> None:
        """Return a job that may not be done now; it costs no attempt. Raises LeaseLost."""
        self._release(job_id, token, due_at=until, attempts=Job.attempts - 1)

    def _give_up(self, job: Job, error: str) -> None:
        """Open an incident, unless the trouble with this task has one that says why."""
        told = sa.exists().where(
            Incident.instance_id == job.instance_id,
            Incident.task_key == job.task_key,
            Incident.closed_at.is_(None),
        )
        if job.task_key is not None and self._session.scalar(sa.select(told)):
            return
        incident = Incident(
            id=self._ids.new(), instance_id=job.instance_id, task_key=job.task_key, kind="job_failed",
            message=f"{job.kind}: {error}"[:500], opened_at=self._clock.now(),
        )  # fmt: skip
        self._session.add(incident)
        details = {"instance": job.instance_id, "incident": incident.id, "why": incident.message}
        self._journal.record(INCIDENT_OPENED, stream="system", details=details)
