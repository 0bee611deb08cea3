"""A form as its page draws it: plain nodes with value, errors, remarks and files, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from service.pages.answers import ROW_ID
from service.pages.inputs import as_list, as_typed, limits, width_of
from service.pages.money import amount, amount_in_words, unit_of
from service.pages.row_names import Rows
from service.pages.words import gettext, in_row
from service.pages.words import value as in_words
from service.texts import sentence

if TYPE_CHECKING:
    from service.pages.together import Rival
    from workflows.forms import Field, Form
    from workflows.forms.access import Access
    from workflows.queries.views import AttachmentView, FieldMark

SAID = ("hint", "errors", "mark", "rivals", "prefix", "suffix", "words")


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark of whoever decides, with its number."""

    number: int
    reason: str


@dataclass(slots=True)  # not frozen: a thousand of them would take twice as long
class Node:
    """One thing on a form. `id` is the HTML id, `name` the path under which it is posted."""

    kind: str
    name: str
    id: str
    label: str
    hint: str = ""
    required: bool = False
    value: Any = None
    options: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    mark: Mark | None = None
    width: str = ""
    text: str = ""
    prefix: str = ""
    suffix: str = ""
    above: str = ""
    locked: bool = False
    words: str = ""
    row_marks: tuple[Mark | None, ...] = ()
    minimum: str = ""
    maximum: str = ""
    whole: bool = False
    kinds: tuple[str, ...] = ()
    most: int = 1
    files: tuple["AttachmentView", ...] = ()
    children: tuple["Node", ...] = ()
    rows: tuple[tuple["Node", ...], ...] = ()
    people: tuple[str, ...] = ()
    rivals: Sequence["Rival"] = ()
    fresh: bool = False
    page: str = ""
    bare: bool = False
    """Whether nothing is said about it: no hint, no error, no remark, no unit, no other value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the summary above a form: where, and what."""

    id: str
    label: str
    text: str
    page: str = ""


