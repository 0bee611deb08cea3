"""What the worker does in one round: leases freed, access records chained, files collected, handlers called.

Every piece is its own transaction; one that fails is given back and stops nobody.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event as ThreadEvent
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, or_, select

from config.logging import forget_case
from storage.actor import SYSTEM
from storage.erasure import scrub
from storage.errors import (
    DatabaseUnavailable,
    LeaseLost,
    StateDamaged,
    StorageError,
)
from storage.jobs import LeasedJob
from storage.models import (
    Instance,
    Timer,
)
from storage.personal import SCRUB
from storage.unit_of_work import UnitOfWork
from workflows.commands.deadlines import LOOK_KIND, MOVE_KIND, look_for_moved, move_deadlines
from workflows.commands.messages import correlate_message
from workflows.commands.services import complete_service, fail_service, read_case_of_job
from workflows.commands.steps import OUTSIDE_KIND
from workflows.commands.timers import fire_due
from workflows.commands.waits import MESSAGE_KIND
from workflows.deployed import deployed
from workflows.errors import DomainError, InstanceSuspended, MessageNotAwaited
from workflows.handlers import HANDLERS, BusinessError, Call, Effect
from workflows.kept_files import REHASH_KIND, rehash_files
from workflows.notices.digest import DIGEST_KIND, make_digests
from workflows.notices.keeping import SEND_KIND
from workflows.notices.reminders import REMIND_KIND, remind
from workflows.notices.sending import Post, send
from workflows.papers.issuing import Press, issue_paper
from workflows.papers.kinds import ISSUE_KIND
from workflows.unused_files import sweep_objects

log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 10
"""How long the work of a worker that died elsewhere waits; who lives renews in time, however long a job takes."""
TIMER_LEASE_SECONDS: Final = 5
"""Only keeps workers from standing in each other's way: the lock of the case is what makes a timer fire once."""
AT_ONCE: Final = 10
WHILE_SUSPENDED: Final = timedelta(minutes=5)
SWEEP_KIND: Final = "files.sweep"
LONG_KINDS: Final = (SWEEP_KIND, REHASH_KIND)


@dataclass
class Hands:
    """A worker's number, if it has one that outlives it, the id of its present life, and the leases in hand (job, token).

    Once it is `leaving` it ends the piece that it is at and gives the others back. Without a `post` it leaves messages
    that go out to others, without a `press` papers.
    """

    holder: int | None = None
    worker_id: UUID | None = None
    leaving: ThreadEvent = field(default_factory=ThreadEvent)
    leases: dict[UUID, UUID] = field(default_factory=dict)
    post: Post | None = None
    press: Press | None = None


def renew(uow: UnitOfWork, hands: Hands) -> None:
    """Keep the leases of what is in hand; those that are lost are left out."""
    with uow.begin(SYSTEM):
        for job_id, token in hands.leases.copy().items():
            with contextlib.suppress(LeaseLost):
                uow.jobs.extend(job_id, token, LEASE_SECONDS)


def run_due(uow: UnitOfWork, hands: Hands | None = None) -> int:
    """Do what is due now and return how many pieces that were; 0 means that the worker may rest.

    What it has leased stands in `hands`, for whoever renews the leases meanwhile.
    """
    hands = hands or Hands()
    with uow.begin(SYSTEM):
        uow.jobs.sweep(hands.holder)  # it has nothing in hand now: what has its number is of a life or a round cut short
    with uow.begin(SYSTEM) as done:
        chained = done(uow.chain_access())
    kinds = [OUTSIDE_KIND + name for name, handler in HANDLERS.items() if handler.effect is Effect.OUTSIDE]
    kinds += [kind for kind in OWN_KINDS if kind not in LONG_KINDS]
    kinds += [SEND_KIND] if hands.post else []
    alone = [LONG_KINDS, (ISSUE_KIND,)] if hands.press else [LONG_KINDS]
    with uow.begin(SYSTEM):  # a long one never goes beside others, who would wait for it
        leased = uow.jobs.claim(kinds, AT_ONCE, LEASE_SECONDS, hands.holder, hands.worker_id)
        for some in alone:
            leased = leased or uow.jobs.claim(some, 1, LEASE_SECONDS, hands.holder, hands.worker_id)
    hands.leases.update((job.id, job.token) for job in leased)
    for job in leased:
        try:
            if hands.leaving.is_set():
                _put_back(uow, job)
            else:
                run_job(uow, job, hands.post, hands.press)
        finally:
            hands.leases.pop(job.id, None)
    if hands.leaving.is_set():
        return chained + len(leased)
    return chained + len(leased) + fire_timers(uow)


