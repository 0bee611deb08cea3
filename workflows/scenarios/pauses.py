"""Time that passes in a scenario: read from a step, and where it leads to."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from workflows.calendar import BEIJING, WorkingCalendar, due_after_working_days
from workflows.reading import TomlReader
from workflows.scenarios.script import Pause

KEYS: Final = frozenset({"days", "hours", "working_days", "until"})
MOST_DAYS: Final = 3_650


def read_pause(reader: TomlReader, place: str, table: dict[str, Any]) -> Pause | None:
    """Read what a step says about time: days and hours, or working days, or a date or local time in Beijing."""
    said = KEYS & table.keys()
    if not said:
        return None
    if len(said) > 1 and said != {"days", "hours"}:
        reader.refuse(
            place, "step_wait", "A step waits for days and hours, or for working_days, or until an instant."
        )
    days = reader.whole(table, "days", place, 1, MOST_DAYS, 0)
    hours = reader.whole(table, "hours", place, 1, 24 * MOST_DAYS, 0)
    working = reader.whole(table, "working_days", place, 1, 1_000, 0)
    return Pause(days or 0, hours or 0, working or 0, _instant(reader, place, table.get("until")))


def _instant(reader: TomlReader, place: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=BEIJING)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=BEIJING)
    reader.refuse(f"{place}.until", "step_wait", "'until' is a date, such as 2026-12-01, or a date and time.")
    return None


def end_of_pause(pause: Pause, now: datetime, calendar: WorkingCalendar) -> datetime:
    """Return the instant at which a pause that begins now is over."""
    if pause.until is not None:
        return pause.until
    if pause.working_days:
        return due_after_working_days(now, pause.working_days, calendar)
    return now + timedelta(days=pause.days, hours=pause.hours)