@dataclass(slots=True)
class Sheet:
    """A form with all that is to be said about it now."""

    nodes: tuple[Node, ...]
    problems: tuple[Problem, ...] = ()
    missing: tuple[Problem, ...] = ()
    advice: tuple[str, ...] = ()
    marks: tuple[Problem, ...] = ()
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Page and HTML id of each field that is on the form now, by path."""
    labels: Mapping[str, str] = field(default_factory=dict)
    shape: str = ""

    def checklist(self, ids: Iterable[str]) -> list[tuple[Problem, bool]]:
        """Return what was missing when these were listed, ticked off or not, and what is missing besides.

        What is filled in stays in its line while somebody types, so that nothing moves under their eyes.
        """
        missing = {one.id: one for one in self.missing}
        known = {id_: (path, page) for path, (page, id_) in self.places.items()}
        found = [
            (missing.pop(id_), True)
            if id_ in missing
            else (Problem(id_, self.labels.get(known[id_][0], ""), "", known[id_][1]), False)
            for id_ in dict.fromkeys(ids)
            if id_ in missing or id_ in known
        ]
        return [*found, *((one, True) for one in missing.values())]

    def computed(self) -> list[Node]:
        """Return the computed fields, those in rows too."""
        found, waiting = [], list(self.nodes)
        while waiting:
            node = waiting.pop()
            found += [node] if node.kind == "expression" else []
            waiting += [*node.children, *(one for row in node.rows for one in row)]
        return found

    def line(self, path: str) -> Problem:
        """Return what leads to a field."""
        page, id_ = self.places.get(path, ("", html_id(path)))
        return Problem(id_, self.labels.get(path, ""), "", page)


@dataclass(slots=True)
class Drawing:
    """What a sheet is drawn from; `draw` walks the form once."""

    form: "Form"
    answers: Mapping[str, Any]
    texts: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    computed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    shown: Mapping[str, Sequence[Any]] | None = field(default_factory=dict)
    """The errors that are said, None for all; the others only count as missing."""
    attachments: Sequence["AttachmentView"] = ()
    marks: Sequence["FieldMark"] = ()
    markable: Sequence[tuple[str, str]] = ()
    advice: Sequence[str] = ()
    rivals: Mapping[str, Sequence["Rival"]] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()
    access: "Access | None" = None
    labels: dict[str, str] = field(default_factory=dict)
    page: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def draw(self) -> Sheet:
        """Return the sheet."""
        nodes = self._nodes(self.form.fields, self.answers, "", "")
        rows = Rows(self.form, self.texts)
        problems = [
            Problem(html_id(path), rows.named(path, self.labels.get(path, "")), self._say(path, error), self.pages.get(path, ""))
            for path, found in (self.errors if self.shown is None else self.shown).items()
            for error in found
        ]
        missing = [
            Problem(html_id(path), rows.named(path, self.labels.get(path, "")), self._say(path, error), self.pages.get(path, ""))
            for path, found in self.errors.items()
            for error in found
            if error.code in ("required", "must_agree", "too_few_rows") or path == ""
        ]
        advice = tuple(self.texts.get(f"advice.{self.form.key}.{one}", one) for one in self.advice)
        marks = tuple(
            Problem(html_id(mark.field), f"{mark.label}{in_row(mark.field)}", mark.reason, self.pages.get(mark.field, ""))
            for mark in self.marks
        )
        places = {path: (page, html_id(path)) for path, page in self.pages.items()}
        return Sheet(nodes, tuple(problems), tuple(missing), advice, marks, places, self.labels)

    def _nodes(
        self, fields: Iterable["Field"], answers: Mapping[str, Any], above: str, plain: str
    ) -> tuple[Node, ...]:
        nodes = []
        for one in fields:
            path = f"{above}{one.key}" if one.key else ""
            if f"{above}{one.key or one.id}" in self.hidden:  # what has no key is hidden by its id
                continue
            if one.type == "group":
                page = "" if above else str(one.properties.get("page", ""))
                self.page = page or self.page
                label = self.texts.get(f"label.{self.form.key}.{one.id}", one.label or "")
                inside = self._nodes(one.children, answers, above, plain)
                nodes.append(
                    Node("group", path, html_id(f"{above}{one.id}"), label, children=inside, width="w12", page=page)
                )
            else:
                nodes.append(self._node(one, answers, path, f"{plain}{one.key}"))
        return tuple(nodes)

    def _fixed(self, one: "Field", plain: str) -> dict[str, Any]:
        """Return what is the same for a field in every row; it is put together once."""
        found = self.fixed.get(plain)
        if found is None:
            form = self.form.key
            found = self.fixed[plain] = {
                "kind": one.type,
                "label": self.texts.get(f"label.{form}.{plain}", one.label or ""),
                "hint": self.texts.get(f"help.{form}.{plain}", one.description or ""),
                "required": one.required,
                "options": self._options(one, plain),
                "width": width_of(one),
                "prefix": self.texts.get(f"prefix.{form}.{plain}", one.prefix),
                "suffix": self.texts.get(f"suffix.{form}.{plain}", one.suffix) or unit_of(one),
                **limits(one),
            }
        return found

    def _node(self, one: "Field", answers: Mapping[str, Any], path: str, plain: str) -> Node:
        if one.type in ("text", "separator"):
            label = self.texts.get(f"label.{self.form.key}.{plain}", one.label or "")
            text = self.texts.get(f"text.{self.form.key}.{one.id}", getattr(one, "text", "") or "")
            return Node(one.type, path, html_id(path or one.id), label, text=text, width="w12")
        fixed = self._fixed(one, plain)
        self.labels[path], self.pages[path] = fixed["label"], self.page
        errors = (self.errors if self.shown is None else self.shown).get(path, ())
        given = answers.get(one.key)
        node: dict[str, Any] = fixed | {
            "name": path,
            "id": html_id(path),
            "value": as_typed(given),
            "errors": tuple(self._say(path, error) for error in errors) if errors else (),
            "mark": self._mark(path, plain) if self.marks else None,
            "rivals": self.rivals.get(path, ()),
            "fresh": path in self.fresh,
        }
        if in_capitals := amount_in_words(one, given):
            node["words"] = gettext("format.in_words", words=in_capitals)
        if one.type == "dynamiclist":
            from workflows.forms.form import rows_limit

            rows = [row for row in (given or []) if isinstance(row, Mapping)]
            node["rows"] = tuple(
                self._nodes(one.children, row, f"{path}[{n}].", f"{plain}.") for n, row in enumerate(rows)
            )
            node["people"] = tuple(str(row.get(ROW_ID) or "") for row in rows)
            node["most"] = rows_limit(one)
            node["row_marks"] = tuple(self._mark(f"{path}[{n}]", "") for n in range(len(rows)))
            node["above"] = Rows(self.form, self.texts).of(path)
        elif one.type == "filepicker":
            from workflows.forms.file_rules import file_rules

            node["files"] = tuple(
                file for file in self.attachments if str(file.id) in {str(part) for part in as_list(given)}
            )
            rules = file_rules(one)
            node["kinds"], node["most"] = rules.types, rules.files
            node["maximum"] = as_typed(rules.megabytes)
        elif one.type == "expression":
            node["text"] = in_words(self.computed.get(path, self.computed.get(one.key)))
        elif one.type == "checkbox":
            node["value"] = bool(given)
        elif one.type == "checklist":
            node["value"] = [str(part) for part in as_list(given)]
        if one.answered or one.type == "dynamiclist":
            node["locked"] = self.access is not None and self.access.right(path) != "edit"
        if node.get("locked") and one.type not in ("dynamiclist", "filepicker"):
            node["text"] = self._read_only(one, given, node["options"])
        node["bare"] = not any(node.get(name) for name in SAID)
        return Node(**node)

    def _read_only(self, one: "Field", given: Any, options: tuple[tuple[str, str], ...]) -> str:
        titles = dict(options)
        if isinstance(given, list | tuple):
            return in_words([titles.get(str(part), part) for part in given])
        if amount(one, given):
            return amount(one, given).removesuffix(unit_of(one)).rstrip()
        if given is None and one.type == "checkbox":
            return in_words(False)
        return titles.get(str(given)) or in_words(given)

    def _options(self, one: "Field", plain: str) -> tuple[tuple[str, str], ...]:
        if str(one.properties.get("options", "")).startswith("fields:"):
            return tuple((path, f"{label}{in_row(path)}") for path, label in self.markable)
        form = self.form.key
        return tuple(
            (str(option.value), self.texts.get(f"option.{form}.{plain}.{option.value}", option.label))
            for option in one.options or ()
        )

    def _mark(self, path: str, plain: str) -> Mark | None:
        for number, mark in enumerate(self.marks, 1):
            if mark.field in (path, plain):
                return Mark(number, mark.reason)
        return None

    def _say(self, path: str, error: Any) -> str:
        if error.code == "check" or "check" in error.params:
            key = error.params.get("check", error.params.get("id", ""))
            text = self.texts.get(f"check.{self.form.key}.{key}")
            if text:
                return text
        return sentence(error.code, "form", **{**error.params, "label": self.labels.get(path, "")})


def html_id(path: str) -> str:
    """Return the HTML id of a field: its path without brackets and dots."""
    return "f-" + path.replace("[", "-").replace("]", "").replace(".", "-")
