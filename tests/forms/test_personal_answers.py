"""Personal answers leave the form only under their subject; control data never holds one."""

from decimal import Decimal

from papers import component, form, load, number, rows, rules_of, text

from workflows.forms import personal_paths

CANARY = "canary-7f3a"
APPLICATION = form(
    text("company"),
    text("contact", personal="contact"),
    component("textarea", "opinion"),
    rows("people", text("name", personal="row"), number("years"), component("textarea", "note")),
    facts=[{"name": "seniors", "type": "number", "formula": "count(people[years > 5])"}],
)
ANSWERS = {
    "company": "甲公司",
    "contact": CANARY,
    "opinion": CANARY,
    "people": [{"name": CANARY, "years": 6}, {"name": CANARY, "note": CANARY}],
}


def test_each_personal_answer_names_its_subject_and_its_path() -> None:
    personal = load(APPLICATION, ANSWERS).personal
    assert {(field.path, field.subject) for field in personal} == {
        ("contact", "contact"),
        ("opinion", "author"),
        ("people[0].name", "row"),
        ("people[1].name", "row"),
        ("people[1].note", "author"),
    }
    assert {field.value for field in personal} == {CANARY}


def test_plain_answers_hold_nothing_personal_and_rows_keep_their_places() -> None:
    done = load(APPLICATION, ANSWERS)
    assert done.answers == {"company": "甲公司", "people": [{"years": Decimal(6)}, {}]}
    assert CANARY not in repr((done.answers, done.facts))
    assert CANARY not in repr(done)  # a submission that is logged by mistake


def test_control_data_holds_named_paths_only() -> None:
    done = load(APPLICATION, ANSWERS)
    assert done.control(["application.people.years", "review.outcome"], "application") == {
        "people": [{"years": Decimal(6)}, {}]
    }
    assert done.control(["application.seniors"], "application") == {"seniors": Decimal(1)}
    assert done.control(["application.company", "application.company.x"], "application") == {
        "company": "甲公司"
    }
    assert done.control([], "application") == {}


def test_control_data_is_never_personal_even_when_asked_for() -> None:
    done = load(APPLICATION, ANSWERS)
    asked = [
        "application",
        "application.contact",
        "application.people",
        "application.people.name",
        "application.opinion",
    ]
    assert CANARY not in repr(done.control(asked, "application"))
    assert done.control(["application.contact"], "application") == {}


def test_the_personal_paths_of_a_form_are_known() -> None:
    assert personal_paths(APPLICATION) == {"contact", "opinion", "people.name", "people.note"}


def test_a_computed_field_may_not_show_a_personal_answer() -> None:
    peek = component("expression", "peek", expression="=contact")
    assert rules_of(text("contact", personal="contact"), peek) == ["form_personal"]
    inner = component("expression", "peek", expression="=name")
    assert rules_of(rows("people", text("name", personal="row"), inner)) == ["form_personal"]


def test_a_computed_field_never_sees_one_through_a_whole_row() -> None:
    people = form(
        rows("people", text("name", personal="row"), number("n")),
        component("expression", "everybody", expression="=people"),
    )
    assert CANARY not in repr(load(people, {"people": [{"name": CANARY, "n": 1}]}).answers)
