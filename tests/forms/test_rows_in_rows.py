"""Rows two deep, as a practitioner has posts: read, typed, computed, hidden, parted and marked like the rows above."""

from uuid import uuid4

import pytest
from papers import choice, component, faults, form, load, number, rows, rules_of, text

from workflows.forms import AttachmentInfo, InvalidForm, load_draft, with_people, without_people
from workflows.forms.marks import marked_fields

POST = (
    text("employer", personal="outer_row"),
    number("months", validate={"required": True, "min": 1}),
    component("expression", "years", expression="=months / 12"),
    text("why_short", conditional={"hide": "=months >= 12"}),
    text("in_city", conditional={"hide": "=abroad"}),
    component("filepicker", "proof", properties={"maxFiles": 2}),
)
STAFF = form(
    rows(
        "staff",
        text("name", personal="row"),
        component("checkbox", "abroad"),
        rows("posts", *POST, properties={"maxRows": 3}),
        component("expression", "total", expression="=sum(posts.months)"),
    ),
    facts=[{"name": "all", "type": "number", "formula": "sum(staff.total)"}],
)
PEOPLE = {
    "staff": [
        {"name": "甲", "posts": [{"employer": "a", "months": 24}, {"employer": "b", "months": 6}]},
        {"name": "乙", "abroad": True},
    ]
}


def test_inner_rows_are_typed_and_computed_and_an_outer_row_adds_them_up() -> None:
    done = load(STAFF, PEOPLE)
    first = done.answers["staff"][0]
    assert [post["years"] for post in first["posts"]] == [2, 0.5]
    assert first["total"] == 30
    assert STAFF.field_paths()[-4:] == (
        "staff.posts.months",
        "staff.posts.why_short",
        "staff.posts.in_city",
        "staff.posts.proof",
    )


def test_faults_name_both_rows() -> None:
    answers = {"staff": [{}, {"posts": [{"months": 13}, {"months": 0, "x": 1}, {}]}]}
    assert faults(STAFF, answers) == {
        "staff[1].posts[1].months": ["too_small"],
        "staff[1].posts[1].x": ["unknown_field"],
        "staff[1].posts[2].months": ["required"],
    }
    assert faults(STAFF, {"staff": [{"posts": [{"months": 1}] * 4}]}) == {"staff[0].posts": ["too_many_rows"]}


def test_a_condition_in_an_inner_row_reads_the_row_around_it() -> None:
    post = {"months": 12, "in_city": "c"}
    assert faults(STAFF, {"staff": [{"abroad": False, "posts": [post]}]}) == {}
    assert faults(STAFF, {"staff": [{"abroad": True, "posts": [post]}]}) == {
        "staff[0].posts[0].in_city": ["hidden_field"]
    }


def test_what_an_inner_row_says_about_the_person_lies_under_the_key_of_the_outer_row() -> None:
    one, two = uuid4(), uuid4()
    given = {"staff": [{**PEOPLE["staff"][0], "_row": str(one)}, {**PEOPLE["staff"][1], "_row": two}]}
    done = load(STAFF, given)
    assert done.people == {"staff[0]": one, "staff[1]": two}
    assert {(field.path, field.row) for field in done.personal} >= {
        ("staff[0].posts[1].employer", "staff[0]"),
        ("staff[1].name", "staff[1]"),
    }
    assert "employer" not in repr(done.answers)


def test_inner_rows_that_are_people_have_ids_of_their_own() -> None:
    families = form(rows("staff", number("n"), rows("family", text("name", personal="row"))))
    one = uuid4()
    given = {"staff": [{"n": 1, "family": [{"name": "a"}, {"name": "b", "_row": str(one)}]}]}
    draft = load_draft(families, given)
    assert load(families, given).people == {"staff[0].family[0]": None, "staff[0].family[1]": one}
    plain = {"staff": [{"n": 1, "family": [{}, {}]}]}
    seated = with_people(plain, {"staff[0].family[1]": one})
    assert seated == {"staff": [{"n": 1, "family": [{}, {"_row": one}]}]}
    assert without_people(seated) == (plain, {"staff[0].family[1]": one})
    twice = {"staff": [{"family": [{"_row": one}]}, {"family": [{"_row": one}]}]}
    assert faults(families, twice) == {"staff[1].family[0]._row": ["row_repeated"]}
    assert draft["staff"][0]["family"][1]["_row"] == one


def test_a_file_belongs_to_the_field_of_its_inner_row_and_no_two_share_it() -> None:
    file = uuid4()
    files = {file: AttachmentInfo("staff[0].posts[0].proof", 1, "application/pdf", "0" * 64)}
    row = {"months": 1, "proof": [str(file)]}
    assert load(STAFF, {"staff": [{"posts": [row]}]}, files=files).files == [file]
    assert faults(STAFF, {"staff": [{"posts": [row, row]}]}, files=files) == {
        "staff[0].posts[1].proof": ["file_repeated"]
    }


def test_a_draft_keeps_what_was_typed_two_deep_right_or_wrong() -> None:
    typed = {"staff": [{"posts": [{"months": "viel"}, {}, {"employer": "c"}]}, {}]}
    assert load_draft(STAFF, typed) == typed
    with pytest.raises(InvalidForm) as refused:
        load_draft(STAFF, {"staff": [{"posts": [{}] * 4}]})
    assert refused.value.errors["staff[0].posts"][0].params == {"limit": 3, "count": 4}


def test_an_expression_reads_only_names_that_its_rows_have() -> None:
    inner = component("expression", "c", expression="=nothing + 1")
    assert rules_of(rows("a", number("x"), rows("b", number("y"), inner))) == ["form_name_unknown"]
    inner = component("expression", "c", expression="=x + y")
    assert rules_of(rows("a", number("x"), rows("b", number("y"), inner))) == []
    secret = rows("a", text("x", personal="row"), rows("b", number("y"), inner))
    assert rules_of(secret) == ["form_personal"]


def test_remarks_are_found_in_rows_of_rows_too() -> None:
    field = choice("field")
    field = {**field, "values": [], "properties": {"options": "fields:other"}}
    review = form(rows("parts", text("title"), rows("marks", field, component("textarea", "why"))))
    given = {"parts": [{"marks": [{"field": "a"}, {"field": "rows[2].b", "why": "c"}]}, {}, {"marks": [{}]}]}
    assert [(one.form, one.path, one.reason) for one in marked_fields(review, given)] == [
        ("other", "a", ""),
        ("other", "rows[2].b", "c"),
    ]
