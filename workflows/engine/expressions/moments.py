"""Functions over dates, times and durations. They read no clock: what day it is comes in as a value."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from workflows.engine.expressions import temporal
from workflows.engine.expressions.temporal import Months, months_between
from workflows.engine.expressions.texts import whole
from workflows.engine.expressions.values import Meter, Value, number

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def date_of(*arguments: Value) -> Value:
    """``date(text)``, ``date(moment)`` or ``date(year, month, day)``."""
    parts = arguments[:-1]
    if len(parts) == 1:
        if type(parts[0]) is str:
            return temporal.read_date(parts[0])
        if type(parts[0]) is datetime:
            return parts[0].date()
        return parts[0] if type(parts[0]) is date else None
    year, month, day = (whole(part) for part in (*parts, None)[:3])
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def date_and_time(value: Value, *rest: Value) -> Value:
    """``date and time(text)``, or of a day and a time of day."""
    if len(rest) == 2:
        if type(rest[0]) is not time or type(value) not in (date, datetime):
            return None
        return datetime.combine(date(value.year, value.month, value.day), rest[0])
    if type(value) is str:
        return temporal.read_date_and_time(value)
    return value if type(value) is datetime else None


def time_of(*arguments: Value) -> Value:
    """``time(text)``, ``time(moment)`` or ``time(hour, minute, second, offset)``; the offset is a duration."""
    parts = arguments[:-1]
    if len(parts) == 1:
        if type(parts[0]) is str:
            return temporal.read_time(parts[0])
        if type(parts[0]) is datetime:
            return parts[0].timetz()
        if type(parts[0]) is date:  # the standard takes a day for its midnight in UTC
            return time(tzinfo=UTC)
        return parts[0] if type(parts[0]) is time else None
    second = number(parts[2]) if len(parts) > 2 else None
    hour, minute = whole(parts[0]), whole(parts[1])
    offset = parts[3] if len(parts) == 4 else None
    if hour is None or minute is None or second is None or not 0 <= second < 60:
        return None
    if offset is not None and type(offset) is not timedelta:
        return None
    fraction = int((second - int(second)) * 1_000_000)
    try:
        zone = None if offset is None else timezone(offset)
        return time(hour, minute, int(second), fraction, tzinfo=zone)
    except ValueError:
        return None


def duration(value: Value, _meter: Meter) -> Value:
    if type(value) is str:
        return temporal.read_duration(value)
    return value if type(value) in (timedelta, Months) else None


def years_and_months_duration(start: Value, end: Value, _meter: Meter) -> Value:
    if type(start) not in (date, datetime) or type(end) not in (date, datetime):
        return None
    return months_between(start, end)


def day_of_week(value: Value, _meter: Meter) -> Value:
    return _DAYS[value.weekday()] if type(value) in (date, datetime) else None


def month_of_year(value: Value, _meter: Meter) -> Value:
    return _MONTHS[value.month - 1] if type(value) in (date, datetime) else None


def day_of_year(value: Value, _meter: Meter) -> Value:
    return Decimal(value.timetuple().tm_yday) if type(value) in (date, datetime) else None


def week_of_year(value: Value, _meter: Meter) -> Value:
    return Decimal(value.isocalendar().week) if type(value) in (date, datetime) else None
