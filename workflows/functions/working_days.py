"""Counting in working days (requirements A25, K11): the calendar is a value that the function is given."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from marshmallow import Schema

from workflows.calendar import MOST_DAYS, WorkingCalendar, nth_working_day
from workflows.functions.function import Function
from workflows.schema_values import DateValue, NumberValue

MOST_BETWEEN: Final = 40_000
"""Two days further apart than a hundred years are a mistake."""


class AfterInput(Schema):
    """A day, and how many working days after it."""

    day = DateValue(required=True)
    days = NumberValue(required=True)


class AfterOutput(Schema):
    """The working day that is reached."""

    day = DateValue(required=True)


class BetweenInput(Schema):
    """Two days."""

    first = DateValue(required=True)
    last = DateValue(required=True)


class BetweenOutput(Schema):
    """How many working days lie between them."""

    days = NumberValue(required=True)


def after(inputs: Mapping[str, Any], calendar: WorkingCalendar) -> dict[str, Any]:
    """The n-th working day after a day, which does not count itself; n is whole, from 1 to 1,000."""
    days: Decimal = inputs["days"]
    if days != days.to_integral_value() or not 1 <= days <= MOST_DAYS:
        message = f"days is {days}; 1 to {MOST_DAYS} whole days are possible"
        raise ValueError(message)
    return {"day": nth_working_day(inputs["day"], int(days), calendar)}


def between(inputs: Mapping[str, Any], calendar: WorkingCalendar) -> dict[str, Any]:
    """The working days after the first day up to the last, which counts; negative where the last comes first."""
    first, last = sorted((inputs["first"], inputs["last"]))
    span = (last - first).days
    if span > MOST_BETWEEN:
        message = f"first and last are {span} days apart; {MOST_BETWEEN} are possible"
        raise ValueError(message)
    count = sum(calendar.is_working(first + timedelta(days=number)) for number in range(1, span + 1))
    return {"days": Decimal(count if first == inputs["first"] else -count)}


FUNCTIONS = (
    Function("working_days.after", AfterInput, AfterOutput, after, by_calendar=True),
    Function("working_days.between", BetweenInput, BetweenOutput, between, by_calendar=True),
)
