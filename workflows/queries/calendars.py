"""The calendar of working days: a year of it to read, and all of it to count with."""

from datetime import MAXYEAR, MINYEAR

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import CalendarDay, CalendarYear
from storage.unit_of_work import UnitOfWork
from workflows.calendar import WorkingCalendar
from workflows.queries.views.calendars import CalendarDayView, CalendarYearView


def read_calendar(uow: UnitOfWork, _actor: Actor, year: int) -> CalendarYearView:
    """Return a year to anybody; one that nobody has put in is provisional and has no days. Raises NotFound.

    There is no year before 1 and none after 9999.
    """
    if not MINYEAR <= year <= MAXYEAR:
        raise NotFound(kind="calendar_year", id=str(year)[:20])
    return calendar_view(uow, year)


def calendar_view(uow: UnitOfWork, year: int) -> CalendarYearView:
    """Return a year as it is in the transaction."""
    row = uow.session.get(CalendarYear, year)
    if row is None:
        return CalendarYearView(year, provisional=True, version=0, days=())
    days = uow.session.scalars(select(CalendarDay).where(CalendarDay.year == year).order_by(CalendarDay.day))
    shown = tuple(CalendarDayView(day.day, day.working, day.name) for day in days)
    return CalendarYearView(year, row.provisional, row.version, shown)


def working_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Return the whole calendar, in two statements; in one, where a reader finds it as it was the last time."""
    session = uow.session
    years = session.execute(
        select(CalendarYear.year, CalendarYear.provisional, CalendarYear.version, CalendarYear.changed_at)
    ).all()
    key = (str(session.get_bind().url), frozenset(tuple(row) for row in years))
    if not session.writes and key in _KEPT:
        return _KEPT[key]
    days = session.execute(select(CalendarDay.day, CalendarDay.working))
    made = WorkingCalendar(
        {row.day: row.working for row in days}, frozenset(row.year for row in years if not row.provisional)
    )
    if not session.writes:  # what a transaction has changed may still be rolled back
        _KEPT.clear()
        _KEPT[key] = made
    return made


_KEPT: dict[object, WorkingCalendar] = {}
"""The calendar that was read last: each page that shows a deadline asks for it, and it changes once a year."""
