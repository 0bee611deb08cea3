"""Working days: pure functions over a calendar of days (requirements A25, K11).

The day of the event does not count, and what is due is due at 24:00 Asia/Shanghai of the n-th working day. China has
kept one time, eight hours before UTC, throughout the years that the calendar knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
MOST_DAYS: Final = 1_000
"""A deadline further away than this is a mistake."""

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days that differ from their weekday, and the years whose arrangement is published.

    A day without entry is worked from Monday to Friday, in a year that is not settled too: a deadline is better
    computed early and moved with the calendar than not at all.
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Tell whether the day is worked."""
        working = self.days.get(day)
        return day.weekday() < _SATURDAY if working is None else working

    def is_settled(self, day: date) -> bool:
        """Tell whether the arrangement of the day's year is published."""
        return day.year in self.settled


def due_after_working_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    """Return the instant in UTC at which something is due that many working days after an event.

    Raises ValueError for a moment without a zone, for fewer than 1 or more than 1,000 days and past year 9999.
    """
    if start.tzinfo is None:
        message = "a deadline counts from an instant, and this one has no time zone"
        raise ValueError(message)
    if not 1 <= days <= MOST_DAYS:
        message = f"a deadline has 1 to {MOST_DAYS} working days, not {days}"
        raise ValueError(message)
    day = nth_working_day(beijing_day(start), days, calendar)
    try:
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=BEIJING)
    except OverflowError:
        message = f"nothing is due after year {day.year}"
        raise ValueError(message) from None
    return midnight.astimezone(UTC)


def nth_working_day(event: date, days: int, calendar: WorkingCalendar) -> date:
    """Return the n-th working day after a day, which does not count itself. Raises ValueError past year 9999."""
    day = event
    left = days
    while left:
        if day == date.max:
            message = f"nothing is due after year {day.year}"
            raise ValueError(message)
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return day


def beijing_day(instant: datetime) -> date:
    """Return the day that it is in Beijing."""
    return instant.astimezone(BEIJING).date()
