"""How long a case takes: working days in which somebody other than the applicant had it in hand. Pure functions."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from math import ceil
from typing import Final

from storage.models import Task
from workflows.calendar import BEIJING, WorkingCalendar, beijing_day

ENOUGH: Final = 20
"""With fewer finished cases than these, what is usual is not told."""
MOST_DAYS: Final = 3_660
"""Ten years: what lies further back is not counted day by day."""


def net_working_days(
    tasks: Sequence[Task],
    start: datetime,
    end: datetime,
    is_applicants: Callable[[Task], bool],
    calendar: WorkingCalendar,
) -> int:
    """Return the working days after the day of `start` up to the day of `end`.

    A day does not count where, when it closes (at 24:00 in Beijing, the last one at `end`), only tasks of the applicant
    are open: the clock stands still while the case waits for them.
    """
    day, last, count = beijing_day(start), beijing_day(end), 0
    for _ in range(MOST_DAYS):
        day += timedelta(days=1)
        if day > last:
            break
        closes = min(datetime.combine(day + timedelta(days=1), time(), tzinfo=BEIJING), end)
        count += calendar.is_working(day) and not is_paused(tasks, closes, is_applicants)
    return count


def is_paused(tasks: Sequence[Task], at: datetime, is_applicants: Callable[[Task], bool]) -> bool:
    """Tell whether, just before a moment, something was open and all of it was the applicant's to do."""
    open_then = [
        task for task in tasks if task.created_at < at and (task.ended_at is None or task.ended_at >= at)
    ]
    return bool(open_then) and all(is_applicants(task) for task in open_then)


def handed_in_at(tasks: Sequence[Task], is_applicants: Callable[[Task], bool]) -> datetime | None:
    """Return when the applicant completed their first task, None before."""
    done = [task.ended_at for task in tasks if task.outcome and task.ended_at and is_applicants(task)]
    return min(done, default=None)


def completed_at(tasks: Sequence[Task], element_id: str) -> datetime | None:
    """Return when a step was completed the last time, None while it is open or before."""
    of_it = [task for task in tasks if task.element_id == element_id and task.status != "cancelled"]
    if not of_it or any(task.ended_at is None for task in of_it):
        return None
    return max(task.ended_at for task in of_it if task.ended_at)


def percentile(sorted_days: Sequence[int], part: float) -> int:
    """Return the smallest number of days within which that part of the cases was done."""
    return sorted_days[max(0, ceil(part * len(sorted_days)) - 1)]
