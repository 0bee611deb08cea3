"""Rows of a form as a table: what a spreadsheet holds for them, and what is read from one, cell by cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dc_field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from workflows.forms.checks import half_width
from workflows.forms.errors import ErrorCode
from workflows.forms.form import Field, Form, flat
from workflows.forms.schema import load_typed
from workflows.forms.surroundings import Surroundings
from workflows.forms.typed import row_id
from workflows.forms.vocabulary import ROW_ID

YES: Final = frozenset({"是", "有", "√", "✓", "1", "y", "yes", "true", "对"})
NO: Final = frozenset({"", "否", "无", "×", "0", "n", "no", "false", "错"})
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?([T ]00:00(:00)?)?", re.ASCII)
_BETWEEN: Final = re.compile(r"[、,;/|\n，；]")
_LETTERS: Final = 26
NUMBER: Final = "#"
"""Stands for the column of the numbers of rows that hold rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field, its heading, the words of its options by value, and of which list inside the row it is."""

    field: Field
    heading: str
    options: Mapping[str, str]
    inner: str = ""

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row has something else here than it began with."""
        inner = [one for one in row.get(self.inner) or () if isinstance(one, Mapping)] if self.inner else [row]
        given = [value for one in inner if (value := one.get(self.field.key)) is not False]
        return any(value not in (None, "", [], self.field.default) for value in given)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell, by its address such as B7."""

    address: str
    heading: str
    text: str
    error: ErrorCode


@dataclass(slots=True)
class Gathered:
    """A row on its lines: the first one, the lines of each list inside it, and the cells that contradict its first line."""

    line: int
    values: dict[str, Any]
    inner: dict[str, list[int]] = dc_field(default_factory=dict)
    differs: list[tuple[int, int]] = dc_field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: all rows, the faults by cell, which rows have none, and the columns that it does not have."""

    rows: tuple[dict[str, Any], ...]
    faults: tuple[Fault, ...]
    sound: tuple[dict[str, Any], ...]
    absent: tuple[Column, ...] = ()


def columns_of(form: Form, rows: Field, texts: Mapping[str, str]) -> tuple[Column, ...]:
    """Return the columns of a list in the reader's language, those of lists inside its rows last; files stay on the page."""
    outer, inner = [], []
    for one in flat(rows.children):
        if one.type == "dynamiclist":
            label = texts.get(f"label.{form.key}.{one.path}", one.label or one.key)
            inner += [
                replace(column, heading=f"{label} · {column.heading}", inner=one.key)
                for column in columns_of(form, one, texts)
                if not column.inner
            ]
        elif one.answered and one.type != "filepicker":
            heading = texts.get(f"label.{form.key}.{one.path}", one.label or one.key)
            options = {
                option.value: texts.get(f"option.{form.key}.{one.path}.{option.value}", option.label)
                for option in one.options
            }
            outer.append(Column(one, heading, options))
    return (*outer, *inner)


def is_deep(columns: Sequence[Column]) -> bool:
    """Tell whether rows hold rows: then a row takes as many lines as its longest list, and its number stands first."""
    return any(column.inner for column in columns)


def cells_of(columns: Sequence[Column], row: Mapping[str, Any]) -> list[str]:
    """Return a row as the texts of its cells."""
    return [_as_text(column, row.get(column.field.key)) for column in columns]


def lines_of(columns: Sequence[Column], row: Mapping[str, Any], number: int) -> list[list[str]]:
    """Return the lines of a row: its own cells in the first one, and each line one row of every list inside it."""
    if not is_deep(columns):
        return [cells_of(columns, row)]
    inner = {
        key: [one for one in row.get(key) or () if isinstance(one, Mapping)]
        for key in {column.inner for column in columns if column.inner}
    }
    lines = []
    for at in range(max(1, *(len(rows) for rows in inner.values()))):
        line = [str(number)]
        for column in columns:
            rows = inner.get(column.inner, [row])
            line.append(_as_text(column, rows[at].get(column.field.key)) if at < len(rows) else "")
        lines.append(line)
    return lines


def read_table(
    form: Form, rows: Field, columns: Sequence[Column], cells: Sequence[Sequence[str]], today: date, number: str = ""
) -> Table:
    """Read the cells of a table. A first row of headings gives the order of the columns; else theirs counts.

    Empty rows are left out. Every cell is read as its field reads what is typed, full-width digits included. Where rows
    hold rows, a line goes on with the row above it when it has its number, or no number and nothing but inner cells;
    `number` is the heading of those numbers.
    """
    order = _order(columns, cells[0] if cells else (), number)
    begin = 1 if order else 0
    places = order or dict(enumerate([NUMBER, *columns] if is_deep(columns) else columns))
    found = gathered(places, cells[begin:], begin + 1)
    _, errors = load_typed(form, {rows.key: [one.values for one in found]}, Surroundings(today, {}, {}, None))
    faults: list[Fault] = []
    wrong: set[int] = set()
    for index, one in enumerate(found):
        spots = [("", one.line, one.values)]
        for key, lines in one.inner.items():
            spots += [(f"{key}[{n}].", line, one.values[key][n]) for n, line in enumerate(lines)]
        told = {(at, line): [ErrorCode("line_differs")] for at, line in one.differs}
        for above, line, values in spots:
            for at, column in places.items():
                if isinstance(column, str) or column.inner != above.partition("[")[0]:
                    continue
                codes = list(errors.get(f"{rows.key}[{index}].{above}{column.field.key}", ()))
                if not codes and _lacks(column.field, values):
                    codes = [ErrorCode("required")]
                told.setdefault((at, line), []).extend(codes)
        for at, column in places.items():
            if not isinstance(column, str) and column.inner:
                codes = list(errors.pop(f"{rows.key}[{index}].{column.inner}", ()))
                told.setdefault((at, one.line), []).extend(codes)
        for (at, line), codes in sorted(told.items(), key=lambda item: (item[0][1], item[0][0])):
            text = text_at(cells[line - 1], at)
            faults += [Fault(address(at, line), places[at].heading, text[:80], error) for error in codes]
            wrong |= {index} if codes else set()
    sound = tuple(one.values for index, one in enumerate(found) if index not in wrong)
    absent = tuple(column for column in columns if column not in places.values())
    return Table(tuple(one.values for one in found), tuple(faults), sound, absent)


