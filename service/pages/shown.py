"""Submissions as a reader sees them: label and value, row by row, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from service.pages.changes import change_of
from service.pages.inputs import as_list
from service.pages.money import amount, amount_in_words
from service.pages.row_names import Rows
from service.pages.sheets import Mark
from service.pages.words import gettext
from service.pages.words import value as in_words
from workflows.forms.differences import pairs_of

if TYPE_CHECKING:
    from workflows.forms import Field, Form
    from workflows.queries.views import AttachmentView, FieldMark, SubmissionView, TaskView
NOTHING: tuple[Any, ...] = (None, "", [])
WITHOUT_VALUE = frozenset({"text", "separator", "expression"})
CODES = frozenset({"uscc", "cn_id", "mobile", "bank_account", "tax_number"})


@dataclass(frozen=True, slots=True)
class Item:
    """A label and what was written beside it. `rows` is None for a plain value.

    `change` says what became of it since the round before: changed, added, removed, or nothing; `was` and `gone` are
    what stood there then.
    """

    path: str
    label: str
    kind: str
    text: str = ""
    wide: bool = False
    files: tuple["AttachmentView", ...] = ()
    columns: tuple["Item", ...] = ()
    rows: tuple[tuple["Item", ...], ...] | None = None
    row_names: tuple[str, ...] = ()
    mark: Mark | None = None
    erased: bool = False
    change: str = ""
    was: str = ""
    gone: tuple["AttachmentView", ...] = ()

    @property
    def changes(self) -> int:
        """How many places changed: a row that came or went is one."""
        if self.rows is None:
            return int(bool(self.change))
        return sum(
            1
            if row and row[0].change in ("added", "removed") and len({c.change for c in row}) == 1
            else sum(cell.changes for cell in row)
            for row in self.rows
        )

    @property
    def deep(self) -> bool:
        """Whether a row of it holds rows itself: such rows are drawn one below the other, not as a table."""
        return any(column.kind == "rows" for column in self.columns)


@dataclass(frozen=True, slots=True)
class Section:
    """A group of a form."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A submission ready to be drawn."""

    id: UUID
    title: str
    by: str
    at: datetime
    round: int
    sections: tuple[Section, ...]
    against: int | None = None
    form: str = ""

    @property
    def changes(self) -> int:
        """How many places differ from the round before."""
        return sum(item.changes for section in self.sections for item in section.items)

    @property
    def changed(self) -> tuple[Section, ...]:
        """The groups with what changed in them and nothing else."""
        found = (
            Section(section.title, tuple(item for item in section.items if item.changes))
            for section in self.sections
        )
        return tuple(section for section in found if section.items)


def show_submission(
    view: "SubmissionView",
    texts: Mapping[str, str],
    marks: Sequence["FieldMark"] = (),
    before: "SubmissionView | None" = None,
) -> Shown:
    """Return a submission as it is drawn; marks are remarks of the last return, by field.

    With the submission of the round `before` each place says what became of it.
    """
    sections: tuple[Section, ...] = ()
    if view.form is not None:
        files = tuple({file.id: file for file in (*(before.attachments if before else ()), *view.attachments)}.values())
        reader = Reader(view.form, texts, files, marks, view.erased, compares=before is not None)
        sections = reader.sections(view.answers, before.answers if before else {})
    against = before.round if before else None
    form = view.form.key if view.form else ""
    return Shown(view.id, view.title, view.by.name, view.at, view.round, sections, against, form)


def round_before(view: "SubmissionView", all_of_case: Iterable["SubmissionView"]) -> "SubmissionView | None":
    """Return what the applicant handed in at the same step the last time before, None at the first."""
    earlier = [
        one
        for one in all_of_case
        if one.element_id == view.element_id and one.lane == view.lane and one.at < view.at
    ]
    return max(earlier, key=lambda one: one.at, default=None)


def filled(submissions: Iterable[Shown]) -> list[Shown]:
    """Return those in which something was written: an approval without an opinion is told by the history."""
    return [one for one in submissions if one.sections]


def submissions_of(view: "TaskView") -> list[Shown]:
    """Return what was handed in so far, the latest first and each step once: the last round counts."""
    latest: dict[str, Any] = {}
    for one in sorted(view.submissions, key=lambda one: one.at):
        latest.pop(one.element_id, None)
        latest[one.element_id] = one
    return filled(
        show_submission(one, one.texts, before=round_before(one, view.submissions))
        for one in reversed(latest.values())
    )


