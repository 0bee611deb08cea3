"""When a table takes the place of rows, a file stays with the row that is the same, and is never at another."""

from typing import Any

import pytest
from papers import component, form, number, rows, text

from workflows.forms.carrying import carry_files
from workflows.forms.tables import columns_of

FORM = form(
    rows(
        "staff",
        text("name"),
        number("age"),
        component("filepicker", "proof", label="proof", properties={"maxFiles": 2}),
        rows("posts", text("employer"), component("filepicker", "letter", label="letter")),
    ),
    rows("crew", {**text("name", personal="row"), "id": "crew_name"}, component("filepicker", "paper", label="paper")),
)
STAFF, CREW = FORM.fields
ANN, BAO = {"name": "江晚照", "age": 42}, {"name": "何见山", "age": 35}
ONE, TWO = "3f0f6c1e-0000-4000-8000-000000000001", "3f0f6c1e-0000-4000-8000-000000000002"


def carried(old: list[Any], new: list[Any], staff: bool = True) -> tuple[list[Any], dict[int, list[str]]]:
    """Carry files over; return them by row, and what goes."""
    of = STAFF if staff else CREW
    found, gone = carry_files(of, columns_of(FORM, of, {}), old, new)
    assert [{key: row.get(key) for key in now} for row, now in zip(found, new, strict=True) if "posts" not in now] == [
        now for now in new if "posts" not in now
    ]
    return [row.get("proof", row.get("paper")) for row in found], gone


def test_a_row_that_moved_keeps_its_files() -> None:
    old = [{**ANN, "proof": [ONE]}, {**BAO, "proof": [TWO]}]
    assert carried(old, [BAO, {"name": "新来", "age": 20}, {"name": "江晚照", "age": "42"}]) == ([[TWO], None, [ONE]], {})


def test_a_row_that_changed_or_is_gone_loses_them_and_is_named() -> None:
    old = [{**ANN, "proof": [ONE]}, {**BAO, "proof": [TWO]}]
    assert carried(old, [{**ANN, "age": 43}, BAO]) == ([None, [TWO]], {0: [ONE]})
    assert carried(old, [BAO]) == ([[TWO]], {0: [ONE]})


@pytest.mark.parametrize(
    ("new", "kept"),
    [([ANN, ANN], [[ONE], [TWO]]), ([ANN], [None]), ([ANN, BAO, ANN], [None, None, None]), ([ANN] * 3, [None] * 3)],
)
def test_rows_that_say_the_same_are_told_apart_by_their_place_alone(new: list[Any], kept: list[Any]) -> None:
    found, gone = carried([{**ANN, "proof": [ONE]}, {**ANN, "proof": [TWO]}], new)
    assert found == kept
    assert sorted(one for files in gone.values() for one in files) == ([] if any(kept) else [ONE, TWO])


def test_a_row_that_is_a_person_goes_by_its_id_and_by_nothing_else() -> None:
    old = [{"_row": "a", "name": "江晚照", "paper": [ONE]}, {"_row": "b", "name": "何见山", "paper": [TWO]}]
    new = [{"_row": "b", "name": "何见山之"}, {"name": "江晚照"}]
    assert carried(old, new, staff=False) == ([[TWO], None], {0: [ONE]})
    twice = [{"_row": "b", "name": "何见山"}, {"_row": "b", "name": "何见山"}]
    assert carried(old, twice, staff=False) == ([None, None], {0: [ONE], 1: [TWO]})


def test_files_inside_a_row_stay_with_it() -> None:
    posts = [{"employer": "甲厂", "letter": [ONE]}, {"employer": "乙厂"}]
    columns = columns_of(FORM, STAFF, {})
    found, gone = carry_files(STAFF, columns, [{**ANN, "posts": posts}], [{**ANN, "posts": [{"employer": "甲厂"}, {"employer": "乙厂"}]}])
    assert found[0]["posts"] == posts
    assert gone == {}
    found, gone = carry_files(STAFF, columns, [{**ANN, "posts": posts}], [{**ANN, "posts": [{"employer": "乙厂"}]}])
    assert found[0]["posts"] == [{"employer": "乙厂"}]
    assert gone == {0: [ONE]}
