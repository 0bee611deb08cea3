"""A step that lacks a fact is run again with it (rule 14)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from workflows.commands.steps import complete_step
from workflows.engine import FactsMissing
from workflows.errors import HandlerRefused

LATE_EVENING_UTC = SimpleNamespace(
    clock=SimpleNamespace(now=lambda: datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
)


def test_the_day_is_read_once_it_is_asked_for_and_is_the_day_in_china() -> None:
    asked: list[Mapping[str, object]] = []

    def attempt(facts: Mapping[str, object]) -> Any:
        asked.append(facts)
        return "a step" if facts else FactsMissing(("today",))

    assert complete_step(LATE_EVENING_UTC, attempt, None) == "a step"  # type: ignore[arg-type, comparison-overlap]
    assert asked == [{}, {"today": date(2026, 11, 21)}]


def test_a_fact_that_nobody_knows_refuses_the_command() -> None:
    with pytest.raises(HandlerRefused):
        complete_step(LATE_EVENING_UTC, lambda _: FactsMissing(("weather",)), None)  # type: ignore[arg-type]
