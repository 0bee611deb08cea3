"""A table of rows is read as people write it, and what is wrong is told by the address of its cell."""

from decimal import Decimal

import pytest
from papers import TODAY, choice, component, form, number, rows, text

from workflows.forms.tables import Table, address, cells_of, columns_of, pasted, read_table

FORM = form(
    rows(
        "staff",
        text("name", validate={"required": True}),
        text("card", check="cn_id"),
        number("age", decimalDigits=0),
        choice("level", "senior", "junior"),
        component("datetime", "since", label="since", subtype="date"),
        component("checkbox", "chief", label="chief"),
        choice("skills", "meter", "line", kind="checklist"),
        component("filepicker", "proof", label="proof"),
    )
)
STAFF = FORM.fields[0]
TEXTS = {
    "label.paper.staff.name": "姓名",
    "label.paper.staff.card": "身份证号",
    "label.paper.staff.age": "年龄",
    "label.paper.staff.level": "级别",
    "label.paper.staff.since": "从何时起",
    "label.paper.staff.chief": "负责人",
    "label.paper.staff.skills": "专长",
    "option.paper.staff.level.senior": "高级",
    "option.paper.staff.skills.meter": "计量",
    "option.paper.staff.skills.line": "线路",
}
COLUMNS = columns_of(FORM, STAFF, TEXTS)


def read(*cells: list[str]) -> Table:
    """Read a table into the list of staff."""
    return read_table(FORM, STAFF, COLUMNS, cells, TODAY)


def told(table: Table) -> dict[str, str]:
    """Return the codes by cell."""
    return {fault.address: fault.error.code for fault in table.faults}


def test_files_are_no_column() -> None:
    assert [column.heading for column in COLUMNS] == [
        "姓名", "身份证号", "年龄", "级别", "从何时起", "负责人", "专长",
    ]  # fmt: skip


def test_cells_are_read_as_people_write_them() -> None:
    table = read(["江晚照", "", "４２", "高级", "2020年3月1日", "是", "计量、线路"])
    assert table.faults == ()
    assert table.rows == (
        {
            "name": "江晚照",
            "age": "42",
            "level": "senior",
            "since": "2020-03-01",
            "chief": True,
            "skills": ["meter", "line"],
        },
    )


def test_headings_give_the_order_and_may_leave_columns_out() -> None:
    table = read(["年龄", "姓名*", "备注"], ["1,200", "何见山", "x"], ["", ""], ["5", "温故"])
    assert [row["name"] for row in table.rows] == ["何见山", "温故"]
    assert [row["age"] for row in table.rows] == ["1200", "5"]


def test_a_table_of_the_other_language_is_read_too() -> None:
    table = read(["name", "level", "since"], ["甲", "senior", "2020-03-01"])
    assert table.rows == ({"name": "甲", "level": "senior", "since": "2020-03-01"},)


@pytest.mark.parametrize(
    "day", ["2020-03-01", "2020/3/1", "2020.3.1", "２０２０年３月１日", "2020-03-01 00:00:00"]
)
def test_days_are_read_in_every_usual_way(day: str) -> None:
    assert read(["甲", "", "", "", day]).rows[0]["since"] == "2020-03-01"


def test_each_fault_has_its_cell_and_keeps_no_good_row_out() -> None:
    table = read(
        ["姓名", "身份证号", "年龄"],
        ["沈砚秋", "110105194912310021", "30"],
        ["顾南乔", "", "三十"],
        ["", "", "40"],
        ["温故", "", "50"],
    )
    assert told(table) == {"B2": "cn_id", "C3": "not_a_number", "A4": "required"}
    assert [row["name"] for row in table.sound] == ["温故"]


def test_what_goes_out_is_read_back_the_same() -> None:
    row = {"name": "甲", "age": Decimal(7), "level": "senior", "chief": True, "skills": ["line"]}
    table = read([column.heading for column in COLUMNS], cells_of(COLUMNS, row))
    assert table.rows == ({**row, "age": "7"},)


@pytest.mark.parametrize(
    ("at", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_the_letters_of_a_spreadsheet(at: int, name: str) -> None:
    assert address(at, 7) == f"{name}7"


def test_a_copied_table_is_lines_and_tabs() -> None:
    assert pasted("a\tb\r\nc\t\r\n") == [["a", "b"], ["c", ""]]
    assert pasted("  \n") == []
