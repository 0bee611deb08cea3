"""The calendar of working days as its readers see it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CalendarDayView:
    """A day that differs from its weekday, or has a name."""

    day: date
    working: bool
    name: str


@dataclass(frozen=True, slots=True)
class CalendarYearView:
    """One year; `version` is 0 for a year that nobody has put in yet."""

    year: int
    provisional: bool
    version: int
    days: tuple[CalendarDayView, ...]
