"""Rows that hold rows go out as joined lines of one sheet and come back the same, errors by cell."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from papers import TODAY, form, number, rows, text

from workflows.forms.tables import Table, columns_of, lines_of, read_table

FORM = form(
    rows(
        "staff",
        text("name", validate={"required": True}),
        rows("posts", text("employer", validate={"required": True}), number("months", decimalDigits=0)),
        rows("papers", text("title")),
    )
)
STAFF = FORM.fields[0]
TEXTS = {
    "label.paper.staff.name": "姓名",
    "label.paper.staff.posts": "履历",
    "label.paper.staff.posts.employer": "单位",
    "label.paper.staff.posts.months": "月数",
    "label.paper.staff.papers": "证书",
    "label.paper.staff.papers.title": "名称",
}
COLUMNS = columns_of(FORM, STAFF, TEXTS)
HEADINGS = ["序号", *(column.heading for column in COLUMNS)]


def read(*lines: list[str]) -> Table:
    return read_table(FORM, STAFF, COLUMNS, lines, TODAY, "序号")


def told(table: Table) -> dict[str, str]:
    return {fault.address: fault.error.code for fault in table.faults}


def test_inner_columns_are_headed_by_both_names() -> None:
    assert HEADINGS == ["序号", "姓名", "履历 · 单位", "履历 · 月数", "证书 · 名称"]


def test_lines_of_one_number_are_one_row() -> None:
    table = read(
        HEADINGS,
        ["1", "江晚照", "甲厂", "１２", "高级电工"],
        ["1", "", "乙厂", "6", ""],
        ["2", "温故", "", "", "初级电工"],
        ["２", "温故", "", "", "高级电工"],
    )
    assert table.faults == ()
    posts = [{"employer": "甲厂", "months": "12"}, {"employer": "乙厂", "months": "6"}]
    assert table.sound == (
        {"name": "江晚照", "posts": posts, "papers": [{"title": "高级电工"}]},
        {"name": "温故", "papers": [{"title": "初级电工"}, {"title": "高级电工"}]},
    )


def test_without_numbers_a_name_begins_a_row() -> None:
    table = read(["姓名", "履历 · 单位"], ["江晚照", "甲厂"], ["", "乙厂"], ["温故", "丙厂"])
    assert [len(row["posts"]) for row in table.sound] == [2, 1]


def test_two_of_one_name_are_two_rows_when_their_numbers_differ() -> None:
    assert len(read(HEADINGS, ["1", "江晚照"], ["2", "江晚照"]).sound) == 2


def test_what_is_wrong_in_an_inner_row_has_its_own_cell_and_keeps_its_row_out() -> None:
    table = read(
        HEADINGS,
        ["1", "江晚照", "甲厂", "12", ""],
        ["1", "江晚昭", "", "六个月", ""],
        ["2", "温故", "丙厂", "3", ""],
    )
    assert told(table) == {"B3": "line_differs", "C3": "required", "D3": "not_a_number"}
    assert [row["name"] for row in table.sound] == ["温故"]


WORD = st.text("甲乙丙丁ab12", min_size=1, max_size=6)
POST = st.fixed_dictionaries({"employer": WORD}, optional={"months": st.integers(0, 999).map(Decimal)})
PERSON = st.fixed_dictionaries(
    {"name": WORD},
    optional={
        "posts": st.lists(POST, min_size=1, max_size=4),
        "papers": st.lists(st.fixed_dictionaries({"title": WORD}), min_size=1, max_size=3),
    },
)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else str(value)


@given(st.lists(PERSON, min_size=1, max_size=6))
def test_what_goes_out_comes_back_the_same(people: list[dict[str, Any]]) -> None:
    lines = [line for at, person in enumerate(people, 1) for line in lines_of(COLUMNS, person, at)]
    for table in (read(HEADINGS, *lines), read(*lines)):  # the order of the form counts without headings
        assert table.faults == ()
        assert [plain(row) for row in table.sound] == plain(people)
