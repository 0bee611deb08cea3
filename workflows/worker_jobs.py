"""What the worker does in one round: leases freed, access records chained, files collected, handlers called.

Every piece is its own transaction; one that fails is given back and stops nobody.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Engine, Update, delete, or_, select, update

from storage.actor import SYSTEM
from storage.erasure import scrub
from storage.errors import (
    DatabaseUnavailable,
    LeaseLost,
    StateDamaged,
    StorageError,
)
from storage.jobs import LeasedJob
from storage.models import IdempotencyKey, Incident, Instance, LoginSession, Throttle, Timer
from storage.personal import SCRUB
from storage.unit_of_work import UnitOfWork
from workflows.commands.messages import correlate_message
from workflows.commands.services import complete_service, read_case_of_job
from workflows.commands.steps import OUTSIDE_KIND
from workflows.commands.timers import fire_due
from workflows.commands.waits import MESSAGE_KIND
from workflows.deployed import deployed
from workflows.errors import DomainError, InstanceSuspended, MessageNotAwaited
from workflows.handlers import HANDLERS, Call, Effect
from workflows.unused_files import collect_attachments

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 60
AT_ONCE: Final = 10
KEYS_KEPT: Final = timedelta(days=30)
HOUSEKEEPING_EVERY: Final = timedelta(minutes=5)
WHILE_SUSPENDED: Final = timedelta(minutes=5)
OBJECTS_EVERY: Final = timedelta(hours=6)


def run_due(uow: UnitOfWork) -> int:
    """Do what is due now and return how many pieces that were; 0 means that the worker may rest."""
    with uow.begin(SYSTEM):
        uow.jobs.sweep()
    with uow.begin(SYSTEM) as done:
        chained = done(uow.chain_access())
    kinds = [OUTSIDE_KIND + name for name, handler in HANDLERS.items() if handler.effect is Effect.OUTSIDE]
    kinds += list(OWN_KINDS)
    with uow.begin(SYSTEM) as done:
        leased = done(uow.jobs.claim(kinds, AT_ONCE, LEASE_SECONDS))
    for job in leased:
        run_job(uow, job)
    return chained + len(leased) + fire_timers(uow)


def fire_timers(uow: UnitOfWork) -> int:
    """Fire what is due in cases that nobody works on now; return how many cases that were.

    Each is leased, so that workers share them; a worker that dies is followed by another when its lease has run out.
    """
    now = uow.clock.now()
    with uow.begin(SYSTEM) as done:
        running = select(Instance.id).where(Instance.status == "active", Instance.quarantined_at.is_(None))
        due = (
            select(Timer)
            .where(
                Timer.due_at <= now,
                Timer.failed_at.is_(None),
                or_(Timer.lease_until.is_(None), Timer.lease_until < now),
                Timer.instance_id.in_(running),
            )
            .order_by(Timer.due_at, Timer.key)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        cases: dict[UUID, None] = {}
        for timer in uow.session.scalars(due):
            timer.lease_until = now + timedelta(seconds=LEASE_SECONDS)
            cases[timer.instance_id] = None
        done(cases)
    for instance_id in cases:
        try:
            fire_due(uow, instance_id)
        except StateDamaged:
            log.warning("instance %s is damaged: its timers rest", instance_id)
        except DatabaseUnavailable:
            raise
        except Exception:  # one poison row stops nobody
            log.exception("the timers of %s could not be fired", instance_id)
    return len(cases)


def run_job(uow: UnitOfWork, job: LeasedJob) -> None:
    """Do one leased job. What fails is given back with its kind of error, never with a value."""
    try:
        if job.kind.startswith(OUTSIDE_KIND):
            _call_outside(uow, job)
        else:
            OWN_KINDS[job.kind](uow, job)
    except LeaseLost:
        log.warning("job %s went to another worker", job.id)
    except Exception as error:  # one poison row stops nobody
        log.exception("job %s of kind %s failed", job.id, job.kind)
        handler = HANDLERS.get(job.kind.removeprefix(OUTSIDE_KIND))
        final = isinstance(error, DomainError) or (handler is not None and job.attempts >= handler.tries)
        try:
            with uow.begin(SYSTEM):
                uow.jobs.give_back(job.id, job.token, type(error).__name__, final=final)
        except StorageError:
            log.warning("job %s could not be given back; the sweeper frees it", job.id)


def keep_house(uow: UnitOfWork) -> int:
    """Collect what has had its time: unused files, old idempotency rows, ended sessions, quiet counters."""
    collected = 0
    while found := collect_attachments(uow):
        collected += found
    with uow.begin(SYSTEM) as done:
        now = uow.clock.now()
        for statement in (
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEYS_KEPT),
            delete(LoginSession).where(LoginSession.expires_at < now),
            delete(Throttle).where(Throttle.updated_at < now - timedelta(days=1)),
            _moot_incidents(now),
        ):
            collected += _count(uow.session.execute(statement))
        return done(collected)


def _moot_incidents(now: datetime) -> Update:
    """Close what is open about cases that have ended meanwhile: there is nothing left to do about it."""
    ended = select(Instance.id).where(Instance.status.in_(("completed", "cancelled", "failed")))
    return (
        update(Incident)
        .where(
            Incident.closed_at.is_(None), Incident.kind != "state_damaged", Incident.instance_id.in_(ended)
        )
        .values(closed_at=now, resolution="moot")
        .execution_options(synchronize_session=False)
    )


def _call_outside(uow: UnitOfWork, job: LeasedJob) -> None:
    name = job.kind.removeprefix(OUTSIDE_KIND)
    handler = HANDLERS[name]
    if job.instance_id is None or job.task_key is None:
        raise LeaseLost(job.id)
    instance = read_case_of_job(uow, job.instance_id)
    if instance.status == "suspended":
        with uow.begin(SYSTEM):
            uow.jobs.put_off(job.id, job.token, uow.clock.now() + WHILE_SUSPENDED)
        return
    version = deployed(uow.session, instance.definition_id)
    call = Call(uow, instance, version.package, job.task_key, uow.clock.now())
    outcome = handler(call, job.payload["inputs"])
    complete_service(uow, job.instance_id, job.task_key, name, outcome.values, (job.id, job.token))


def _deliver(uow: UnitOfWork, job: LeasedJob) -> None:
    """Bring a thrown message to the case that awaits it; while nobody does, it is tried again like all work."""
    lease = (job.id, job.token)
    payload = job.payload
    try:
        correlate_message(
            uow, SYSTEM, payload["message"], payload["correlation"], payload["values"], lease=lease
        )
    except (MessageNotAwaited, InstanceSuspended) as early:
        with uow.begin(SYSTEM):
            uow.jobs.give_back(job.id, job.token, early.code)


def _scrub(uow: UnitOfWork, job: LeasedJob) -> None:
    """Make the database files forget what was erased; a reader that is in the way lets it be tried again."""
    uow.session.rollback()
    engine = uow.session.get_bind()
    clean = scrub(engine if isinstance(engine, Engine) else engine.engine)
    with uow.begin(SYSTEM):
        if clean:
            uow.jobs.finish(job.id, job.token)
        else:
            uow.jobs.give_back(job.id, job.token, "a reader was in the way")


def _count(result: Any) -> int:
    return int(result.rowcount)


OWN_KINDS: Final[dict[str, Callable[[UnitOfWork, LeasedJob], None]]] = {SCRUB: _scrub, MESSAGE_KIND: _deliver}
