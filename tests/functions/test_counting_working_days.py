"""Functions that count working days: on a calendar that they are given, and on nothing else."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from workflows.calendar import WorkingCalendar
from workflows.functions import FUNCTIONS, FunctionRefused

AFTER, BETWEEN = FUNCTIONS["working_days.after"], FUNCTIONS["working_days.between"]
# New Year's holidays 2027 as a sample: three days off, the Sunday after them worked.
CALENDAR = WorkingCalendar({
    date(2027, 1, 1): False, date(2027, 1, 2): False, date(2027, 1, 3): False, date(2027, 1, 10): True,
}, frozenset({2027}))  # fmt: skip


@pytest.mark.parametrize(
    ("day", "days", "reached"),
    [
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2027, 1, 4), 1, date(2027, 1, 5)),
        (date(2027, 1, 8), 1, date(2027, 1, 10)),
        (date(2027, 1, 8), 2, date(2027, 1, 11)),
        (date(2027, 1, 2), 6, date(2027, 1, 10)),
    ],
)
def test_the_day_after_working_days(day: date, days: int, reached: date) -> None:
    assert AFTER({"day": day, "days": Decimal(days)}, lambda: CALENDAR) == {"day": reached}


def test_between_counts_the_last_day_and_not_the_first_and_is_the_reverse_of_after() -> None:
    for offset in range(40):
        first = date(2026, 12, 20) + timedelta(days=offset)
        for days in (1, 2, 9, 30):
            last = AFTER({"day": first, "days": Decimal(days)}, lambda: CALENDAR)["day"]
            assert BETWEEN({"first": first, "last": last}, lambda: CALENDAR) == {"days": days}
            assert BETWEEN({"first": last, "last": first}, lambda: CALENDAR) == {"days": -days}
        assert BETWEEN({"first": first, "last": first}, lambda: CALENDAR) == {"days": 0}


@pytest.mark.parametrize("days", [0, -1, 1001, Decimal("1.5"), "3", None, True])
def test_a_number_of_days_that_makes_no_sense_is_refused(days: object) -> None:
    with pytest.raises(FunctionRefused, match="days"):
        AFTER(
            {"day": date(2027, 1, 1), "days": Decimal(days) if type(days) is int else days}, lambda: CALENDAR
        )


def test_days_beyond_the_calendar_of_men_are_refused() -> None:
    with pytest.raises(FunctionRefused, match="9999"):
        AFTER({"day": date(9999, 12, 30), "days": Decimal(5)}, lambda: CALENDAR)
    with pytest.raises(FunctionRefused, match="apart"):
        BETWEEN({"first": date(1, 1, 1), "last": date(9999, 12, 31)}, lambda: CALENDAR)


def test_an_instant_is_no_day() -> None:
    with pytest.raises(FunctionRefused, match="first"):
        BETWEEN({"first": datetime(2027, 1, 1), "last": date(2027, 1, 1)}, lambda: CALENDAR)  # noqa: DTZ001


def test_the_calendar_is_asked_for_only_where_it_counts() -> None:
    def calendar() -> WorkingCalendar:
        pytest.fail("nobody needs the calendar")

    FUNCTIONS["amount.in_words"]({"amount": Decimal(1)}, calendar)
