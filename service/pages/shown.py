"""Submissions as a reader sees them: label and value, row by row, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from service.pages.sheets import Mark, as_list
from service.pages.words import value as in_words

if TYPE_CHECKING:
    from workflows.forms import Field, Form
    from workflows.queries.views import AttachmentView, FieldMark, SubmissionView
WITHOUT_VALUE = frozenset({"text", "separator", "expression"})
CODES = frozenset({"uscc", "cn_id", "mobile", "bank_account", "tax_number"})


@dataclass(frozen=True, slots=True)
class Item:
    """A label and what was written beside it. `rows` is None for a plain value."""

    path: str
    label: str
    kind: str
    text: str = ""
    wide: bool = False
    files: tuple["AttachmentView", ...] = ()
    columns: tuple["Item", ...] = ()
    rows: tuple[tuple["Item", ...], ...] | None = None
    mark: Mark | None = None
    erased: bool = False


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


def show_submission(
    view: "SubmissionView", texts: Mapping[str, str], marks: Sequence["FieldMark"] = ()
) -> Shown:
    """Return a submission as it is drawn; marks are remarks of the last return, by field."""
    sections: tuple[Section, ...] = ()
    if view.form is not None:
        reader = Reader(view.form, texts, view.attachments, marks, view.erased)
        sections = reader.sections(view.answers)
    return Shown(view.id, view.title, view.by.name, view.at, view.round, sections)


def filled(submissions: Iterable[Shown]) -> list[Shown]:
    """Return those in which something was written: an approval without an opinion is told by the history."""
    return [one for one in submissions if one.sections]


class Reader:
    """Reads answers beside the form that they were given to."""

    def __init__(
        self,
        form: "Form",
        texts: Mapping[str, str],
        attachments: Sequence["AttachmentView"] = (),
        marks: Sequence["FieldMark"] = (),
        erased: frozenset[str] = frozenset(),
    ) -> None:
        self.form, self.texts, self.attachments, self.marks, self.erased = (
            form,
            texts,
            attachments,
            marks,
            erased,
        )

    def sections(self, answers: Mapping[str, Any]) -> tuple[Section, ...]:
        """Return the groups of the form with what was answered in them."""
        loose = [one for one in self.form.fields if one.type != "group"]
        found = [Section("", self._items(loose, answers, "", ""))]
        for one in self.form.fields:
            if one.type == "group":
                title = self.texts.get(f"label.{self.form.key}.{one.id}", one.label or "")
                found.append(Section(title, self._items(one.children, answers, "", "")))
        return tuple(section for section in found if section.items)

    def _items(
        self, fields: Iterable["Field"], answers: Mapping[str, Any], path: str, plain: str
    ) -> tuple[Item, ...]:
        items: list[Item] = []
        for one in fields:
            if one.type in WITHOUT_VALUE:
                continue
            if one.type == "group":
                items += self._items(one.children, answers, path, plain)
            elif answers.get(one.key) not in (None, "", []) or f"{path}{one.key}" in self.erased:
                items.append(self._item(one, answers.get(one.key), f"{path}{one.key}", f"{plain}{one.key}"))
        return tuple(items)

    def _item(self, one: "Field", given: Any, path: str, plain: str) -> Item:
        label = self._label(one, plain)
        mark = self._mark(path, plain)
        if one.type == "dynamiclist":
            rows = tuple(
                self._row(one, row, f"{path}[{n}].", f"{plain}.")
                for n, row in enumerate(given)
                if isinstance(row, Mapping)
            )
            columns = tuple(
                Item("", self._label(column, f"{plain}.{column.key}"), kind_of(column))
                for column in one.children
                if column.type not in WITHOUT_VALUE
            )
            return Item(path, label, "rows", wide=True, columns=columns, rows=rows, mark=mark)
        if one.type == "filepicker":
            named = {str(part) for part in as_list(given)}
            files = tuple(file for file in self.attachments if str(file.id) in named)
            return Item(path, label, "files", wide=True, files=files, mark=mark)
        text = self._text(one, given, plain)
        wide = one.type == "textarea" or len(text) > 24
        return Item(path, label, kind_of(one), text, wide=wide, mark=mark, erased=path in self.erased)

    def _row(self, one: "Field", row: Mapping[str, Any], path: str, plain: str) -> tuple[Item, ...]:
        return tuple(
            self._item(column, row.get(column.key), f"{path}{column.key}", f"{plain}{column.key}")
            for column in one.children
            if column.type not in WITHOUT_VALUE
        )

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

    def _mark(self, path: str, plain: str) -> Mark | None:
        for number, mark in enumerate(self.marks, 1):
            if mark.field in (path, plain):
                return Mark(number, mark.reason)
        return None


def kind_of(one: "Field") -> str:
    """Return how a value is set: number, code, textarea or plain."""
    if one.type in ("number", "textarea"):
        return str(one.type)
    return "code" if str(one.properties.get("check", "")) in CODES else "plain"
