"""Dates, times and durations: reading their texts, adding, subtracting, scaling, and what their parts are called.

A duration of days and time is a timedelta, one of years and months a ``Months``; the two never mix, because a month has
no length. Whatever lies past year 9999, or past what a duration can hold, is null.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

MICROSECOND = timedelta(microseconds=1)
MAX_MONTHS = 12 * 1_000_000_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?"
_TIME = re.compile(_CLOCK, re.ASCII)
_DATE_AND_TIME = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(T{_CLOCK})?", re.ASCII)
_DAYS_TIME = re.compile(
    r"(-?)P(?=.)(?:([0-9]{1,9})D)?"
    r"(?:T(?=.)(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12})(?:\.([0-9]{0,6}))?S)?)?",
    re.ASCII,
)
_YEARS_MONTHS = re.compile(r"(-?)P(?=.)(?:([0-9]{1,9})Y)?(?:([0-9]{1,10})M)?", re.ASCII)


class Months(NamedTuple):
    """A duration of years and months, as months; compares with its like only."""

    total: int


Duration = timedelta | Months


def read_date(text: str) -> date | None:
    """A date from ``YYYY-MM-DD``; None when there is no such day."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_date_and_time(text: str) -> datetime | None:
    """A date and time from ISO 8601 with seconds; None when it is not one."""
    if not _DATE_AND_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """A time of day from ``HH:MM:SS``, with or without an offset; None when it is not one."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def read_duration(text: str) -> Duration | None:
    """A duration from ISO 8601: ``P3DT4H`` or ``P1Y6M``, never both kinds in one; None when it is neither."""
    found = _YEARS_MONTHS.fullmatch(text)
    if found:
        sign, years, months = found.groups()
        count = int(years or 0) * 12 + int(months or 0)
        return months_of(-count if sign else count)
    found = _DAYS_TIME.fullmatch(text)
    if not found:
        return None
    sign, days, hours, minutes, seconds, fraction = found.groups()
    try:
        length = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "").ljust(6, "0")),
        )
    except OverflowError:
        return None
    return -length if sign else length


def months_of(count: int) -> Months | None:
    return Months(count) if abs(count) <= MAX_MONTHS else None


def text_of(value: Any) -> str | None:
    """The ISO 8601 text of a date, a time or a duration; None for everything else."""
    kind = type(value)
    if kind is timedelta:
        return _days_time_text(value)
    if kind is Months:
        years, months = divmod(abs(value.total), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-P" if value.total < 0 else "P") + text
    if kind in (date, datetime, time):
        return str(value.isoformat())
    return None


def _days_time_text(value: timedelta) -> str:
    length = abs(value)
    hours, seconds = divmod(length.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    shown = f"{seconds}.{length.microseconds:06}".rstrip("0") if length.microseconds else str(seconds)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{shown}S" if shown != "0" else ""
    days = f"{length.days}D" if length.days else ""
    if not days and not clock:
        return "PT0S"
    return ("-P" if value < timedelta(0) else "P") + days + (f"T{clock}" if clock else "")


def plus(left: Any, right: Any) -> Any:
    """``+`` where a date, a time or a duration takes part; None when the two do not add up."""
    try:
        if type(left) in (timedelta, Months) and type(right) not in (timedelta, Months):
            left, right = right, left
        return _moved(left, right)
    except (OverflowError, ValueError):
        return None


def minus(left: Any, right: Any) -> Any:
    """``-``: a moment less a duration, the duration between two moments, or the difference of two durations."""
    try:
        if type(right) is timedelta:
            return _moved(left, -right)
        if type(right) is Months:
            return _moved(left, Months(-right.total))
        return _between(left, right)
    except (OverflowError, ValueError, TypeError):
        return None


def negated(value: Any) -> Any:
    """The duration the other way round; None for everything that is no duration."""
    if type(value) is Months:
        return Months(-value.total)
    try:
        return -value if type(value) is timedelta else None
    except OverflowError:
        return None


def times(value: Duration, factor: Decimal) -> Duration | None:
    """A duration so many times, cut off at a microsecond or a whole month."""
    if isinstance(value, Months):
        return None if factor.adjusted() > 11 else months_of(int(value.total * factor))
    if factor.adjusted() > 17:
        return None
    try:
        return int(Decimal(value // MICROSECOND) * factor) * MICROSECOND
    except OverflowError:
        return None


def size(value: Duration) -> Decimal:
    """Months, or microseconds: what two durations of one kind are divided by."""
    return Decimal(value.total if isinstance(value, Months) else value // MICROSECOND)


def _moved(moment: Any, by: Any) -> Any:
    kind = type(moment)
    if type(by) is timedelta:
        if kind is date:
            return (datetime(moment.year, moment.month, moment.day, tzinfo=UTC) + by).date()
        if kind is datetime or kind is timedelta:
            return moment + by
        if kind is time:
            return _turned(moment, by)
    elif type(by) is Months:
        if kind is Months:
            return months_of(moment.total + by.total)
        if kind is date or kind is datetime:
            return months_later(moment, by.total)
    return None


def months_later(moment: date, count: int) -> date:
    """So many months later; a day that the month has not is its last one. Raises ValueError past years 1 to 9999."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    day = min(moment.day, last_day(year, month + 1))
    return moment.replace(year=year, month=month + 1, day=day)


def last_day(year: int, month: int) -> int:
    """The number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _turned(clock: time, by: timedelta) -> time:
    turned = datetime.combine(date(2000, 1, 3), clock) + (by % timedelta(days=1))
    return turned.timetz()


def _between(left: Any, right: Any) -> timedelta | None:
    kinds = (type(left), type(right))
    if kinds == (time, time):
        left, right = datetime.combine(date(2000, 1, 3), left), datetime.combine(date(2000, 1, 3), right)
    elif not {*kinds} <= {date, datetime}:
        return None
    moments = [
        datetime(one.year, one.month, one.day, tzinfo=UTC) if type(one) is date else one
        for one in (left, right)
    ]
    if (moments[0].tzinfo is None) != (moments[1].tzinfo is None):
        return None
    result: timedelta = moments[0] - moments[1]
    return result


def months_between(start: date, end: date) -> Months:
    """The whole months from one day to another, negative when the second is the earlier one."""
    count = (end.year - start.year) * 12 + end.month - start.month
    if count > 0 and end.day < start.day:
        count -= 1
    elif count < 0 and end.day > start.day:
        count += 1
    return Months(count)


def part(value: Any, name: str) -> Any:
    """``value.name`` of a date, a time or a duration; null when it has no such part. A negative one has negative parts."""
    kind = type(value)
    if kind is Months:
        years = abs(value.total) // 12
        found = {"years": years, "months": abs(value.total) % 12}.get(name)
        return None if found is None else Decimal(-found if value.total < 0 else found)
    if kind is timedelta:
        return _part_of_length(value, name)
    if isinstance(value, date):
        if name in ("year", "month", "day"):
            return Decimal(getattr(value, name))
        if name == "weekday":
            return Decimal(value.isoweekday())
    if isinstance(value, datetime | time) and name in ("hour", "minute", "second"):
        return Decimal({"hour": value.hour, "minute": value.minute, "second": value.second}[name])
    return None


def _part_of_length(value: timedelta, name: str) -> Decimal | None:
    length = abs(value)
    found = {
        "days": length.days,
        "hours": length.seconds // 3600,
        "minutes": length.seconds // 60 % 60,
        "seconds": length.seconds % 60,
    }.get(name)
    return None if found is None else Decimal(-found if value < timedelta(0) else found)
