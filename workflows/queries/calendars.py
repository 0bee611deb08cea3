"""The calendar of working days: a year of it to read, and all of it to count with."""

from sqlalchemy import select

from storage.actor import Actor
from storage.models import CalendarDay, CalendarYear
from storage.unit_of_work import UnitOfWork
from workflows.calendar import WorkingCalendar
from workflows.queries.views.calendars import CalendarDayView, CalendarYearView


def read_calendar(uow: UnitOfWork, _actor: Actor, year: int) -> CalendarYearView:
    """Return a year to anybody; one that nobody has put in is provisional and has no days."""
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
    """Return the whole calendar, in two statements."""
    days = uow.session.execute(select(CalendarDay.day, CalendarDay.working))
    settled = uow.session.scalars(select(CalendarYear.year).where(CalendarYear.provisional.is_(False)))
    return WorkingCalendar({row.day: row.working for row in days}, frozenset(settled))
