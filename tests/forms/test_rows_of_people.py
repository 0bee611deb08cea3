"""Rows that are people travel with the id that the server gave them; the form judges its shape and that it is known."""

from uuid import UUID, uuid4

import pytest
from papers import TODAY, component, form, load, number, rows, rules_of, text

from workflows.forms import InvalidForm, load_answers, load_draft, part_draft, with_people, without_people

CREW = form(
    rows("crew", text("name", personal="row"), number("years")),
    rows("lines", text("thing")),
    component("expression", "all", expression="=crew"),
    component("filepicker", "papers"),
    facts=[{"name": "seniors", "type": "number", "formula": "count(crew[years > 5])"}],
)
ONE, TWO = uuid4(), uuid4()


def codes(told: pytest.ExceptionInfo[InvalidForm]) -> list[tuple[str, str]]:
    """Return the path and code of every fault."""
    return [(path, one.code) for path, found in told.value.errors.items() for one in found]


def test_the_ids_of_rows_stand_beside_the_answers_and_nowhere_in_them() -> None:
    done = load(CREW, {"crew": [{"name": "a", "years": 6, "_row": str(ONE)}, {"name": "b", "_row": ""}]})
    assert done.people == {"crew[0]": ONE, "crew[1]": None}
    assert "_row" not in repr((done.answers, done.facts, done.control(["application"], "application")))
    assert {one.row for one in done.personal} == {"crew[0]", "crew[1]"}


def test_ids_go_back_to_their_rows_and_come_off_again() -> None:
    plain = {"crew": [{"years": 1}, {}], "lines": [{"thing": "x"}], "none": []}
    stored = with_people(plain, {"crew[0]": ONE, "crew[1]": TWO})
    assert stored["crew"] == [{"years": 1, "_row": ONE}, {"_row": TWO}]
    assert stored["lines"] == plain["lines"]
    assert without_people(stored) == (plain, {"crew[0]": ONE, "crew[1]": TWO})


@pytest.mark.parametrize("known", [{ONE}, set(), None])
def test_an_id_that_is_not_known_is_a_fault_of_its_row(known: set[UUID] | None) -> None:
    answers = {"crew": [{"_row": str(ONE)}, {"_row": str(TWO)}]}
    if known is None:
        assert load_answers(CREW, answers, control={}, files={}, today=TODAY).people["crew[1]"] == TWO
        return
    with pytest.raises(InvalidForm) as told:
        load_answers(CREW, answers, control={}, files={}, today=TODAY, people=known)
    unknown = [f"crew[{n}]._row" for n, one in enumerate((ONE, TWO)) if one not in known]
    assert codes(told) == [(path, "row_unknown") for path in unknown]


@pytest.mark.parametrize("junk", ["x", "1" * 5000, 7, True, [], {}, "\x00", "\ud800"])
def test_no_junk_is_an_id(junk: object) -> None:
    for read in (load, load_draft):
        with pytest.raises(InvalidForm) as told:
            read(CREW, {"crew": [{"_row": junk}]})
        assert codes(told) == [("crew[0]._row", "row_unknown")]


def test_two_rows_never_share_an_id() -> None:
    for read in (load, load_draft):
        with pytest.raises(InvalidForm) as told:
            read(CREW, {"crew": [{"_row": ONE}, {"_row": str(ONE)}]})
        assert codes(told) == [("crew[1]._row", "row_repeated")]


def test_other_rows_and_the_form_itself_have_no_id() -> None:
    for answers, path in (({"lines": [{"_row": str(ONE)}]}, "lines[0]._row"), ({"_row": "x"}, "_row")):
        for read in (load, load_draft):
            with pytest.raises(InvalidForm) as told:
                read(CREW, answers)
            assert codes(told) == [(path, "unknown_field")]


def test_a_draft_is_parted_however_unfinished_it_is() -> None:
    draft = load_draft(
        CREW, {"crew": [{"name": "", "_row": str(ONE)}, {"name": "b", "years": "?"}], "papers": "x"}
    )
    parts = part_draft(CREW, draft)
    assert parts.people == {"crew[0]": ONE, "crew[1]": None}
    assert [(one.path, one.value) for one in parts.personal] == [("crew[0].name", ""), ("crew[1].name", "b")]
    assert parts.answers == {"crew": [{}, {"years": "?"}], "papers": "x"}


def test_a_person_of_a_row_needs_rows_and_the_name_of_the_id_is_taken() -> None:
    assert rules_of(text("name", personal="row")) == ["form_personal"]
    assert rules_of(rows("crew", text("_row"))) == ["form_key"]
