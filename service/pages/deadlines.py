"""Deadlines on pages: the words, and the meter that carries the same information as ticks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import Flask, g

from service.current import clock, unit_of_work
from service.pages.words import gettext, last_moment, lasting, local
from workflows import queries
from workflows.due import Due, due_of

if TYPE_CHECKING:
    from workflows.calendar import WorkingCalendar

TICKS: Final = 12
"""A longer meter is no longer counted at a glance: it then shows the days next to the deadline."""
OVER: Final = 5
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline ready to be drawn. state: over, soon or nothing. ticks: u used, n today, o overdue, - still to come."""

    state: str
    text: str
    until: str
    ticks: str


def deadline(since: datetime, due_at: datetime) -> Deadline:
    """Return a deadline as it stands now; the calendar is read once for all that a page shows."""
    now = clock().now()
    found = due_of(since, due_at, now, _calendar())
    state = {"over": "over", "today": "soon"}.get(found.state, "")
    return Deadline(state, _words(found), _until(due_at, now), _ticks(found))


def _calendar() -> "WorkingCalendar":
    if "page_calendar" not in g:
        g.page_calendar = queries.working_calendar(unit_of_work())
    calendar: WorkingCalendar = g.page_calendar
    return calendar


def _words(found: Due) -> str:
    if found.state == "over":
        in_days = found.overdue > 1 or (found.overdue == 1 and found.seconds <= -DAY)
        return gettext("due.over", time=_days(found.overdue) if in_days else lasting(-found.seconds))
    if found.left and found.state == "later":
        return gettext("due.left", time=_days(found.left))
    return gettext("due.left", time=lasting(found.seconds))


def _days(count: int) -> str:
    return gettext("due.one_day") if count == 1 else gettext("due.days", n=count)


def _until(due_at: datetime, now: datetime) -> str:
    """Return the last moment, by name when it is yesterday, today or tomorrow."""
    ends, today = local(due_at - timedelta(microseconds=1)).date(), local(now).date()
    near = {-1: "due.yesterday", 0: "due.today", 1: "due.tomorrow"}.get((ends - today).days)
    at = local(due_at)
    if near is None:
        return last_moment(due_at)
    time = "24:00" if at.date() != ends else f"{at:%H:%M}"
    return gettext("due.moment", day=gettext(near), time=time)


def _ticks(found: Due) -> str:
    overdue = "o" * max(1, min(found.overdue, OVER)) if found.state == "over" else ""
    days = "u" * found.used + "n" * found.is_counting + "-" * found.left
    return (days + overdue)[-TICKS:]


def install(app: Flask) -> None:
    """Give the function to the templates."""
    app.jinja_env.globals["deadline"] = deadline
