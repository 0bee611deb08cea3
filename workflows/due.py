"""How far a deadline is away, in working days (A25): pure, over the calendar of working days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from workflows.calendar import MOST_DAYS, WorkingCalendar, beijing_day

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline as it stands now. All counts are working days.

    state: over, today (ends today), later. `used` lie behind: after the day of arrival and before today; `is_counting`
    tells whether today is one of those that count; `left` come after today, up to the last day. `overdue` have begun
    since the last day, today among them. `seconds` are to go, or gone by when negative.
    """

    state: str
    used: int
    is_counting: bool
    left: int
    overdue: int
    seconds: int

    @property
    def limit(self) -> int:
        """Return how many working days there were altogether."""
        return self.used + self.is_counting + self.left


def due_of(since: datetime, due_at: datetime, now: datetime, calendar: WorkingCalendar) -> Due:
    """Return how a deadline stands. What is due at 24:00 is due on the day that this ends (K11)."""
    arrived, last, today = beijing_day(since), beijing_day(due_at - _INSTANT), beijing_day(now)
    is_over = now >= due_at
    state = "over" if is_over else "today" if last == today else "later"
    end = last + timedelta(days=1)
    return Due(
        state=state,
        used=_working(calendar, arrived + timedelta(days=1), min(today, end)),
        is_counting=arrived < today <= last and calendar.is_working(today),
        left=_working(calendar, max(today, arrived) + timedelta(days=1), end),
        overdue=_working(calendar, max(end, arrived), today + timedelta(days=1)) if is_over else 0,
        seconds=int((due_at - now).total_seconds()),
    )


def _working(calendar: WorkingCalendar, first: date, end: date) -> int:
    """Count the working days from a day up to, and without, another; a year's worth of them at most."""
    span = min((end - first).days, MOST_DAYS)
    return sum(calendar.is_working(first + timedelta(days=number)) for number in range(max(0, span)))
