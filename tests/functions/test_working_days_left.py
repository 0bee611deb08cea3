"""How far a deadline is away: working days used, today, to come, or gone by."""

from datetime import date, datetime

import pytest

from workflows.calendar import BEIJING, WorkingCalendar, due_after_working_days
from workflows.due import Due, due_of

CALENDAR = WorkingCalendar({date(2026, 10, day): False for day in (1, 2, 5, 6, 7)} | {date(2026, 10, 10): True})
WEDNESDAY = datetime(2026, 11, 18, 9, 30, tzinfo=BEIJING)


def at(text: str) -> datetime:
    """Return a moment of November 2026 in Beijing: day, then hour."""
    day, _, hour = text.partition(" ")
    return datetime(2026, 11, int(day), int(hour or 12), tzinfo=BEIJING)


def stands(days: int, now: datetime) -> tuple[str, int, bool, int, int]:
    """Return how a deadline of so many working days after that Wednesday stands."""
    found = due_of(WEDNESDAY, due_after_working_days(WEDNESDAY, days, CALENDAR), now, CALENDAR)
    return found.state, found.used, found.is_counting, found.left, found.overdue


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("18", ("later", 0, False, 3, 0)),  # the day of arrival does not count
        ("19", ("later", 0, True, 2, 0)),
        ("20", ("later", 1, True, 1, 0)),
        ("21", ("later", 2, False, 1, 0)),  # a Saturday is nobody's working day
        ("22", ("later", 2, False, 1, 0)),
        ("23 0", ("today", 2, True, 0, 0)),
        ("23 23", ("today", 2, True, 0, 0)),
        ("24 0", ("over", 3, False, 0, 1)),
        ("25", ("over", 3, False, 0, 2)),
        ("28", ("over", 3, False, 0, 4)),
    ],
)
def test_three_working_days_from_a_wednesday(now: str, expected: tuple[str, int, bool, int, int]) -> None:
    assert stands(3, at(now)) == expected


def test_the_days_always_add_up_to_the_limit() -> None:
    for day in range(18, 31):
        for limit in range(1, 12):
            due_at = due_after_working_days(WEDNESDAY, limit, CALENDAR)
            assert due_of(WEDNESDAY, due_at, at(str(day)), CALENDAR).limit == limit


def test_holidays_and_moved_days_count_as_the_calendar_has_them() -> None:
    arrived = datetime(2026, 9, 30, 10, tzinfo=BEIJING)
    due_at = due_after_working_days(arrived, 3, CALENDAR)
    found = due_of(arrived, due_at, datetime(2026, 10, 9, 10, tzinfo=BEIJING), CALENDAR)
    assert due_at == datetime(2026, 10, 11, tzinfo=BEIJING)
    assert (found.used, found.is_counting, found.left) == (1, True, 1)  # 8, 9 and Saturday the 10th


def test_a_deadline_in_hours_says_the_seconds() -> None:
    assert due_of(at("19 9"), at("19 14"), at("19 12"), CALENDAR) == Due("today", 0, False, 0, 0, 7_200)
    assert due_of(at("19 9"), at("19 14"), at("19 15"), CALENDAR).seconds == -3_600
