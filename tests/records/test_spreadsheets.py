"""Spreadsheets of strangers are read within limits; ours run nothing in any spreadsheet."""

import io
import tempfile
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from storage.errors import FileRefused
from storage.spreadsheets import MAX_BYTES, MAX_ROWS, cells_in, read_sheet, write_sheet


def book(*rows) -> bytes:
    found = openpyxl.Workbook()
    for row in rows:
        found.worksheets[0].append(row)
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()


def cells(content: bytes) -> list[list[str]]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        return read_sheet(file)


def refusal(content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        cells(content)
    return refused.value


DAY = datetime(2026, 11, 20)  # noqa: DTZ001 - a spreadsheet knows no zone


def test_cells_are_read_as_people_see_them():
    content = book(["甲", 3, 2.5, 12345678901234, None], [], [date(2026, 11, 20), DAY, True])
    assert cells(content) == [
        ["甲", "3", "2.5", "12345678901234"],
        [],
        ["2026-11-20", "2026-11-20", "是"],
    ]


def test_a_formula_is_named_by_its_cell():
    refused = refusal(book(["a", "b"], [1, "=HYPERLINK(1)"]))
    assert (refused.code, refused.params["cell"]) == ("table_formula", "B2")


def test_macros_are_refused():
    content = io.BytesIO(book(["a"]))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert refusal(content.getvalue()).code == "table_macros"


@pytest.mark.parametrize("content", [b"no archive", b"PK\x03\x04 half", b""])
def test_what_is_no_workbook_is_refused(content):
    assert refusal(content).code == "table_unreadable"


def test_an_archive_that_blows_up_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 70_000_000)
    assert refusal(content.getvalue()).code == "file_too_intricate"


def test_too_many_bytes_and_rows_are_refused():
    assert refusal(b"x" * (MAX_BYTES + 1)).code == "file_too_large"
    with pytest.raises(FileRefused) as refused:
        cells_in(io.BytesIO(book(*[[1]] * (MAX_ROWS + 1))))
    assert refused.value.code == "table_too_large"


@pytest.mark.parametrize("text", ["=1+1", "+8613800138000", "-5", "@SUM(A1)", "\t=1"])
def test_no_text_goes_out_as_a_formula(text):
    content = write_sheet("表[1]", ["列"], [[text]])
    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert cells(content) == [["列"], [text]]
