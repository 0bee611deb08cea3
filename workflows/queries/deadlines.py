"""Which open deadlines another calendar moves (A25). Only those in working days: no other reads the calendar."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.models import Instance, Timer
from storage.unit_of_work import UnitOfWork
from workflows.calendar import BEIJING, WorkingCalendar
from workflows.deployed import deployed
from workflows.instants import due_at
from workflows.policy import require_administrator
from workflows.queries.calendars import working_calendar
from workflows.queries.views.deadlines import MovedDeadline, MovedDeadlines

SHOWN: Final = 200
"""So many are listed; how many there are is always told."""


def deadlines_moved_by(
    uow: UnitOfWork, actor: Actor, year: int, days: Mapping[date, tuple[bool, str]]
) -> MovedDeadlines:
    """Return what would move if a year had these days; nothing is changed. Raises RoleMissing."""
    require_administrator(actor)
    calendar = calendar_with(
        working_calendar(uow), year, {day: working for day, (working, _) in days.items()}
    )
    found = list(moved_timers(uow, calendar, year))
    return MovedDeadlines(len(found), tuple(_views(uow, actor, found[:SHOWN])))


def calendar_with(calendar: WorkingCalendar, year: int, days: Mapping[date, bool]) -> WorkingCalendar:
    """Return a calendar with another arrangement of one year."""
    others = {day: working for day, working in calendar.days.items() if day.year != year}
    return WorkingCalendar(others | dict(days), calendar.settled | {year})


def moved_timers(uow: UnitOfWork, calendar: WorkingCalendar, year: int) -> Iterator[tuple[Timer, datetime]]:
    """Yield the timers of running cases that count days of a year and are due at another instant by a calendar."""
    begins, ends = (datetime.combine(date(at, 1, 1), time(), tzinfo=BEIJING) for at in (year, year + 1))
    timers = uow.session.scalars(
        select(Timer)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(
            Timer.working.is_(True),
            Timer.failed_at.is_(None),
            Timer.due_at > begins,
            Timer.since < ends,
            Instance.status.in_(("active", "suspended")),
        )
        .order_by(Timer.due_at, Timer.instance_id, Timer.key)
    )
    for timer in timers:
        due = due_by(timer, calendar)
        if due is not None and due != timer.due_at:
            yield timer, due


def due_by(timer: Timer, calendar: WorkingCalendar) -> datetime | None:
    """Return when a timer is due by a calendar; None where nothing says what it was computed from."""
    if not timer.working or timer.form is None or timer.text is None or timer.since is None:
        return None
    return due_at(timer.form, timer.text, timer.since, lambda: calendar)


def cases_to_move(uow: UnitOfWork, year: int) -> list[UUID]:
    """Return the cases with a deadline that the calendar, as it is now, moves."""
    found = moved_timers(uow, working_calendar(uow), year)
    return list(dict.fromkeys(timer.instance_id for timer, _ in found))


def _views(uow: UnitOfWork, actor: Actor, found: Sequence[tuple[Timer, datetime]]) -> Iterator[MovedDeadline]:
    wanted = {timer.instance_id for timer, _ in found}
    rows = uow.session.execute(
        select(Instance.id, Instance.number, Instance.definition_id).where(Instance.id.in_(wanted))
    )
    cases = {row.id: row for row in rows}
    for timer, due in found:
        case = cases[timer.instance_id]
        yield MovedDeadline(
            instance_id=case.id,
            number=case.number,
            key=timer.key,
            element_id=timer.element_id,
            title=deployed(uow.session, case.definition_id).title(timer.element_id, actor.language),
            was=timer.due_at,
            due=due,
        )
