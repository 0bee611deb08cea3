"""Changing the calendar of working days, a year at a time, as the State Council publishes it."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete, select

from storage.actor import Actor
from storage.models import CalendarDay, CalendarYear
from storage.unit_of_work import UnitOfWork
from workflows.commands.deadlines import ask_to_move
from workflows.errors import CalendarChanged, FieldInvalid
from workflows.events import Event
from workflows.lines import one_line
from workflows.policy import require_administrator
from workflows.queries.calendars import calendar_view
from workflows.queries.views.calendars import CalendarYearView

STREAM = "system"
FIRST_YEAR, LAST_YEAR = 2004, 2100
MAX_NAME = 60


def change_calendar(
    uow: UnitOfWork,
    actor: Actor,
    year: int,
    days: Mapping[date, tuple[bool, str]],
    *,
    provisional: bool = False,
    version: int | None = None,
    idempotency_key: str | None = None,
) -> CalendarYearView:
    """Put the days of a year (worked or not, and the name of the holiday) in the place of those it had.

    Open deadlines that it moves are moved by the worker, case by case; `queries.deadlines_moved_by` lists them before.
    Putting the same again is success and records nothing. With `version` the year must still be the one that was read.
    Raises CalendarChanged, FieldInvalid (year 2004 to 2100, a day of another year, a name over 60 characters),
    RoleMissing.
    """
    require_administrator(actor)
    wanted = checked_days(year, days)
    spoken = [[day.isoformat(), *said] for day, said in sorted(wanted.items())]
    fingerprint = uow.fingerprint_of("change_calendar", year, spoken, provisional, version)
    with uow.begin(actor, idempotency_key, fingerprint) as done:
        if done.repeated:
            return calendar_view(uow, year)
        row = _locked(uow, year)
        if version is not None and version != row.version:
            raise CalendarChanged(row.version)
        held = {
            one.day: (one.working, one.name)
            for one in uow.session.scalars(select(CalendarDay).where(CalendarDay.year == year))
        }
        if held != wanted or row.provisional != provisional or row.version == 0:
            _record(uow, row, held, wanted, provisional)
            _put(uow, row, wanted, provisional)
            ask_to_move(uow, year, row.version)
        return done(calendar_view(uow, year))


def checked_days(year: int, days: Mapping[date, tuple[bool, str]]) -> dict[date, tuple[bool, str]]:
    """Return the days of a year with their names trimmed. Raises FieldInvalid."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise FieldInvalid(field="year")
    if any(day.year != year for day in days):
        raise FieldInvalid(field="days")
    return {day: (bool(working), one_line(name, "name", MAX_NAME)) for day, (working, name) in days.items()}


def _locked(uow: UnitOfWork, year: int) -> CalendarYear:
    """The row of the year, locked; made with version 0 where there is none. One command at a time changes a year."""
    uow.session.execute(select(CalendarYear).order_by(CalendarYear.year).limit(1).with_for_update())
    row = uow.session.get(CalendarYear, year, with_for_update=True)
    if row is None:
        row = CalendarYear(year=year, provisional=True, version=0)
        uow.session.add(row)
        uow.session.flush()
    return row


def _record(
    uow: UnitOfWork,
    row: CalendarYear,
    held: Mapping[date, tuple[bool, str]],
    wanted: Mapping[date, tuple[bool, str]],
    provisional: bool,
) -> None:
    changed = sorted(day for day in held.keys() | wanted.keys() if held.get(day) != wanted.get(day))

    def spoken(days: Mapping[date, tuple[bool, str]]) -> dict[str, list[bool | str] | None]:
        return {day.isoformat(): list(days[day]) if day in days else None for day in changed}

    details = {
        "year": row.year,
        "was": {"provisional": row.provisional, "days": spoken(held)},
        "now": {"provisional": provisional, "days": spoken(wanted)},
    }
    uow.journal.record(Event.CALENDAR_CHANGED, stream=STREAM, details=details)


def _put(
    uow: UnitOfWork,
    row: CalendarYear,
    wanted: Mapping[date, tuple[bool, str]],
    provisional: bool,
) -> None:
    uow.session.execute(delete(CalendarDay).where(CalendarDay.year == row.year))
    uow.session.add_all(
        CalendarDay(day=day, year=row.year, working=working, name=name)
        for day, (working, name) in sorted(wanted.items())
    )
    row.provisional, row.version, row.changed_at = provisional, row.version + 1, uow.clock.now()
    uow.session.flush()
