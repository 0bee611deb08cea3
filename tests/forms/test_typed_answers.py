"""Answers come out typed, in one written form, or with a code that says what is wrong."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from papers import TODAY, choice, component, faults, form, load, number, rows, rules_of, text

from workflows.forms import AttachmentInfo

REQUIRED = {"required": True}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("  甲公司 ", "甲公司"), ("a\nb", "a b"), ("a\r\n", "a"), ("𝒳", "𝒳"), ("２０２６", "２０２６")],
)
def test_text_is_trimmed_and_otherwise_kept(given: str, kept: str) -> None:
    assert load(form(text("name")), {"name": given}).answers == {"name": kept}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (5, "wrong_type"),
        (["a"], "wrong_type"),
        ({"a": 1}, "wrong_type"),
        (True, "wrong_type"),
        ("a\0b", "bad_characters"),
        ("a\ud800", "bad_characters"),
        ("a\u202eb", "bad_characters"),
        ("a\x1bb", "bad_characters"),
        ("x" * 2_001, "too_long"),
        ("x" * 1_000_000, "too_long"),
    ],
    ids=range(10),
)
def test_text_that_is_none_is_refused(given: object, code: str) -> None:
    assert faults(form(text("name")), {"name": given}) == {"name": [code]}


def test_lengths_are_the_forms_own() -> None:
    short = form(text("name", validate={"minLength": 2, "maxLength": 3}))
    assert faults(short, {"name": "a"}) == {"name": ["too_short"]}
    assert faults(short, {"name": "abcd"}) == {"name": ["too_long"]}
    assert faults(short, {"name": "甲乙丙"}) == {}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (3, "3"),
        (Decimal("3.50"), "3.5"),
        ("3.50", "3.5"),
        ("１２", "12"),
        (" 7 ", "7"),
        ("-0", "0"),
        ("+5", "5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("100.00"), "100"),
    ],
)
def test_numbers_are_decimals_in_one_written_form(given: object, kept: str) -> None:
    value = load(form(number("n")), {"n": given}).answers["n"]
    assert str(value) == kept
    assert isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("abc", "not_a_number"),
        (True, "not_a_number"),
        (1.5, "not_a_number"),
        ([1], "not_a_number"),
        ("1e5", "not_a_number"),
        (Decimal("NaN"), "not_a_number"),
        (Decimal("Infinity"), "not_a_number"),
        (10**15, "too_many_digits"),
        (Decimal("1E+999999"), "too_many_digits"),
        (Decimal("1E-999999"), "too_many_digits"),
        (Decimal("0.1234567"), "too_many_decimals"),
        ("9" * 200, "not_a_number"),
    ],
)
def test_numbers_have_bounded_digits(given: object, code: str) -> None:
    assert faults(form(number("n")), {"n": given}) == {"n": [code]}


def test_a_number_too_long_for_python_to_write_is_refused() -> None:
    assert faults(form(number("n")), {"n": 10**5_000}) == {"n": ["not_a_number"]}


def test_number_ranges_and_decimals_are_the_forms_own() -> None:
    whole = form(number("n", decimalDigits=0, validate={"min": 1, "max": 500}))
    assert faults(whole, {"n": Decimal("1.5")}) == {"n": ["not_whole"]}
    assert faults(whole, {"n": 0}) == {"n": ["out_of_range"]}
    assert faults(whole, {"n": Decimal("2.0")}) == {}
    assert faults(form(number("n", validate={"min": 1})), {"n": 0}) == {"n": ["too_small"]}
    assert faults(form(number("n", validate={"max": "1.5"})), {"n": 2}) == {"n": ["too_large"]}


@pytest.mark.parametrize(
    ("given", "kept"), [("2026-11-20", date(2026, 11, 20)), ("２０２６-11-20", date(2026, 11, 20))]
)
def test_days_are_dates(given: str, kept: date) -> None:
    assert load(form(component("datetime", "day", subtype="date")), {"day": given}).answers == {"day": kept}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("2026-02-30", "not_a_date"),
        ("20.11.2026", "not_a_date"),
        (20261120, "not_a_date"),
        ("0001-01-01", "date_out_of_range"),
    ],
)
def test_days_that_do_not_exist_are_refused(given: object, code: str) -> None:
    assert faults(form(component("datetime", "day", subtype="date")), {"day": given}) == {"day": [code]}


def test_a_day_may_have_to_lie_ahead() -> None:
    ahead = form(component("datetime", "day", disallowPassedDates=True))
    assert faults(ahead, {"day": "2026-11-19"}) == {"day": ["date_passed"]}
    assert faults(ahead, {"day": TODAY.isoformat()}) == {}


def test_choices_are_those_of_the_form() -> None:
    options = form(choice("one", "a", "b"), choice("many", "a", "b", "c", kind="checklist"))
    assert load(options, {"one": "a", "many": ["c", "a"]}).answers == {"one": "a", "many": ["a", "c"]}
    assert faults(options, {"one": "z", "many": ["a", "z"]}) == {
        "one": ["wrong_choice"],
        "many": ["wrong_choice"],
    }
    assert faults(options, {"one": ["a"], "many": "a"}) == {"one": ["wrong_type"], "many": ["wrong_type"]}
    assert faults(options, {"many": ["a", "a"]}) == {"many": ["repeated_choice"]}
    assert faults(options, {"many": [{}]}) == {"many": ["wrong_type"]}


def test_a_select_may_offer_the_fields_of_another_form() -> None:
    marks = form(component("select", "field", properties={"options": "fields:application"}))
    choices = {"application": ("company", "lines.quantity")}
    for path in ("company", "lines.quantity", "lines[3].quantity"):
        assert faults(marks, {"field": path}, choices=choices) == {}
    for path in ("secret", "lines[x].quantity", "lines.quantity'", "a" * 300):
        assert faults(marks, {"field": path}, choices=choices) == {"field": ["wrong_choice"]}


def test_a_required_box_must_be_ticked() -> None:
    agreement = form(component("checkbox", "agreed", validate=REQUIRED))
    assert faults(agreement, {}) == {"agreed": ["must_agree"]}
    assert faults(agreement, {"agreed": False}) == {"agreed": ["must_agree"]}
    assert load(agreement, {"agreed": True}).answers == {"agreed": True}
    assert faults(agreement, {"agreed": "true"}) == {"agreed": ["wrong_type"]}


@pytest.mark.parametrize("empty", [None, "", "   ", "\n"])
def test_an_empty_answer_is_no_answer(empty: object) -> None:
    assert load(form(text("name")), {"name": empty}).answers == {}
    assert faults(form(text("name", validate=REQUIRED)), {"name": empty}) == {"name": ["required"]}


def test_rows_are_checked_one_by_one_and_named_by_place() -> None:
    order = form(rows("lines", text("serial", validate=REQUIRED), number("n", decimalDigits=0)))
    assert load(order, {"lines": [{"serial": "a", "n": 1}, {"serial": "b"}]}).answers == {
        "lines": [{"serial": "a", "n": Decimal(1)}, {"serial": "b"}]
    }
    given = [{"serial": "a"}, {"n": 1}, {"serial": "c", "n": "x", "more": 1}, "row", None]
    assert faults(order, {"lines": given}) == {
        "lines[1].serial": ["required"],
        "lines[2].n": ["not_a_number"],
        "lines[2].more": ["unknown_field"],
        "lines[3]": ["wrong_type"],
        "lines[4]": ["wrong_type"],
    }


def test_the_number_of_rows_is_bounded() -> None:
    order = form(rows("lines", text("serial")))
    assert faults(order, {"lines": [{"serial": "a"}] * 200}) == {}
    assert faults(order, {"lines": [{"serial": "a"}] * 201}) == {"lines": ["too_many_rows"]}
    few = form(rows("lines", text("serial"), properties={"maxRows": 1}, validate={"minRows": 1}))
    assert faults(few, {"lines": [{}, {}]}) == {"lines": ["too_many_rows"]}
    assert faults(few, {"lines": []}) == {"lines": ["required"]}


@pytest.mark.parametrize(
    "answers",
    [{"more": 1}, {"__class__": 1}, {"name": "a", "a" * 5_000: 1}, {"\ud800": 1}, {"": 1}],
    ids=range(5),
)
def test_unknown_names_are_refused(answers: dict[str, object]) -> None:
    found = faults(form(text("name")), answers)
    assert list(found.values()) == [["unknown_field"]]
    "".join(found).encode()


def test_computed_and_silent_components_take_no_answer() -> None:
    paper = form(
        number("n"),
        component("expression", "double", expression="=n * 2"),
        component("text", "hint", text="提示"),
        component("separator", "line"),
    )
    assert faults(paper, {"double": 4}) == {"double": ["unknown_field"]}
    assert load(paper, {"n": 2}).answers == {"n": Decimal(2), "double": Decimal(4)}


def test_a_form_field_may_be_called_like_anything_in_python() -> None:
    names = ["load", "fields", "context", "validate", "Meta", "opts", "data", "self", "class"]
    paper = form(*(text(name) for name in names))
    given = {name: name for name in names}
    assert load(paper, given).answers == given


def test_a_pattern_must_fit_the_whole_text() -> None:
    serial = form(text("serial", validate={"pattern": "[A-Z]{2}-[0-9]{4}"}))
    assert load(serial, {"serial": "AB-1234"}).answers == {"serial": "AB-1234"}
    assert load(serial, {"serial": "ＡＢ-１２３４"}).answers == {"serial": "AB-1234"}
    assert faults(serial, {"serial": "xAB-1234"}) == {"serial": ["pattern"]}


PDF, JPG, OTHER = (UUID(int=n) for n in (1, 2, 3))


def files(**changes: object) -> dict[UUID, AttachmentInfo]:
    info = {"field": "papers", "size": 100, "media_type": "application/pdf", "sha256": "0" * 64, **changes}
    return {PDF: AttachmentInfo(**info), JPG: AttachmentInfo("papers", 100, "image/jpeg", "1" * 64)}  # type: ignore[arg-type]


def test_files_are_named_by_id_and_must_belong_to_the_field() -> None:
    paper = form(
        component("filepicker", "papers", properties={"types": "pdf,jpg", "maxSizeMB": 20, "maxFiles": 2})
    )
    done = load(paper, {"papers": [str(PDF), str(JPG)]}, files=files())
    assert done.files == [PDF, JPG]
    assert done.answers == {"papers": [str(PDF), str(JPG)]}
    assert load(paper, {"papers": str(PDF)}, files=files()).files == [PDF]
    for given in (str(OTHER), "x", 5, {"id": str(PDF)}, str(PDF) * 2):
        assert faults(paper, {"papers": [given]}, files=files()) == {"papers": ["file_unknown"]}
    assert faults(paper, {"papers": [str(PDF)]}, files=files(field="elsewhere")) == {
        "papers": ["file_unknown"]
    }
    assert faults(paper, {"papers": [str(PDF)] * 2}, files=files()) == {"papers": ["file_repeated"]}
    assert faults(paper, {"papers": [str(PDF), str(JPG), str(OTHER)]}, files=files()) == {
        "papers": ["too_many_files"]
    }


def test_twenty_mebibytes_are_accepted_and_one_byte_more_is_not() -> None:
    paper = form(component("filepicker", "papers", properties={"types": "pdf", "maxSizeMB": 20}))
    limit = 20 * 1024 * 1024
    assert faults(paper, {"papers": [str(PDF)]}, files=files(size=limit)) == {}
    assert faults(paper, {"papers": [str(PDF)]}, files=files(size=limit + 1)) == {
        "papers": ["file_too_large"]
    }
    assert faults(paper, {"papers": [str(JPG)]}, files=files()) == {"papers": ["file_type"]}


def test_files_in_rows_belong_to_their_field_whatever_the_row() -> None:
    paper = form(rows("people", component("filepicker", "papers")))
    at_row = {PDF: AttachmentInfo("people[4].papers", 1, "application/pdf", "0")}
    assert load(paper, {"people": [{"papers": [str(PDF)]}]}, files=at_row).files == [PDF]
    twice = {"people": [{"papers": [str(PDF)]}, {"papers": [str(PDF)]}]}
    assert faults(paper, twice, files=at_row) == {"people[1].papers": ["file_repeated"]}


@pytest.mark.parametrize(("given", "passes"), [("0.01", True), (100, True), (0, False), (-1, False), ("100.5", False)])
def test_a_share_is_more_than_nothing_and_at_most_all(given: object, passes: bool) -> None:
    paper = form(number("share", properties={"check": "share"}))
    assert faults(paper, {"share": given}) == ({} if passes else {"share": ["share"]})
    assert paper.fields[0].suffix == "%"


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-11-20", None),
        ("2026-01-01", None),
        ("2026-11-21", "date_in_future"),
        ("2025-12-31", "date_too_early"),
    ],
)
def test_a_date_lies_between_its_earliest_and_its_latest_day(day: str, code: str | None) -> None:
    paper = form(component("datetime", "day", properties={"earliest": "2026-01-01", "latest": "today"}))
    assert faults(paper, {"day": day}) == ({"day": [code]} if code else {})


@pytest.mark.parametrize(
    "properties", [{"earliest": "soon"}, {"latest": "2026-02-30"}, {"earliest": "2026-02-02", "latest": "2026-02-01"}]
)
def test_days_that_are_none_are_found_at_deploy(properties: dict[str, str]) -> None:
    assert rules_of(component("datetime", "day", properties=properties)) == ["form_validate"]


def test_an_amount_of_money_has_the_decimals_of_its_unit() -> None:
    paper = form(number("fee", properties={"money": "yuan"}), number("capital", properties={"money": "wan"}))
    assert faults(paper, {"fee": "1.234", "capital": "1.234567"}) == {"fee": ["too_many_decimals"]}
    assert rules_of(number("fee", properties={"money": "dollar"})) == ["form_validate"]
