"""A form of 200 fields, one of them a list of 12 columns with 50 rows: what its page and a save of its draft cost.

Times are measured by `tests/bench/form.py`; here its counts are, which no busy machine changes: a change that walks the
form once more than before shows in them.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.bench.form import COLUMNS, FIELDS, ROWS, measure

CELLS = FIELDS - 1 + COLUMNS * ROWS
CALLS = {"render": 420, "save": 310}
"""Calls of functions for each field, those of the smaller form taken off."""


@pytest.fixture(scope="module")
def taken() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    return {(row["form"], row["what"]): row for row in measure("sqlite", 1)}


@pytest.mark.parametrize("what", ["render", "save"])
def test_a_large_form_takes_no_more_statements_than_a_small_one(taken: Any, what: str) -> None:
    assert taken["large", what]["statements"] == taken["plain", what]["statements"]


@pytest.mark.parametrize("what", ["render", "save"])
def test_a_field_more_costs_few_calls(taken: Any, what: str) -> None:
    more = taken["large", what]["calls"] - taken["plain", what]["calls"]
    assert more / CELLS <= CALLS[what]


def test_a_save_takes_at_most_twenty_five_statements(taken: Any) -> None:
    assert taken["large", "save"]["statements"] <= 25
