"""A form as its page draws it: plain nodes with value, errors, remarks and files, in the reader's language."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from service.pages.answers import ROW_ID
from service.pages.words import value as in_words
from service.texts import sentence

if TYPE_CHECKING:
    from workflows.forms import Field, Form
    from workflows.queries.views import AttachmentView, FieldMark
WIDE = frozenset(
    {"textarea", "dynamiclist", "filepicker", "text", "separator", "group", "checklist", "radio"}
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark of whoever decides, with its number."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
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
    suffix: str = ""
    minimum: str = ""
    maximum: str = ""
    longest: int | None = None
    whole: bool = False
    accept: str = ""
    most: int = 1
    files: tuple["AttachmentView", ...] = ()
    children: tuple["Node", ...] = ()
    rows: tuple[tuple["Node", ...], ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the summary above a form: where, and what."""

    id: str
    label: str
    text: str


@dataclass(slots=True)
class Sheet:
    """A form with all that is to be said about it now."""

    nodes: tuple[Node, ...]
    problems: tuple[Problem, ...] = ()
    missing: tuple[Problem, ...] = ()
    advice: tuple[str, ...] = ()
    marks: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Drawing:
    """What a sheet is drawn from; `draw` walks the form once."""

    form: "Form"
    answers: Mapping[str, Any]
    texts: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    computed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    show_errors: bool = False
    attachments: Sequence["AttachmentView"] = ()
    marks: Sequence["FieldMark"] = ()
    markable: Sequence[tuple[str, str]] = ()
    advice: Sequence[str] = ()
    labels: dict[str, str] = field(default_factory=dict)

    def draw(self) -> Sheet:
        """Return the sheet."""
        nodes = self._nodes(self.form.fields, self.answers, "", "")
        shown = [
            Problem(html_id(path), self.labels.get(path, ""), self._say(path, error))
            for path, found in self.errors.items()
            for error in found
        ]
        missing = [
            Problem(html_id(path), self.labels.get(path, ""), self._say(path, error))
            for path, found in self.errors.items()
            for error in found
            if error.code == "required" or path == ""
        ]
        advice = tuple(self.texts.get(f"advice.{self.form.key}.{one}", one) for one in self.advice)
        marks = tuple(Problem(html_id(mark.field), mark.label, mark.reason) for mark in self.marks)
        return Sheet(nodes, tuple(shown) if self.show_errors else (), tuple(missing), advice, marks)

    def _nodes(
        self, fields: Iterable["Field"], answers: Mapping[str, Any], above: str, plain: str
    ) -> tuple[Node, ...]:
        nodes = []
        for one in fields:
            path = f"{above}{one.key}" if one.key else ""
            if f"{above}{one.key or one.id}" in self.hidden:  # what has no key is hidden by its id
                continue
            if one.type == "group":
                label = self.texts.get(f"label.{self.form.key}.{one.id}", one.label or "")
                inside = self._nodes(one.children, answers, above, plain)
                nodes.append(
                    Node("group", path, html_id(f"{above}{one.id}"), label, children=inside, width="w12")
                )
            else:
                nodes.append(self._node(one, answers, path, f"{plain}{one.key}"))
        return tuple(nodes)

    def _node(self, one: "Field", answers: Mapping[str, Any], path: str, plain: str) -> Node:
        form, properties = self.form.key, one.properties
        label = self.texts.get(f"label.{form}.{plain}", one.label or "")
        if one.type in ("text", "separator"):
            text = self.texts.get(f"text.{form}.{one.id}", getattr(one, "text", "") or "")
            return Node(one.type, path, html_id(path or one.id), label, text=text, width="w12")
        self.labels[path] = label
        errors = self.errors.get(path, ()) if self.show_errors else ()
        given = answers.get(one.key)
        node: dict[str, Any] = {
            "kind": one.type,
            "name": path,
            "id": html_id(path),
            "label": label,
            "hint": self.texts.get(f"help.{form}.{plain}", one.description or ""),
            "required": one.required,
            "value": as_typed(given),
            "options": self._options(one, plain),
            "errors": tuple(self._say(path, error) for error in errors),
            "mark": self._mark(path, plain),
            "width": width_of(one),
        }
        if one.type == "dynamiclist":
            rows = [row for row in (given or []) if isinstance(row, Mapping)]
            node["rows"] = tuple(
                self._nodes(one.children, row, f"{path}[{n}].", f"{plain}.") for n, row in enumerate(rows)
            )
            node["people"] = tuple(str(row.get(ROW_ID) or "") for row in rows)
        elif one.type == "filepicker":
            node["files"] = tuple(
                file for file in self.attachments if str(file.id) in {str(part) for part in as_list(given)}
            )
            node["accept"] = accepted(str(properties.get("types", "")))
            node["most"] = int(properties.get("maxFiles", 1) or 1)
            node["maximum"] = str(properties.get("maxSizeMB", ""))
        elif one.type == "expression":
            node["text"] = in_words(self.computed.get(path, self.computed.get(one.key)))
        elif one.type == "checkbox":
            node["value"] = bool(given)
        elif one.type == "checklist":
            node["value"] = [str(part) for part in as_list(given)]
        node |= limits(one)
        return Node(**node)

    def _options(self, one: "Field", plain: str) -> tuple[tuple[str, str], ...]:
        if str(one.properties.get("options", "")).startswith("fields:"):
            return tuple(self.markable)
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


def as_list(given: Any) -> list[Any]:
    """Return a list for a value that may be one thing."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def as_typed(given: Any) -> str:
    """Return what stands in an input for a kept value."""
    if given is None or isinstance(given, list | dict | bool):
        return ""
    if isinstance(given, Decimal):
        return format(given.normalize(), "f") if given == given.to_integral() else format(given, "f")
    return given.isoformat() if hasattr(given, "isoformat") else str(given)


def accepted(types: str) -> str:
    """Return the `accept` of a file input for types such as `pdf,jpg`."""
    kinds = [kind.strip().lower() for kind in types.split(",") if kind.strip()]
    also = [".jpeg"] if "jpg" in kinds else []
    return ",".join([f".{kind}" for kind in kinds] + also)


def limits(one: "Field") -> dict[str, Any]:
    """Return the limits that the browser may know of; the server checks them all again."""
    rules = getattr(one, "validate", None) or {}
    if not isinstance(rules, Mapping):
        rules = json.loads(json.dumps(rules, default=lambda rule: vars(rule)))
    found: dict[str, Any] = {}
    if one.type == "number":
        found["minimum"] = as_typed(rules.get("min")) or str(rules.get("min") or "")
        found["maximum"] = as_typed(rules.get("max")) or str(rules.get("max") or "")
    if one.type in ("textfield", "textarea") and rules.get("maxLength"):
        found["longest"] = int(rules["maxLength"])
    return found


def width_of(one: "Field") -> str:
    """Return the class of the column: as wide as form-js says (of 16), else by what is written in it."""
    columns = getattr(one, "columns", None)
    if columns:
        share = columns * 12 // 16
        return (
            "w12"
            if share >= 10
            else "w8"
            if share >= 7
            else "w6"
            if share >= 5
            else ""
            if share >= 4
            else "w3"
        )
    if one.type in WIDE:
        return "w12"
    return "w3" if one.type in ("number", "datetime") else "w6" if one.type == "textfield" else ""
