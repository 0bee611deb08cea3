"""How the house does, in a fixed number of statements that read what is open and nothing that is done.

The conditions are written out in full, as the partial indexes have them: a bound value would keep SQLite from those.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import or_, select

from storage.actor import Actor, Role
from storage.models import Instance, Job, Organisation, Timer, WorkerSeen
from storage.types import UtcDateTime
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import deployed
from workflows.errors import RoleMissing
from workflows.queries.views.house import (
    HeldCase,
    HouseCounts,
    HouseView,
    JobCount,
    JobView,
    TimerView,
    WorkerView,
)

CAP: Final = 10_000
"""Nothing is counted beyond this."""
SHOWN: Final = 50
SEEN_LATELY: Final = timedelta(seconds=60)

_RUNNING = "status IN ('active', 'suspended') AND quarantined_at IS NULL"
_FIRES = (
    "timer JOIN instance ON instance.id = timer.instance_id AND instance.status = 'active'"
    " AND instance.quarantined_at IS NULL WHERE timer.due_at <= :now AND timer.failed_at IS NULL"
)
_COUNTED: Final[Mapping[str, str]] = {
    "tasks_open": "task WHERE status = 'open'",
    "tasks_overdue": "task WHERE status = 'open' AND due_at < :now",
    "active": f"instance WHERE {_RUNNING} AND status = 'active'",
    "suspended": f"instance WHERE {_RUNNING} AND status = 'suspended'",
    "quarantined": "instance WHERE quarantined_at IS NOT NULL",
    "timers_set": "timer WHERE failed_at IS NULL",
    "timers_due": _FIRES,
    "timers_failed": "timer WHERE failed_at IS NOT NULL",
    "timers_leased": "timer WHERE due_at <= :now AND lease_until > :now",
    "pending": "attachment WHERE status <> 'committed' AND status = 'pending'",
    "held": "attachment WHERE status <> 'committed' AND status = 'held'",
    "quarantine": "attachment WHERE status <> 'committed' AND status = 'quarantined'",
    "access_unchained": "access_record WHERE chained_seq IS NULL",
}


def _now(text: str) -> sa.TextClause:
    return sa.text(text).bindparams(sa.bindparam("now", type_=UtcDateTime()))


# All of it is our own text; values are bound.
_COUNTS = _now(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n FROM (SELECT 1 FROM {what} LIMIT {CAP}) AS {name}"  # noqa: S608
        for name, what in _COUNTED.items()
    )
)
_OF_JOBS = " UNION ALL ".join(
    "SELECT * FROM (SELECT kind, status, CASE WHEN lease_token IS NULL THEN 0 ELSE 1 END AS leased, due_at"  # noqa: S608
    f" FROM job WHERE status = '{status}' ORDER BY due_at LIMIT {CAP}) AS {status}"
    for status in ("waiting", "failed")
)
_JOBS = sa.text(
    "SELECT kind, status, leased, count(*) AS n, min(due_at) AS oldest"  # noqa: S608
    f" FROM ({_OF_JOBS}) AS jobs GROUP BY kind, status, leased ORDER BY kind"
).columns(oldest=UtcDateTime())
_INCIDENTS = sa.text(
    f"SELECT kind, count(*) AS n FROM (SELECT kind FROM incident WHERE closed_at IS NULL LIMIT {CAP}) AS one"  # noqa: S608
    " GROUP BY kind"
)
_OLDEST_TIMER = _now(f"SELECT timer.due_at AS due FROM {_FIRES} ORDER BY timer.due_at LIMIT 1").columns(  # noqa: S608
    due=UtcDateTime()
)


def house_counts(uow: UnitOfWork, actor: Actor) -> HouseCounts:
    """Count what waits in the house, in five statements. Overseers only: RoleMissing for others."""
    _require_overseer(actor)
    now = {"now": uow.clock.now()}
    session = uow.session
    found = {row.name: row.n for row in session.execute(_COUNTS, now)}
    return HouseCounts(
        tasks_open=found["tasks_open"],
        tasks_overdue=found["tasks_overdue"],
        instances={status: found[status] for status in ("active", "suspended")},
        quarantined=found["quarantined"],
        timers_set=found["timers_set"],
        timers_due=found["timers_due"],
        timers_failed=found["timers_failed"],
        timers_leased=found["timers_leased"],
        oldest_timer=session.execute(_OLDEST_TIMER, now).scalar(),
        attachments={
            "pending": found["pending"],
            "held": found["held"],
            "quarantined": found["quarantine"],
        },
        access_unchained=found["access_unchained"],
        incidents={row.kind: row.n for row in session.execute(_INCIDENTS)},
        jobs=tuple(_jobs_by_kind(session.execute(_JOBS))),
        workers=tuple(_workers(uow, now["now"])),
    )


def read_house(uow: UnitOfWork, actor: Actor) -> HouseView:
    """Return what operators look at, in a fixed number of statements. Raises RoleMissing."""
    counts = house_counts(uow, actor)
    names = {worker.id: f"{worker.host}:{worker.process}" for worker in counts.workers}
    return HouseView(
        counts,
        tuple(_jobs(uow, names)),
        tuple(_timers(uow, actor)),
        tuple(_held_cases(uow, actor)),
    )


def _jobs_by_kind(rows: Any) -> Iterator[JobCount]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(row.kind, {})
        state = "failed" if row.status == "failed" else "leased" if row.leased else "waiting"
        one[state] = row.n
        if state == "waiting":
            one["oldest"] = row.oldest
    return (JobCount(kind, **one) for kind, one in found.items())


def _workers(uow: UnitOfWork, now: datetime) -> Iterator[WorkerView]:
    rows = uow.session.scalars(select(WorkerSeen).order_by(WorkerSeen.seen_at.desc()).limit(SHOWN))
    for row in rows:
        lives = row.ended_at is None and now - row.seen_at <= SEEN_LATELY
        yield WorkerView(
            row.id, row.host, row.process, row.started_at, row.seen_at, row.ended_at, lives,
            row.rounds, row.pieces, row.troubles, row.round_ms, row.memory,
        )  # fmt: skip


def _jobs(uow: UnitOfWork, workers: Mapping[UUID, str]) -> Iterator[JobView]:
    """Jobs that somebody may want to look at: given up, in work, or due for another try."""
    now = uow.clock.now()
    interesting = or_(
        Job.status == "failed",
        sa.and_(
            Job.status == "waiting", or_(Job.lease_token.is_not(None), Job.attempts > 0, Job.due_at <= now)
        ),
    )
    rows = uow.session.execute(
        select(Job, Instance.number)
        .outerjoin(Instance, Instance.id == Job.instance_id)
        .where(Job.status.in_(("waiting", "failed")), interesting)
        .order_by(Job.status, Job.due_at, Job.id)
        .limit(SHOWN)
    )
    for job, number in rows:
        holder = workers.get(job.leased_by) if job.leased_by and job.lease_token else None
        yield JobView(
            job.id, job.kind, job.status, job.instance_id, number, job.due_at, job.attempts,
            job.lease_until, holder, job.last_error,
        )  # fmt: skip


def _timers(uow: UnitOfWork, actor: Actor) -> Iterator[TimerView]:
    now = uow.clock.now()
    rows = uow.session.execute(
        select(Timer, Instance.number, Instance.definition_id)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(
            or_(
                Timer.failed_at.is_not(None),
                sa.and_(Timer.due_at <= now, Instance.status == "active", Instance.quarantined_at.is_(None)),
            )
        )
        .order_by(Timer.due_at, Timer.instance_id, Timer.key)
        .limit(SHOWN)
    )
    for timer, number, definition_id in rows:
        yield TimerView(
            timer.instance_id,
            number,
            deployed(uow.session, definition_id).title(timer.element_id, actor.language),
            timer.due_at,
            timer.lease_until,
            timer.failed_at,
        )


def _held_cases(uow: UnitOfWork, actor: Actor) -> Iterator[HeldCase]:
    suspended = sa.text("instance.status IN ('active', 'suspended') AND instance.status = 'suspended'")
    rows = uow.session.execute(
        select(Instance.id, Instance.number, Instance.definition_id, Instance.quarantined_at, Instance.created_at,
               Organisation.name)
        .join(Organisation, Organisation.id == Instance.organisation_id)
        .where(or_(suspended, Instance.quarantined_at.is_not(None)))
        .order_by(Instance.created_at.desc(), Instance.id)
        .limit(SHOWN)
    )  # fmt: skip
    for row in rows:
        title = deployed(uow.session, row.definition_id).process_title(actor.language)
        yield HeldCase(row.id, row.number, title, row.name, row.quarantined_at, row.created_at)


def _require_overseer(actor: Actor) -> None:
    if not policy.may_see_journal(actor):
        raise RoleMissing(Role.OPERATOR)
