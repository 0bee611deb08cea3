"""When a case will probably be done: from how long the finished ones took, in working days, and what the law allows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from storage.models import CasePace, Task
from storage.unit_of_work import UnitOfWork
from workflows.calendar import WorkingCalendar, beijing_day, nth_working_day
from workflows.deployed import Deployed
from workflows.pace import ENOUGH, completed_at, handed_in_at, is_paused, net_working_days, percentile
from workflows.paces import applicants_of
from workflows.queries.calendars import working_calendar
from workflows.queries.views.expectation import Expectation, Limit

SAMPLE: Final = 200
"""The finished cases that count: the newest ones."""


def expectation(
    uow: UnitOfWork, version: Deployed, tasks: Sequence[Task], language: str
) -> Expectation | None:
    """Return what to expect of an open case, None before it was handed in.

    What is usual is told from 20 finished cases up that ended well; below there is the statutory limit alone.
    """
    applicants, now = applicants_of(version), uow.clock.now()
    began = handed_in_at(tasks, applicants)
    if began is None:
        return None
    calendar = working_calendar(uow)
    used = net_working_days(tasks, began, now, applicants, calendar)
    days = sorted(_finished(uow, version))
    usual = percentile(days, 0.5) if len(days) >= ENOUGH else None
    most = percentile(days, 0.9) if len(days) >= ENOUGH else None
    today = beijing_day(now)
    return Expectation(
        used=used,
        paused=is_paused(tasks, now, applicants),
        sample=len(days),
        usual=usual,
        most=most,
        usual_day=_day(calendar, today, usual, used),
        most_day=_day(calendar, today, most, used),
        limit=_limit(version, tasks, began, now, calendar, language),
    )


def _day(calendar: WorkingCalendar, today: date, days: int | None, used: int) -> date | None:
    """The day when so many working days are used up, None where they are already."""
    if days is None or used > days:
        return None
    left = days - used
    return nth_working_day(today, left, calendar) if left else today


def _finished(uow: UnitOfWork, version: Deployed) -> list[int]:
    good = [end for end, kind in version.package.manifest.ends.items() if str(kind) == "approve"]
    statement = select(CasePace.working_days).where(
        CasePace.process_key == version.process_key, CasePace.working_days.is_not(None)
    )
    if good:
        statement = statement.where(CasePace.outcome.in_(good))
    rows = uow.session.scalars(statement.order_by(CasePace.ended_at.desc()).limit(SAMPLE))
    return [days for days in rows if days is not None]


def _limit(
    version: Deployed,
    tasks: Sequence[Task],
    began: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    language: str,
) -> Limit | None:
    """What the package promises: between two of its steps, else from the hand-in to the end."""
    manifest = version.package.manifest
    if manifest.statutory_days is None:
        return None
    first, last = manifest.statutory_from, manifest.statutory_to
    start = completed_at(tasks, first) if first else began
    end = completed_at(tasks, last) if last else None
    used = net_working_days(tasks, start, end or now, applicants_of(version), calendar) if start else None
    return Limit(
        days=manifest.statutory_days,
        start=version.title(first, language) if first else None,
        end=version.title(last, language) if last else None,
        used=used,
        met=end is not None,
    )
