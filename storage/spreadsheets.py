"""Spreadsheets that people fill in: written for them, and read back in the checking process, within limits."""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from storage.errors import FileRefused

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_UNPACKED: Final = 60 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_CELLS: Final = 200_000
MAX_TEXT: Final = 5_000
MOST_ANSWER: Final = 16 * 1024 * 1024
AT_ONCE: Final = 1
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for a formula when such a text is copied on or saved as CSV."""

_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


def read_sheet(file: BinaryIO) -> list[list[str]]:
    """Return the cells of the first sheet as texts, read apart; `file` is an open file of the file system.

    Raises FileRefused table_unreadable, table_macros, table_formula (with its `cell`), table_too_large (with `rows`),
    file_too_large; CheckUnavailable.
    """
    from storage.check_process import work_apart

    if os.fstat(file.fileno()).st_size > MAX_BYTES:
        raise FileRefused(code="file_too_large", name="", limit=MAX_BYTES, limit_text="5 MB")
    _, cells = work_apart("table", {}, file, _TURNS, most_answer=MOST_ANSWER)
    found: list[list[str]] = json.loads(cells)
    return found


def cells_in(file: BinaryIO) -> list[list[str]]:
    """Return the cells of the first sheet; only inside the checking process."""
    try:
        _require_plain(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        rows = _rows(book.worksheets[0])
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # a stranger's archive fails in many ways, all of which mean the same here
        raise FileRefused(code="table_unreadable", name="") from error
    return rows


def _require_plain(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
            raise FileRefused(code="file_too_intricate", name="")
        if any(part.filename.lower().endswith(("vbaproject.bin", ".xlm")) for part in archive.infolist()):
            raise FileRefused(code="table_macros", name="")
    file.seek(0)


def _rows(sheet: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    empty: list[list[str]] = []
    seen = 0
    for row in sheet.iter_rows(max_col=MAX_COLUMNS):
        line = [_text(cell) for cell in row]
        while line and not line[-1]:
            line.pop()
        seen += len(line)
        if not line:  # kept only where something follows: sheets often end in thousands of them
            empty.append(line)
            if len(empty) > MAX_ROWS:
                break
            continue
        rows += [*empty, line]
        empty = []
        if len(rows) > MAX_ROWS or seen > MAX_CELLS:
            raise FileRefused(code="table_too_large", name="", rows=MAX_ROWS)
    return rows


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise FileRefused(code="table_formula", name="", cell=cell.coordinate)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    return str(value)[:MAX_TEXT]


def write_sheet(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], hidden: int = 0) -> bytes:
    """Return an xlsx of texts, none of which any spreadsheet takes for a formula; the last `hidden` columns are hidden."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "".join(char for char in title if char not in "[]:*?/\\")[:31] or "1"
    for number, line in enumerate([list(headings), *rows], 1):
        for at, text in enumerate(line, 1):
            cell = sheet.cell(number, at)
            cell.value = text[:MAX_TEXT]
            cell.data_type = "s"
            cell.number_format = "@"
            if text.startswith(FORMULA):
                cell.quotePrefix = True
            if number == 1:
                cell.font = Font(bold=True)
    for at, heading in enumerate(headings, 1):
        wide = max([len(heading), *(len(row[at - 1]) for row in rows)], default=8)
        sheet.column_dimensions[get_column_letter(at)].width = min(40, 2 * wide + 4)
        sheet.column_dimensions[get_column_letter(at)].hidden = at > len(headings) - hidden
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
