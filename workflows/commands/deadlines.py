"""Open deadlines follow the calendar (A25): each case is moved in a transaction of its own, by leased work."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select, update

from storage.actor import SYSTEM
from storage.models import Instance, Task, Timer
from storage.unit_of_work import UnitOfWork
from workflows.commands.quarantine import quarantines
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.waits import put_next_due
from workflows.deployed import Deployed, deployed
from workflows.engine import NotOpen, Reschedule
from workflows.errors import InstanceQuarantined
from workflows.events import Event
from workflows.queries.calendars import working_calendar
from workflows.queries.deadlines import cases_to_move, due_by

LOOK_KIND: Final = "deadlines"
MOVE_KIND: Final = "deadlines.move"
TASK_KEY: Final = "calendar"
"""By this key an operator lets a move that was given up be tried again."""

LATER: Final = timedelta(minutes=2)
"""A command that read the calendar before its change may commit a deadline after the first look."""

Lease = tuple[UUID, UUID]


def ask_to_move(uow: UnitOfWork, year: int, version: int) -> None:
    """Ask the worker, within the change of a year, to look twice for deadlines that it moves."""
    for look, pause in enumerate((timedelta(), LATER), 1):
        uow.jobs.put(
            LOOK_KIND, f"{LOOK_KIND}:{year}:{version}:{look}", {"year": year}, uow.clock.now() + pause
        )


def look_for_moved(uow: UnitOfWork, year: int, asked: str, lease: Lease) -> int:
    """Put one piece of work for each case that the calendar moves; return how many. `asked` names the look."""
    with uow.begin(SYSTEM) as done:
        uow.jobs.finish(*lease)
        cases = cases_to_move(uow, year)
        for instance_id in cases:
            uow.jobs.put(
                MOVE_KIND,
                f"{asked}:{instance_id}",
                {},
                uow.clock.now(),
                instance_id=instance_id,
                task_key=TASK_KEY,
            )
        return done(len(cases))


@quarantines
def move_deadlines(uow: UnitOfWork, instance_id: UUID, lease: Lease) -> int:
    """Move what the calendar moves in one case, suspended or not; return how many. An ended case has nothing to move.

    One that moves into the past is due at once. Raises InstanceQuarantined, StateDamaged, NotFound, LeaseLost.
    """
    with uow.begin(SYSTEM) as done:
        uow.jobs.finish(*lease)
        instance = uow.lock_instance(instance_id, even_if_due=True)
        if instance.quarantined_at is not None:
            raise InstanceQuarantined
        if instance.status not in ("active", "suspended"):
            return done(0)
        timers = uow.session.scalars(
            select(Timer)
            .where(Timer.instance_id == instance.id, Timer.working.is_(True), Timer.failed_at.is_(None))
            .order_by(Timer.due_at, Timer.key)
            .execution_options(populate_existing=True)
        ).all()
        return done(move_timers(uow, deployed(uow.session, instance.definition_id), instance, timers))


def move_timers(uow: UnitOfWork, version: Deployed, instance: Instance, timers: Sequence[Timer]) -> int:
    """Move those of some timers that the calendar moves, each with its event; return how many. Raises StepFailed.

    What is due by the old and by the new calendar is not moved: it fires.
    """
    if not any(timer.working for timer in timers):
        return 0
    calendar, now, moved = working_calendar(uow), uow.clock.now(), 0
    for timer in timers:
        due = due_by(timer, calendar)
        if due is not None and due != timer.due_at and max(due, timer.due_at) > now:
            moved += _move(uow, version, instance, timer, due)
    return moved


def _move(uow: UnitOfWork, version: Deployed, instance: Instance, timer: Timer, due: datetime) -> bool:
    was = timer.due_at
    try:
        step = run_step(uow, version, instance, Reschedule(timer.key), {f"due:{timer.key}": due})
    except NotOpen:  # the engine does not know it: a row without meaning
        uow.session.delete(timer)
        put_next_due(uow, instance)
        return False
    details = {"key": timer.key, "element": timer.element_id, "was": was, "due": due}
    keep_step(uow, instance, step, Event.TIMER_MOVED, definition_sha256=version.sha256, details=details)
    apply_step(uow, version, instance, step)
    earliest = uow.session.scalar(
        select(func.min(Timer.due_at)).where(Timer.instance_id == instance.id, Timer.host == timer.host)
    )
    uow.session.execute(
        update(Task)
        .where(
            Task.instance_id == instance.id,
            Task.element_id == version.element(timer.element_id).attached_to,
            Task.status == "open",
            or_(Task.due_at == was, Task.due_at > due),
        )
        .values(due_at=earliest)
        .execution_options(synchronize_session="fetch")
    )
    return True
