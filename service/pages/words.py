"""Jinja filters: instants, amounts, sizes and durations in the words of the reader's language.

Patterns come from the catalogues (`format.*`, CLDR letters), so no language is written here.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as untyped_gettext

from service.pages.markdown import markdown

HERE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400
KIB, MIB = 1024, 1024 * 1024


def gettext(key: str, **params: object) -> str:
    """Return a text of the catalogue (Flask-Babel ships no types)."""
    return str(untyped_gettext(key, **params))


def local(at: datetime) -> datetime:
    """Return an instant on the clock of Beijing."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(HERE)


def day(at: datetime | date) -> str:
    """Return the day, with the year."""
    value = local(at) if isinstance(at, datetime) else at
    return format_date(value, gettext("format.day"), locale=get_locale())


def day_time(at: datetime) -> str:
    """Return day and minute without the year, for lines of a history."""
    return format_datetime(local(at), gettext("format.day_time"), locale=get_locale())


def last_moment(at: datetime) -> str:
    """Return the day and minute until which there is time: midnight is 24:00 of the day that it ends."""
    if local(at).time() == time():
        ended = format_datetime(
            local(at) - timedelta(days=1), gettext("format.short_day"), locale=get_locale()
        )
        return gettext("format.end_of_day", day=ended)
    return day_time(at)


def short_day(at: datetime) -> str:
    """Return the day without the year, for a stepper."""
    return format_datetime(local(at), gettext("format.short_day"), locale=get_locale())


def weekday(at: datetime) -> str:
    """Return the day with its weekday."""
    return format_datetime(local(at), gettext("format.weekday"), locale=get_locale())


def date_weekday(at: date) -> str:
    """Return a date with its weekday."""
    return format_date(at, gettext("format.weekday"), locale=get_locale())


def exact(at: datetime) -> str:
    """Return the machine's form for <time datetime>."""
    return local(at).isoformat(timespec="seconds")


def yuan(amount: Decimal | int | str) -> str:
    """Return an amount of yuan, two digits, grouped."""
    return gettext("format.yuan", amount=format_decimal(Decimal(amount), "#,##0.00", locale=get_locale()))


def size(octets: int | None) -> str:
    """Return the size of a file in KB or MB (binary)."""
    if octets is None:
        return ""
    if octets < MIB:
        return f"{max(1, round(octets / KIB))} KB"
    return f"{octets / MIB:.1f} MB"


def lasting(seconds: int | float | None) -> str:
    """Return how long something took: minutes, hours or days, the larger two."""
    total = int(seconds or 0)
    if total < MINUTE:
        return gettext("format.moments")
    if total < HOUR:
        return gettext("format.minutes", n=total // MINUTE)
    if total < DAY:
        return gettext("format.hours", n=total // HOUR)
    return gettext("format.days", n=total // DAY)


def value(anything: object) -> str:
    """Return a plain value of a form or register as a person writes it."""
    if anything is None:
        return ""
    if isinstance(anything, bool):
        return gettext("common.yes") if anything else gettext("common.no")
    if isinstance(anything, datetime | date):
        return day(anything)
    if isinstance(anything, Decimal):
        return format_decimal(anything, "#,##0.##", locale=get_locale())
    if isinstance(anything, list | tuple):
        return gettext("format.comma").join(value(part) for part in anything)
    return str(anything)


def in_row(path: str) -> str:
    """Return in which row a path lies, in brackets after a label; nothing for a field outside of rows."""
    rows = re.findall(r"\[(\d{1,4})\]", path)
    if not rows:
        return ""
    return gettext("format.bracket", text=gettext("task.in_row", n=".".join(str(int(n) + 1) for n in rows)))


def up_to_99(count: int) -> str:
    """Return a count as a badge shows it."""
    return "99+" if count >= 100 else str(count)


def install(app: Flask) -> None:
    """Give the filters to the templates."""
    for function in (day, day_time, last_moment, short_day, weekday, date_weekday, exact, yuan, size, lasting, up_to_99, in_row):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["plain"] = value
    app.jinja_env.filters["markdown"] = markdown
