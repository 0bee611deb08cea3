"""When something is due: ISO 8601 durations and dates as instants, by the clock of Beijing and the working calendar."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Final

from workflows.calendar import BEIJING, WorkingCalendar, beijing_day, due_after_working_days

DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?",
    re.ASCII,
)


def due_at(form: str, text: str, since: datetime, calendar: Callable[[], WorkingCalendar] | None) -> datetime:
    """Return the instant in UTC that a timer names: a date or instant, or a duration since an instant.

    A date is due when it begins in Beijing; days, months and years are counted there, a month's last day standing in
    for one that it lacks. With a calendar the duration is whole days, and they are working days. Raises ValueError
    for a text that is none of this, or leads past year 9999.
    """
    try:
        if form == "date":
            return _instant(text)
        found = DURATION.fullmatch(text)
        if found is None:
            message = f"{text[:40]!r} is no duration"
            raise ValueError(message)
        years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
        seconds = timedelta(seconds=float(found[7] or 0))
        span = timedelta(weeks=weeks, days=days)
        rest = timedelta(hours=hours, minutes=minutes) + seconds
        if calendar is None:
            local = _months_later(since.astimezone(BEIJING), 12 * years + months)
            return (local + span + rest).astimezone(UTC)
        if years or months or rest or weeks:
            message = f"{text[:40]!r} does not count in working days"
            raise ValueError(message)
        return due_after_working_days(since, days, calendar())
    except OverflowError:
        message = f"{text[:40]!r} leads past year 9999"
        raise ValueError(message) from None


def end_of_day_after(since: datetime, days: int) -> datetime:
    """Return the end of the calendar day in Beijing that many days after the day of an instant, in UTC."""
    day = beijing_day(since) + timedelta(days=days + 1)
    return datetime.combine(day, time(), tzinfo=BEIJING).astimezone(UTC)


def _instant(text: str) -> datetime:
    if len(text) == len("2026-12-31"):
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=BEIJING).astimezone(UTC)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = f"{text[:40]!r} has no time zone"
        raise ValueError(message)
    return instant.astimezone(UTC)


def _months_later(local: datetime, months: int) -> datetime:
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    if year > MAXYEAR:
        raise OverflowError
    last = monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))
