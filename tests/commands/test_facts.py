"""A step that lacks a fact is run again with it (rule 14); what is due is an instant (rule 15)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from storage.actor import SYSTEM
from storage.unit_of_work import UnitOfWork
from workflows.calendar import WorkingCalendar
from workflows.commands.facts import read_facts
from workflows.commands.steps import complete_step
from workflows.engine import FactsMissing
from workflows.engine.results import DueRequest
from workflows.errors import HandlerRefused, StepFailed
from workflows.instants import due_at

LATE_EVENING_UTC = SimpleNamespace(
    clock=SimpleNamespace(now=lambda: datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
)
BEGINNING = SimpleNamespace(id=None, organisation_id=None)


def step(attempt: Any) -> Any:
    return complete_step(LATE_EVENING_UTC, None, BEGINNING, attempt)  # type: ignore[arg-type]


def test_the_day_is_read_once_it_is_asked_for_and_is_the_day_in_china() -> None:
    asked: list[Mapping[str, object]] = []

    def attempt(facts: Mapping[str, object]) -> Any:
        asked.append(dict(facts))
        return "a step" if facts else FactsMissing(("today",))

    assert step(attempt) == "a step"
    assert asked == [{}, {"today": date(2026, 11, 21)}]


def test_an_answer_may_open_the_way_to_the_next_question() -> None:
    since = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)

    def attempt(facts: Mapping[str, object]) -> Any:
        if "today" not in facts:
            return FactsMissing(("today",))
        if "due:k" not in facts:
            request = DueRequest("k", "deadline", "duration", "P1D", since, working=False)
            return FactsMissing(("due:k",), due=(request,))
        return facts["due:k"]

    assert step(attempt) == since + timedelta(days=1)


def test_a_fact_that_nobody_knows_refuses_the_command() -> None:
    with pytest.raises(HandlerRefused):
        step(lambda _: FactsMissing(("weather",)))


def test_a_timer_that_leads_nowhere_is_trouble_with_the_process() -> None:
    request = DueRequest(
        "k", "deadline", "duration", "P99999M", datetime(2026, 1, 1, tzinfo=UTC), working=False
    )
    with pytest.raises(StepFailed) as caught:
        step(lambda _: FactsMissing(("due:k",), due=(request,)))
    assert caught.value.params["element"] == "deadline"


MONDAY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
WORKDAYS = WorkingCalendar({})


@pytest.mark.parametrize(
    ("form", "text", "due"),
    [
        ("duration", "PT48H", datetime(2026, 11, 25, 1, 30, tzinfo=UTC)),
        ("duration", "P1DT1H1M1.5S", datetime(2026, 11, 24, 2, 31, 1, 500000, tzinfo=UTC)),
        ("duration", "P2W", datetime(2026, 12, 7, 1, 30, tzinfo=UTC)),
        ("duration", "P3M", datetime(2027, 2, 23, 1, 30, tzinfo=UTC)),
        ("cycle", "P1Y", datetime(2027, 11, 23, 1, 30, tzinfo=UTC)),
        ("date", "2026-12-31", datetime(2026, 12, 30, 16, 0, tzinfo=UTC)),
        ("date", "2026-12-31T09:00:00+08:00", datetime(2026, 12, 31, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_timer_is_due_at_an_instant_of_beijing(form: str, text: str, due: datetime) -> None:
    assert due_at(form, text, MONDAY, None) == due


def test_a_step_that_counts_in_working_days_gets_the_calendar_of_the_house(uow: UnitOfWork) -> None:
    friday = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    request = DueRequest("k", "deadline", "duration", "P1D", friday, working=True)
    with uow.begin(SYSTEM):
        missing = FactsMissing(("due:k",), due=(request,))
        known = read_facts(uow, None, uuid4(), None, missing)  # type: ignore[arg-type]
    assert known == {"due:k": datetime(2026, 11, 23, 16, 0, tzinfo=UTC)}


def test_a_month_that_lacks_the_day_ends_earlier() -> None:
    assert due_at("duration", "P1M", datetime(2027, 1, 31, 2, 0, tzinfo=UTC), None).day == 28


def test_a_month_is_counted_from_the_day_that_it_is_in_beijing() -> None:
    morning = datetime(2027, 1, 30, 20, 0, tzinfo=UTC)  # 31 January, four o'clock in Beijing
    assert due_at("duration", "P1M", morning, None) == datetime(2027, 2, 27, 20, 0, tzinfo=UTC)


def test_working_days_end_at_midnight_in_beijing() -> None:
    assert due_at("duration", "P5D", MONDAY, lambda: WORKDAYS) == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P", "PT", "3 days", "P1M", "PT4H", "P1DT4H", "P0D", "P9999999D", "P٣D"])
def test_what_counts_no_working_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        due_at("duration", text, MONDAY, lambda: WORKDAYS)


@pytest.mark.parametrize(
    ("form", "text"),
    [("date", "2026-12-31T09:00:00"), ("date", "soon"), ("duration", "P9999Y"), ("duration", "P999999D" * 9)],
)
def test_an_instant_that_is_none_is_refused(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        due_at(form, text, MONDAY, None)
