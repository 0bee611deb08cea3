"""What a task may do with the fields of its form: what is locked stands as it was, what is hidden is not there."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from papers import component, form, number, rows, text

from workflows.forms import InvalidForm, load_answers, load_draft
from workflows.forms.access import Access, Right, locked_in, resolved

PAPER = form(
    text("name", validate={"required": True}),
    component("group", "house", components=[text("office"), component("datetime", "since")]),
    rows("lines", text("thing"), number("n"), component("filepicker", "proof")),
    component("checkbox", "agreed"),
    component("expression", "sum", expression="=sum(lines.n)"),
)
BASE = {"name": "a", "since": "2026-01-02", "lines": [{"thing": "x", "n": 1}, {"thing": "y", "n": 2}]}
READ_ALL = dict.fromkeys(("name", "id_house", "lines", "agreed"), Right.READ)


def access(said: dict[str, Right] | None = None, *, unlocked: set[str] | None = None) -> Access:
    """The rights of a task, with the answers that stand."""
    base = load_draft(PAPER, BASE)
    return Access(resolved(PAPER, said or {}), None if unlocked is None else frozenset(unlocked), base)


def refusals(answers: dict[str, Any], rights: Access) -> dict[str, list[str]]:
    """The codes of what is refused by path."""
    with pytest.raises(InvalidForm) as told:
        locked_in(PAPER, answers, rights)
    return {path: [one.code for one in found] for path, found in told.value.errors.items()}


def test_what_is_left_out_stands_as_it_was_and_saying_it_again_changes_nothing() -> None:
    kept = locked_in(PAPER, {}, access(READ_ALL))
    assert kept == load_draft(PAPER, BASE)
    again = {**BASE, "since": date(2026, 1, 2), "agreed": False, "lines": [{"thing": "x", "n": "1"}, {"thing": "y"}]}
    assert locked_in(PAPER, again, access(READ_ALL)) == kept


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": "b"}, "name"),
        ({"since": "2026-01-03"}, "since"),
        ({"office": "c"}, "office"),
        ({"agreed": True}, "agreed"),
        ({"lines": [{"thing": "x"}]}, "lines"),
        ({"lines": [{}, {}, {}]}, "lines"),
        ({"lines": [{}, {"n": 3}]}, "lines[1].n"),
        ({"lines": [{"proof": [str(uuid4())]}, {}]}, "lines[0].proof"),
        ({"lines": [{"_row": str(uuid4())}, {}]}, "lines"),
    ],
)
def test_other_values_where_nothing_may_be_changed_are_refused(changed: dict[str, Any], path: str) -> None:
    assert refusals(changed, access(READ_ALL)) == {path: ["field_read_only"]}


def test_a_column_of_a_list_that_is_only_read_may_be_open() -> None:
    rights = access({"lines": Right.READ, "lines.n": Right.EDIT})
    kept = locked_in(PAPER, {"lines": [{"n": 5}, {"n": 6}]}, rights)
    assert kept["lines"] == [{"thing": "x", "n": 5}, {"thing": "y", "n": 6}]


def test_what_is_hidden_is_neither_taken_nor_kept_nor_asked_for() -> None:
    rights = access({"name": Right.HIDDEN, "id_house": Right.HIDDEN})
    assert refusals({"name": "a"}, rights) == {"name": ["hidden_field"]}
    kept = locked_in(PAPER, {"lines": [{"n": 1}]}, rights)
    assert "name" not in kept
    done = load_answers(
        PAPER, kept, control={}, files={}, today=date(2026, 11, 20), concealed=rights.concealed
    )
    assert done.answers == {"lines": [{"n": 1}], "sum": 1}


@pytest.mark.parametrize(
    ("marked", "open_paths", "locked"),
    [
        ("name", ["name"], ["lines", "lines[0].n", "office"]),
        ("lines", ["lines", "lines[4].n"], ["name"]),
        ("lines.n", ["lines[0].n", "lines[1].n"], ["lines", "lines[0].thing"]),
        ("lines[1].n", ["lines[1].n"], ["lines", "lines[0].n", "lines[1].thing"]),
        ("lines[1]", ["lines[1].n", "lines[1].proof"], ["lines", "lines[0].n"]),
        ("lines[0].proof", ["lines[0].proof"], ["lines[1].proof", "lines[0].n"]),
    ],
)
def test_a_mark_opens_a_field_a_row_or_a_list_and_nothing_else(
    marked: str, open_paths: list[str], locked: list[str]
) -> None:
    rights = access(unlocked={marked})
    assert {rights.right(path) for path in open_paths} == {Right.EDIT}
    assert {rights.right(path) for path in locked} == {Right.READ}


def test_a_mark_opens_nothing_that_the_package_keeps_closed() -> None:
    rights = access({"name": Right.READ}, unlocked={"name", "lines"})
    assert (rights.right("name"), rights.right("lines")) == (Right.READ, Right.EDIT)