def gathered(places: Mapping[int, Any], cells: Sequence[Sequence[str]], first: int) -> list[Gathered]:
    """Put lines together to rows; the number of the first line is `first`."""
    found: list[Gathered] = []
    inner = sorted({one.inner for one in places.values() if not isinstance(one, str) and one.inner})
    numbered = next((at for at, one in places.items() if one == NUMBER), None)
    last, head = "", list[str]()
    for number, line in enumerate(cells, first):
        if not any(text_at(line, at).strip() for at in places if at != numbered):
            continue
        mark = half_width(text_at(line, numbered).strip()) if numbered is not None else ""
        own = [at for at, one in places.items() if at != numbered and getattr(one, "inner", "") == ""]
        said = [at for at in own if text_at(line, at).strip()]
        if not found or not inner or (mark != last if mark else bool(said)):
            found.append(Gathered(number, typed_line(places, line)))
            last, head = mark, list(line)
        else:
            differs = [at for at in said if text_at(line, at).strip() != text_at(head, at).strip()]
            found[-1].differs.extend((at, number) for at in differs if places[at] != ROW_ID)
        for key in inner:
            if any(text_at(line, at).strip() for at, one in places.items() if getattr(one, "inner", "") == key):
                found[-1].values.setdefault(key, []).append(typed_line(places, line, key))
                found[-1].inner.setdefault(key, []).append(number)
    return found


def text_at(line: Sequence[str], at: int) -> str:
    """Return the text of a cell; a line may end before it."""
    return line[at] if at < len(line) else ""


def address(column: int, row: int) -> str:
    """Return the address of a cell as spreadsheets have it: column 0, row 7 is A7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def pasted(text: str) -> list[list[str]]:
    """Return the cells of a table that was copied out of a spreadsheet: lines, and tabs between the cells."""
    return (
        [line.split("\t") for line in text.replace("\r\n", "\n").strip("\n").split("\n")]
        if text.strip()
        else []
    )


def _order(columns: Sequence[Column], line: Sequence[str], number: str) -> dict[int, Any]:
    """Return the columns by place where the line is one of headings; the id of a row stands under its own name."""
    names: dict[str, Any] = {column.heading.strip(): column for column in columns}
    for column in columns:  # a table may have been made in the other language
        names.setdefault(column.field.label.strip(), column)
        names.setdefault(column.field.key, column)
    names.pop("", None)
    found: dict[int, Any] = {
        n: names[text.strip().rstrip("*")] for n, text in enumerate(line) if text.strip().rstrip("*") in names
    }
    if not found or len(found) * 2 < min(len(columns), len([text for text in line if text.strip()])):
        return {}
    special = {ROW_ID: ROW_ID, **({number: NUMBER} if number else {})}
    return found | {n: special[text.strip()] for n, text in enumerate(line) if text.strip() in special}


def typed_line(places: Mapping[int, Any], line: Sequence[str], inner: str = "") -> dict[str, Any]:
    """Return what a line says of its row, or of one row of a list inside it."""
    row: dict[str, Any] = {}
    for at, column in places.items():
        text = text_at(line, at)
        if column == ROW_ID:
            if not inner and row_id(text.strip()) is not None:
                row[ROW_ID] = text.strip()
        elif column != NUMBER and column.inner == inner:
            value = _as_typed(column, text)
            if value not in ("", []):
                row[column.field.key] = value
    return row


def _as_typed(column: Column, text: str) -> Any:
    plain, kind = text.strip(), column.field.type
    if kind == "number":
        return half_width(plain).replace(",", "").replace("，", "")
    if kind == "datetime":
        day = _DAY.fullmatch(half_width(plain))
        return f"{int(day[1]):04}-{int(day[2]):02}-{int(day[3]):02}" if day else plain
    if kind == "checkbox":
        said = half_width(plain).lower()
        return True if said in YES else False if said in NO else plain
    if kind in ("select", "radio"):
        return _option(column, plain)
    if kind == "checklist":
        return [_option(column, part.strip()) for part in _BETWEEN.split(plain) if part.strip()]
    return plain if kind == "textarea" else " ".join(plain.split())


def _option(column: Column, text: str) -> str:
    """Return the value for a value or for its words."""
    words = {half_width(one.label).strip(): one.value for one in column.field.options}
    words |= {half_width(label).strip(): value for value, label in column.options.items()}
    return text if text in column.options else words.get(half_width(text), text)


def _as_text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(column.options.get(str(part), str(part)) for part in value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return column.options.get(str(value), str(value))


def _lacks(field: Field, row: Mapping[str, Any]) -> bool:
    return field.required and field.hide is None and row.get(field.key) in (None, "", [], False)