class Reader:
    """Reads answers beside the form that they were given to."""

    def __init__(
        self,
        form: "Form",
        texts: Mapping[str, str],
        attachments: Sequence["AttachmentView"] = (),
        marks: Sequence["FieldMark"] = (),
        erased: frozenset[str] = frozenset(),
        *,
        compares: bool = False,
    ) -> None:
        self.compares = compares
        self.form, self.texts, self.attachments, self.marks, self.erased = (
            form,
            texts,
            attachments,
            marks,
            erased,
        )
        self.rows = Rows(form, texts)

    def sections(
        self, answers: Mapping[str, Any], old: Mapping[str, Any] | None = None
    ) -> tuple[Section, ...]:
        """Return the groups of the form with what was answered in them; `old` are the answers to compare with."""
        old = old or {}
        loose = [one for one in self.form.fields if one.type != "group"]
        found = [Section("", self._items(loose, answers, old, "", ""))]
        for one in self.form.fields:
            if one.type == "group":
                title = self.texts.get(f"label.{self.form.key}.{one.id}", one.label or "")
                found.append(Section(title, self._items(one.children, answers, old, "", "")))
        return tuple(section for section in found if section.items)

    def text_at(self, plain: str, given: Any) -> str:
        """Return one value in words; `plain` is the path of its field without row numbers."""
        one = self.form.field_at(plain)
        return self._text(one, given, plain) if one is not None else in_words(given)

    def _items(
        self,
        fields: Iterable["Field"],
        answers: Mapping[str, Any],
        old: Mapping[str, Any],
        path: str,
        plain: str,
    ) -> tuple[Item, ...]:
        items: list[Item] = []
        for one in fields:
            if one.type in WITHOUT_VALUE:
                continue
            if one.type == "group":
                items += self._items(one.children, answers, old, path, plain)
            elif (
                answers.get(one.key) not in NOTHING
                or old.get(one.key) not in NOTHING
                or f"{path}{one.key}" in self.erased
            ):
                now, was = answers.get(one.key), old.get(one.key)
                items.append(self._item(one, now, was, f"{path}{one.key}", f"{plain}{one.key}"))
        return tuple(items)

    def _item(self, one: "Field", given: Any, was: Any, path: str, plain: str) -> Item:
        label = self._label(one, plain)
        mark = self._mark(path, plain)
        if one.type == "dynamiclist":
            rows = tuple(
                self._row(one, now, then, f"{path}[{n}].", f"{plain}.")
                for n, (now, then) in enumerate(pairs_of(given, was or () if self.compares else None))
            )
            columns = tuple(
                Item("", self._label(column, f"{plain}.{column.key}"), kind_of(column))
                for column in columns_of(one)
            )
            names = tuple(self.rows.of(f"{path}[{n}]") for n in range(len(rows)))
            return Item(
                path, label, "rows", wide=True, columns=columns, rows=rows, row_names=names, mark=mark
            )
        if one.type == "filepicker":
            named = {str(part) for part in as_list(given)}
            files = tuple(file for file in self.attachments if str(file.id) in named)
            return self._files(Item(path, label, "files", wide=True, files=files, mark=mark), was)
        text = self._with_unit(one, given, self._text(one, given, plain), plain)
        old = self._with_unit(one, was, self._text(one, was, plain), plain) if self.compares else ""
        erased = path in self.erased
        change = change_of(text, old) if self.compares and not erased else ""
        wide = one.type == "textarea" or len(text + (old if change else "")) > 24
        return Item(
            path,
            label,
            kind_of(one),
            text,
            wide=wide,
            mark=mark,
            erased=erased,
            change=change,
            was=old if change else "",
        )

    def _files(self, item: Item, was: Any) -> Item:
        """Say which files came and which went; the same bytes under another name are the same file."""
        if not self.compares:
            return item
        named = {str(part) for part in as_list(was)}
        old = [file for file in self.attachments if str(file.id) in named]
        now, then = {file.sha256 for file in item.files}, {file.sha256 for file in old}
        gone = tuple(file for file in old if file.sha256 not in now)
        change = "" if now == then else "changed" if now and then else "added" if now else "removed"
        return replace(item, change=change, gone=gone)

    def _row(
        self,
        one: "Field",
        now: Mapping[str, Any] | None,
        then: Mapping[str, Any] | None,
        path: str,
        plain: str,
    ) -> tuple[Item, ...]:
        row, old = now or {}, then or {}
        cells = tuple(
            self._item(
                column, row.get(column.key), old.get(column.key), f"{path}{column.key}", f"{plain}{column.key}"
            )
            for column in columns_of(one)
        )
        if self.compares and (now is None or then is None):
            whole = "added" if then is None else "removed"
            return tuple(replace(cell, change=whole) for cell in cells)
        return cells

    def _label(self, one: "Field", plain: str) -> str:
        return self.texts.get(f"label.{self.form.key}.{plain}", one.label or one.key)

    def _text(self, one: "Field", given: Any, plain: str) -> str:
        titles = {
            str(o.value): self.texts.get(f"option.{self.form.key}.{plain}.{o.value}", o.label)
            for o in one.options or ()
        }
        source = str(one.properties.get("options", ""))
        if source.startswith("fields:"):
            other = source.partition(":")[2]
            return self.texts.get(f"label.{other}.{given}", str(given or ""))
        if isinstance(given, list | tuple):
            return in_words([titles.get(str(part), part) for part in given])
        return titles.get(str(given)) or in_words(given)

    def _with_unit(self, one: "Field", given: Any, text: str, plain: str) -> str:
        if not text:
            return ""
        if money := amount(one, given):
            words = amount_in_words(one, given)
            return f"{money}{gettext('format.bracket', text=words)}" if words else money
        before, after = (
            self.texts.get(f"{part}.{self.form.key}.{plain}", sign)
            for part, sign in (("prefix", one.prefix), ("suffix", one.suffix))
        )
        return f"{before}{text}{' ' if after else ''}{after}"

    def _mark(self, path: str, plain: str) -> Mark | None:
        for number, mark in enumerate(self.marks, 1):
            if mark.field in (path, plain):
                return Mark(number, mark.reason)
        return None


def columns_of(rows: "Field") -> list["Field"]:
    """Return what a row says, groups in it opened."""
    from workflows.forms.form import flat

    return [one for one in flat(rows.children) if one.type not in WITHOUT_VALUE]


def kind_of(one: "Field") -> str:
    """Return how a value is set: rows, number, code, textarea or plain."""
    if one.type == "dynamiclist":
        return "rows"
    if one.type in ("number", "textarea"):
        return str(one.type)
    return "code" if str(one.properties.get("check", "")) in CODES else "plain"
