"""What a worker does between its jobs, every few minutes: what has had its time goes, what is due by the clock is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Update, delete, exists, or_, select, update

from storage.actor import SYSTEM
from storage.models import (
    Delivery,
    IdempotencyKey,
    Incident,
    Instance,
    Job,
    LoginSession,
    Notification,
    Throttle,
    WorkerSeen,
)
from storage.unit_of_work import UnitOfWork
from workflows.calendar import BEIJING
from workflows.commands.quarantine import FILE_DAMAGED, FILE_SWAPPED
from workflows.commands.terms import forget_ended_terms
from workflows.kept_files import REHASH_KIND
from workflows.notices.digest import DIGEST_KIND, digest_due
from workflows.notices.keeping import SEND_KIND
from workflows.notices.reminders import REMIND_KIND
from workflows.paces import BATCH, note_paces
from workflows.papers.kinds import ISSUE_KIND, KEY_OF_PAPERS
from workflows.queries.calendars import working_calendar
from workflows.unused_files import collect_attachments
from workflows.worker_jobs import LONG_KINDS, SWEEP_KIND

KEYS_KEPT: Final = timedelta(days=30)
WORKERS_KEPT: Final = timedelta(days=7)
HOUSEKEEPING_EVERY: Final = timedelta(minutes=5)
SWEEPS_A_DAY: Final = 4
NOTICE_KINDS: Final = (DIGEST_KIND, REMIND_KIND, SEND_KIND)
NOTICE_JOBS_KEPT: Final = timedelta(days=3)
NOTICES_KEPT: Final = timedelta(days=400)
REMIND_MINUTES: Final = 10
NIGHT_HOUR: Final = 2
"""At this hour in Beijing the sample of kept files is read again."""


def keep_house(uow: UnitOfWork) -> int:
    """Collect what has had its time: unused files, old idempotency rows, ended sessions, quiet counters."""
    collected = 0
    while found := collect_attachments(uow):
        collected += found
    while note_paces(uow) == BATCH:
        pass
    with uow.begin(SYSTEM) as done:
        now = uow.clock.now()
        _ask_for_files(uow, now)
        _ask_for_notices(uow, now)
        for statement in (
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEYS_KEPT),
            delete(Job).where(
                Job.kind.in_((*LONG_KINDS, ISSUE_KIND)), Job.status == "done", Job.created_at < now - KEYS_KEPT
            ),
            delete(Job).where(
                Job.kind.in_(NOTICE_KINDS), Job.status == "done", Job.created_at < now - NOTICE_JOBS_KEPT
            ),
            delete(Delivery).where(Delivery.created_at < now - NOTICES_KEPT),
            delete(Notification).where(
                Notification.created_at < now - NOTICES_KEPT, ~exists().where(Delivery.notification_id == Notification.id)
            ),
            delete(LoginSession).where(LoginSession.expires_at < now),
            delete(Throttle).where(Throttle.updated_at < now - timedelta(days=1)),
            delete(WorkerSeen).where(WorkerSeen.seen_at < now - WORKERS_KEPT),
            _moot_incidents(now),
            forget_ended_terms(),
        ):
            done_now: Any = uow.session.execute(statement)
            collected += done_now.rowcount
        return done(collected)


def _ask_for_files(uow: UnitOfWork, now: datetime) -> None:
    """Ask for the next look at the object store and the next nightly sample; of several workers one gets each."""
    here = now.astimezone(BEIJING)
    part = here.hour * SWEEPS_A_DAY // 24
    uow.jobs.put(SWEEP_KIND, f"{SWEEP_KIND}:{here.date()}:{part}", {}, now)
    night = here.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    uow.jobs.put(REHASH_KIND, f"{REHASH_KIND}:{here.date()}", {}, max(now, night.astimezone(UTC)))


def _ask_for_notices(uow: UnitOfWork, now: datetime) -> None:
    """Ask for the next look at deadlines, and for the digest of a day that is worked."""
    here = now.astimezone(BEIJING)
    slot = here.minute // REMIND_MINUTES
    uow.jobs.put(REMIND_KIND, f"{REMIND_KIND}:{here:%Y-%m-%d:%H}:{slot}", {}, now)
    due = digest_due(now, working_calendar(uow))
    if due is not None:
        uow.jobs.put(DIGEST_KIND, f"{DIGEST_KIND}:{here.date()}", {}, max(now, due.astimezone(UTC)))


def _moot_incidents(now: datetime) -> Update:
    """Close what is open about cases that have ended meanwhile: there is nothing left to do about it."""
    ended = select(Instance.id).where(Instance.status.in_(("completed", "cancelled", "failed")))
    return (
        update(Incident)
        .where(
            Incident.closed_at.is_(None),
            Incident.kind.not_in(("state_damaged", FILE_DAMAGED, FILE_SWAPPED)),
            Incident.instance_id.in_(ended),
            or_(Incident.task_key.is_(None), ~Incident.task_key.startswith(KEY_OF_PAPERS)),  # a decision comes after the end
        )
        .values(closed_at=now, resolution="moot")
        .execution_options(synchronize_session=False)
    )
