"""Rows of a form as a spreadsheet: taken home, filled in there, read back cell by cell, and nothing taken unasked."""

import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from service.access import access
from service.current import clock, current_actor, unit_of_work
from service.errors import problem_of
from service.pages.answers import defaults
from service.pages.blueprint import pages
from service.pages.desk import beginning
from service.pages.words import local
from service.texts import sentence
from storage.errors import NotFound, StorageError
from workflows import errors as domain
from workflows import queries
from workflows.forms.carrying import carry_files
from workflows.forms.form import flat, rows_limit
from workflows.forms.tables import Column, Table, columns_of, is_deep, lines_of, pasted, read_table
from workflows.forms.vocabulary import ROW_ID

if TYPE_CHECKING:
    from workflows.forms import Field, Form
    from workflows.queries.views import TaskView

Answer = str | BaseResponse | tuple[str, int]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of a task that somebody works on, with its columns and the rows as they are now."""

    view: "TaskView"
    form: "Form"
    field: "Field"
    label: str
    columns: Sequence[Column]
    answers: Mapping[str, Any]

    @property
    def now(self) -> list[Mapping[str, Any]]:
        """The rows of the draft."""
        return [row for row in self.answers.get(self.field.key) or [] if isinstance(row, Mapping)]

    @property
    def revision(self) -> int:
        """The draft that these rows are of, 0 for none."""
        return self.view.draft.revision if self.view.draft else 0

    @property
    def headings(self) -> list[str]:
        """The headings of the table; where rows hold rows, the number of the row stands first."""
        return ([self.number] if is_deep(self.columns) else []) + [column.heading for column in self.columns]

    @property
    def number(self) -> str:
        """The heading of the numbers of rows; a form may have a column of that name."""
        heading = gettext("table.number")
        return "#" if any(column.heading == heading for column in self.columns) else str(heading)

    @property
    def most_lines(self) -> int:
        """How many lines a table may have: a line of headings, and each row with all the rows inside it."""
        inner = [rows_limit(one) for one in flat(self.field.children) if one.type == "dynamiclist"]
        return rows_limit(self.field) * max(1, *inner, 1) + 1


def rows_of(task_id: UUID, name: str) -> Rows:
    """Find a list of a task. Raises NotFound, and NotAllowed to whoever may only look."""
    view = queries.read_task(unit_of_work(), current_actor(), task_id)
    if not view.may_complete:
        raise domain.NotAllowed
    form = view.form
    lists = [one for one in form.walk() if one.type == "dynamiclist" and one.path == name] if form else []
    if form is None or not lists:
        raise NotFound(kind="list", id=name)
    label = view.texts.get(f"label.{form.key}.{name}", lists[0].label or name)
    return Rows(view, form, lists[0], label, columns_of(form, lists[0], view.texts), beginning(view))


@pages.get("/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>.xlsx")
@access("signed_in")
def rows_sheet(task_id: UUID, name: str) -> Response:
    """Give the rows as a spreadsheet; without rows it is an empty one to fill in."""
    from storage.spreadsheets import write_sheet

    rows = rows_of(task_id, name)
    people = rows.field.holds_people
    headings = rows.headings + ([ROW_ID] if people else [])
    lines = [
        line + ([str(row.get(ROW_ID) or "") if not at else ""] if people else [])
        for number, row in enumerate(rows.now, 1)
        for at, line in enumerate(lines_of(rows.columns, row, number))
    ]
    answer = Response(write_sheet(rows.label, headings, lines, hidden=int(people)), content_type=XLSX)
    file = quote(f"{rows.view.number} {rows.label}.xlsx", safe="")
    answer.headers["Content-Disposition"] = f"attachment; filename=table.xlsx; filename*=UTF-8''{file}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>")
@access("signed_in")
def rows_page(task_id: UUID, name: str) -> Answer:
    """Ask for a spreadsheet, or for what was copied out of one."""
    return page_of(rows_of(task_id, name))


@pages.post("/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>")
@access("signed_in")
def read_rows(task_id: UUID, name: str) -> Answer:
    """Read a table and say what is wrong with which cell; nothing is taken yet."""
    rows = rows_of(task_id, name)
    try:
        cells = cells_given()
    except StorageError as refused:
        problem = problem_of(refused)
        return page_of(rows, problem.detail, problem.status)
    if not cells:
        return page_of(rows, gettext("table.nothing"), 422)
    today = local(clock().now()).date()
    most = rows_limit(rows.field)
    count = sum(any(text.strip() for text in line) for line in cells)
    if count > rows.most_lines:
        return page_of(rows, gettext("table.too_many", count=f"{count:,}", label=rows.label, limit=most), 422)
    table = read_table(rows.form, rows.field, rows.columns, cells, today, rows.number)
    if len(table.rows) > most:
        count = len(table.rows)
        return page_of(rows, gettext("table.too_many", count=f"{count:,}", label=rows.label, limit=most), 422)
    if not table.rows:
        return page_of(rows, gettext("table.nothing"), 422)
    with_defaults(rows, table)
    return page_of(rows, table=table, append="_paste" in request.form and bool(rows.now))


@pages.post("/tasks/<uuid:task_id>/rows/<string(maxlength=64):name>/take")
@access("signed_in")
def take_rows(task_id: UUID, name: str) -> Answer:
    """Put rows that were read and looked at into the draft: in the place of those that are there, or behind them."""
    from workflows.commands.drafts import save_draft
    from workflows.commands.set_aside import put_aside

    rows = rows_of(task_id, name)
    given = posted_rows(rows)
    append = request.form.get("how") == "append"
    kept = rows.now if append else []
    limit = rows_limit(rows.field)
    if len(kept) + len(given) > limit:
        count = f"{len(kept) + len(given):,}"
        return page_of(rows, gettext("table.too_many", count=count, label=rows.label, limit=limit), 422)
    taken, gone = (given, {}) if append else carry_files(rows.field, rows.columns, rows.now, given)
    aside = [file for files in gone.values() for file in files]
    answers = {**rows.answers, rows.field.key: [*kept, *taken]}
    # What goes was said of the draft of then. Rows that follow the others take nothing away, whatever those are now.
    revision = rows.revision if append or not rows.now else revision_said()
    uow = unit_of_work()
    try:
        save_draft(
            uow, current_actor(), task_id, answers, revision, before=lambda: put_aside(uow, task_id, aside)
        )
    except domain.DraftChanged:
        table = Table(tuple(given), (), tuple(given))
        return page_of(
            rows_of(task_id, name), gettext("table.changed"), 409, table=table, append=append
        )
    flash(gettext("table.taken", n=len(given), label=rows.label), "done")
    return redirect(url_for("pages.task", task_id=task_id, _anchor=f"f-{rows.field.key}"), 303)


def with_defaults(rows: Rows, table: Table) -> None:
    """Begin rows that were read with the defaults of the columns that the table does not have, as added rows do."""
    absent = {column.inner or column.field.key for column in table.absent}
    absent -= {column.inner for column in rows.columns if column not in table.absent}
    fresh = {key: value for key, value in defaults(rows.field.children).items() if key in absent}
    for row in table.rows:
        row.update({key: value for key, value in fresh.items() if key not in row})


def losses(rows: Rows, table: Table) -> tuple[dict[int, list[str]], list[str]]:
    """Return what goes where a table replaces the rows: files by row, and the headings of columns that it does not have."""
    _, gone = carry_files(rows.field, rows.columns, rows.now, table.sound)
    headings = [column.heading for column in table.absent if any(column.holds(row) for row in rows.now)]
    return gone, headings


def revision_said() -> int:
    """Return the draft that the page of a table was drawn with; -1, which no draft has, where it does not say."""
    said = request.form.get("_revision", "")
    return int(said) if said.isdigit() and len(said) < 10 else -1


def cells_given() -> list[list[str]]:
    """Return the cells of the posted file, or of the posted text."""
    from storage.spreadsheets import read_sheet

    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return pasted(request.form.get("text", ""))
    with cast("BinaryIO", tempfile.TemporaryFile()) as file:
        upload.save(file)
        file.flush()
        return read_sheet(file)


def posted_rows(rows: Rows) -> list[dict[str, Any]]:
    """Return the rows that the page carried along; a draft takes them as it takes what is typed."""
    try:
        given = json.loads(request.form.get("rows", "[]"))
    except ValueError:
        given = []
    own = {ROW_ID} if rows.field.holds_people else set()
    return _known(given, rows.columns, "", own)


def _known(given: Any, columns: Sequence[Column], inner: str, more: Collection[str]) -> list[dict[str, Any]]:
    """Return rows with what their columns hold and nothing else, the rows inside them likewise."""
    keys = {column.field.key for column in columns if column.inner == inner} | set(more)
    lists = {column.inner for column in columns if column.inner} if not inner else set()
    found = []
    for row in given if isinstance(given, list) else []:
        if isinstance(row, dict):
            known = {key: row[key] for key in keys & row.keys() if isinstance(row[key], str | int | list)}
            found.append(known | {key: _known(row[key], columns, key, ()) for key in lists & row.keys()})
    return found


def page_of(
    rows: Rows, problem: str = "", status: int = 200, *, table: Table | None = None, append: bool = False
) -> Answer:
    """Draw the page of a table: the question, a refusal, or what was read."""
    faults = [
        (fault, said(rows, fault.error.code, fault.error.params, fault.heading))
        for fault in (table.faults if table else ())
    ]
    gone, headings = losses(rows, table) if table else ({}, [])
    page = render_template(
        "task/table.html",
        view=rows.view,
        rows=rows,
        limit=rows_limit(rows.field),
        problem=problem,
        table=table,
        faults=faults[:SHOWN_FAULTS],
        more_faults=max(0, len(faults) - SHOWN_FAULTS),
        wrong_rows=len(table.rows) - len(table.sound) if table else 0,
        carried=json.dumps(table.sound, ensure_ascii=False, default=str) if table else "",
        append=append,
        files_gone=sum(len(files) for files in gone.values()),
        rows_gone=[number + 1 for number in gone],
        headings_gone=headings,
    )
    return page, status


def said(rows: Rows, code: str, params: Mapping[str, Any], heading: str) -> str:
    """Return the sentence about a cell, as the form says it about its field."""
    text = (
        rows.view.texts.get(f"check.{rows.form.key}.{params.get('check', '')}") if "check" in params else None
    )
    return text or sentence(code, "form", **{**params, "label": heading})
