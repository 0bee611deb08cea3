"""The calendar of working days: overseers read a year, administrators see what another one would move, and change it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import clock, current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.words import local
from workflows import errors as domain
from workflows import policy, queries
from workflows.commands.calendars import FIRST_YEAR, LAST_YEAR, change_calendar, checked_days
from workflows.queries.views.calendars import CalendarDayView

OVERSEERS = "role:administrator|auditor|operator"
WORDS = {"休": False, "班": True, "off": False, "work": True}
"""What stands between the date and the name, in either language."""
Days = dict[date, tuple[bool, str]]
Answer = str | Response | tuple[str, int]


class WrongLine(Exception):
    """A line is no day; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@pages.get("/operations/calendar")
@access(OVERSEERS)
def calendar_now() -> Response:
    """Go to this year."""
    return redirect(url_for("pages.calendar", year=local(clock().now()).year))


@pages.get("/operations/calendar/<int:year>")
@access(OVERSEERS)
def calendar(year: int) -> Answer:
    """Show a year."""
    return _page(year)


@pages.post("/operations/calendar/<int:year>")
@access("role:administrator")
def put_calendar(year: int) -> Answer:
    """Say what other days of the year would move, or put them in."""
    uow, actor = unit_of_work(), current_actor()
    typed = request.form.get("days", "")
    try:
        days = read_days(typed.splitlines())
        if request.form.get("_action") != "save":
            moved = queries.deadlines_moved_by(uow, actor, year, checked_days(year, days))
            return _page(year, typed=typed, moved=moved)
        version = request.form.get("_version", "")
        change_calendar(
            uow,
            actor,
            year,
            days,
            provisional="provisional" in request.form,
            version=int(version) if version.isdecimal() and len(version) < 10 else None,
            idempotency_key=request_key(),
        )
    except WrongLine as wrong:
        return _page(year, typed=typed, problem=gettext("calendar.wrong_line", n=wrong.number)), 422
    except (domain.Conflict, domain.Invalid) as refused:
        problem = problem_of(refused)
        said = (
            gettext("calendar.other_year", year=year) if problem.code == "field_invalid" else problem.detail
        )
        return _page(year, typed=typed, problem=said), problem.status
    flash(gettext("calendar.saved", year=year), "done")
    return redirect(url_for("pages.calendar", year=year), 303)


def read_days(lines: Iterable[str]) -> Days:
    """Read lines such as `2027-01-01 休 元旦`; empty ones are passed over.

    Raises WrongLine, also for a day without a name or one that stands there twice.
    """
    found: Days = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        day, word, name = [*line.split(maxsplit=2), "", ""][:3]
        try:
            at = date.fromisoformat(day)
        except ValueError:
            raise WrongLine(number) from None
        if word.lower() not in WORDS or not name or at in found:
            raise WrongLine(number)
        found[at] = (WORDS[word.lower()], name)
    return found


def write_days(days: Iterable[CalendarDayView]) -> str:
    """Write the days of a year as `read_days` reads them, in the words of the reader."""
    words = {True: gettext("calendar.word_work"), False: gettext("calendar.word_off")}
    return "\n".join(f"{one.day.isoformat()} {words[one.working]} {one.name}".rstrip() for one in days)


def _page(year: int, typed: str | None = None, moved: Any = None, problem: str | None = None) -> str:
    view = queries.read_calendar(unit_of_work(), current_actor(), year)
    return render_template(
        "operations/calendar.html",
        view=view,
        changes=policy.may_administer(current_actor()) and FIRST_YEAR <= year <= LAST_YEAR,
        typed=write_days(view.days) if typed is None else typed,
        editing=typed is not None,
        provisional="provisional" in request.form if request.method == "POST" else view.provisional,
        moved=moved,
        problem_text=problem,
        first=FIRST_YEAR,
        last=LAST_YEAR,
    )
