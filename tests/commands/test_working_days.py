"""When n working days are over: weekends, holidays, worked weekends, the turn of the year, 24:00 in Beijing."""

from datetime import UTC, date, datetime

import pytest

from storage.calendar_seed import seeded_days, seeded_years
from workflows.calendar import (
    WorkingCalendar,
    due_after_working_days,
    nth_working_day,
)

CALENDAR = WorkingCalendar(
    {day: working for day, working, _name in seeded_days()},
    frozenset(year for year, provisional in seeded_years() if not provisional),
)


@pytest.mark.parametrize(
    ("event", "days", "last"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # a Friday: the weekend does not count
        (date(2026, 11, 20), 3, date(2026, 11, 25)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # an event on a Saturday
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # Saturday 10 October is worked
        (date(2026, 2, 13), 2, date(2026, 2, 24)),  # Saturday 14 February is worked, then the Spring Festival
        (date(2025, 12, 31), 1, date(2026, 1, 4)),  # Sunday 4 January is worked
        (date(2024, 9, 13), 1, date(2024, 9, 14)),  # a worked Saturday before Mid-autumn
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # into the provisional year
        (date(2027, 2, 4), 1, date(2027, 2, 9)),
        (date(2027, 12, 31), 1, date(2028, 1, 3)),  # into a year that nobody has put in
    ],
)
def test_the_day_of_the_event_does_not_count_and_holidays_do_not(event: date, days: int, last: date) -> None:
    assert nth_working_day(event, days, CALENDAR) == last


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2026, 11, 20, 1, 30, tzinfo=UTC), datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 19, 16, 0, tzinfo=UTC), datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), datetime(2026, 11, 24, 16, 0, tzinfo=UTC)),
    ],
)
def test_it_is_due_when_the_nth_working_day_ends_in_beijing(start: datetime, due: datetime) -> None:
    found = due_after_working_days(start, 1, CALENDAR)
    assert (found, found.tzinfo) == (due, UTC)


def test_a_moment_without_a_zone_and_a_count_without_sense_are_refused() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    for moment, days in ((start.replace(tzinfo=None), 1), (start, 0), (start, -1), (start, 1_001)):
        with pytest.raises(ValueError, match="deadline"):
            due_after_working_days(moment, days, CALENDAR)
    with pytest.raises(ValueError, match="9999"):
        due_after_working_days(datetime(9999, 12, 31, tzinfo=UTC), 5, CALENDAR)


def test_more_days_are_never_due_earlier_and_a_later_event_neither() -> None:
    days = [date.fromordinal(date(2026, 9, 1).toordinal() + n) for n in range(200)]
    for event in days:
        ends = [nth_working_day(event, n, CALENDAR) for n in range(1, 6)]
        assert ends == sorted(set(ends))
        assert all(CALENDAR.is_working(end) and end > event for end in ends)
    assert [nth_working_day(day, 3, CALENDAR) for day in days] == sorted(
        nth_working_day(day, 3, CALENDAR) for day in days
    )


def test_the_seed_knows_2004_to_2026_and_keeps_2027_provisional() -> None:
    years = dict(seeded_years())
    assert sorted(years) == list(range(2004, 2028))
    assert [year for year, provisional in years.items() if provisional] == [2027]
    assert not CALENDAR.is_settled(date(2027, 1, 4))
    days = {day: (working, name) for day, working, name in seeded_days()}
    assert days[date(2026, 2, 17)] == (False, "春节")
    assert days[date(2026, 10, 10)] == (True, "国庆节")
    assert sum(day.year == 2027 for day in days) == 13
    assert all(day.weekday() > 4 for day, (working, _) in days.items() if working)
    # The arrangement of 2026 as published: 248 working days.
    assert (
        sum(
            CALENDAR.is_working(date.fromordinal(n))
            for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
        )
        == 248
    )