def _put_back(uow: UnitOfWork, job: LeasedJob) -> None:
    """Leave a job to the next worker."""
    with contextlib.suppress(LeaseLost), uow.begin(SYSTEM):
        uow.jobs.put_off(job.id, job.token, uow.clock.now())


def fire_timers(uow: UnitOfWork) -> int:
    """Fire what is due in cases that nobody works on now; return how many cases that were.

    Each is leased, so that workers share them; a worker that dies is followed by another when its lease has run out.
    A lease that ends later than any can was given before the clock went back: it counts for nothing.
    """
    now = uow.clock.now()
    lease = timedelta(seconds=TIMER_LEASE_SECONDS)
    with uow.begin(SYSTEM) as done:
        running = select(Instance.id).where(Instance.status == "active", Instance.quarantined_at.is_(None))
        due = (
            select(Timer)
            .where(
                Timer.due_at <= now,
                Timer.failed_at.is_(None),
                or_(Timer.lease_until.is_(None), Timer.lease_until < now, Timer.lease_until > now + lease),
                Timer.instance_id.in_(running),
            )
            .order_by(Timer.due_at, Timer.key)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        cases: dict[UUID, None] = {}
        for timer in uow.session.scalars(due):
            timer.lease_until = now + lease
            cases[timer.instance_id] = None
        done(cases)
    for instance_id in cases:
        forget_case()
        try:
            fire_due(uow, instance_id)
        except StateDamaged:
            log.warning("instance %s is damaged: its timers rest", instance_id)
        except DatabaseUnavailable:
            raise
        except Exception:  # one poison row stops nobody
            log.exception("the timers of %s could not be fired", instance_id)
    return len(cases)


def run_job(
    uow: UnitOfWork, job: LeasedJob, post: Post | None = None, press: Press | None = None
) -> None:
    """Do one leased job. What fails is given back with its kind of error, never with a value."""
    forget_case()
    try:
        if job.kind.startswith(OUTSIDE_KIND):
            _call_outside(uow, job)
        elif job.kind == SEND_KIND and post is not None:
            send(uow, job, post)
        elif job.kind == ISSUE_KIND and press is not None:
            issue_paper(uow, job, press)
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
    package = version.at(job.payload["element"]).package
    call = Call(uow, instance, package, job.task_key, uow.clock.now())
    lease = (job.id, job.token)
    try:
        outcome = handler(call, job.payload["inputs"])
    except (BusinessError, DomainError) as error:
        if error.code not in handler.errors:
            raise
        fail_service(uow, job.instance_id, job.task_key, name, error, lease)
    else:
        complete_service(uow, job.instance_id, job.task_key, name, outcome.values, lease)


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


def _look_for_moved(uow: UnitOfWork, job: LeasedJob) -> None:
    """Find the cases whose deadlines a changed calendar moves."""
    look_for_moved(uow, int(job.payload["year"]), job.dedupe_key, (job.id, job.token))


def _move_deadlines(uow: UnitOfWork, job: LeasedJob) -> None:
    """Move the deadlines of one case."""
    if job.instance_id is None:
        raise LeaseLost(job.id)
    move_deadlines(uow, job.instance_id, (job.id, job.token))


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


def _with_lease(uow: UnitOfWork, job: LeasedJob, work: Callable[[UnitOfWork, Callable[[], None]], int]) -> None:
    """Do long work that takes its lease along, and finish the job."""

    def keep_on() -> None:
        with uow.begin(SYSTEM):
            uow.jobs.extend(job.id, job.token, LEASE_SECONDS)

    work(uow, keep_on)
    with uow.begin(SYSTEM):
        uow.jobs.finish(job.id, job.token)


def _remind(uow: UnitOfWork, job: LeasedJob) -> None:
    """Tell people of deadlines."""
    _with_lease(uow, job, lambda uow, _: remind(uow))


def _make_digests(uow: UnitOfWork, job: LeasedJob) -> None:
    """Bundle what was gathered for the day."""
    _with_lease(uow, job, lambda uow, _: make_digests(uow))


def _sweep_objects(uow: UnitOfWork, job: LeasedJob) -> None:
    """Delete old objects that have no row."""
    _with_lease(uow, job, sweep_objects)


def _rehash_files(uow: UnitOfWork, job: LeasedJob) -> None:
    """Read a sample of the kept files again."""
    _with_lease(uow, job, rehash_files)


OWN_KINDS: Final[dict[str, Callable[[UnitOfWork, LeasedJob], None]]] = {
    SCRUB: _scrub,
    MESSAGE_KIND: _deliver,
    LOOK_KIND: _look_for_moved,
    MOVE_KIND: _move_deadlines,
    SWEEP_KIND: _sweep_objects,
    REHASH_KIND: _rehash_files,
    REMIND_KIND: _remind,
    DIGEST_KIND: _make_digests,
}
