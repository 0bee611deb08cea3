"""A form as it was read: a tree of fields, and what is checked, advised and derived beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from workflows.engine.expressions import Expression
from workflows.forms.patterns import Pattern
from workflows.forms.vocabulary import INNER_ROWS_LIMIT, ROWS_LIMIT

# The subjects of personal fields that are about the person of their row, and of the row around their list.
ROW = "row"
OUTER_ROW = "outer_row"

# Types that hold an answer of their own.
ANSWERED = frozenset(
    {"textfield", "textarea", "number", "select", "radio", "checkbox", "checklist", "datetime", "filepicker"}
)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select, radio or checklist."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One component of the form.

    ``key`` is empty for what holds no value (group, text, separator); the key of repeated rows is their ``path`` in
    form-js. ``path`` joins the keys from the top with dots, without row numbers. ``subject`` is whose personal datum
    the answer is, or None.
    """

    type: str
    id: str
    key: str
    path: str
    label: str = ""
    description: str = ""
    text: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    validate: Mapping[str, Any] = field(default_factory=dict)
    pattern: Pattern | None = None
    decimal_digits: int | None = None
    default: Any = None
    hide: Expression | None = None
    expression: Expression | None = None
    columns: int | None = None
    prefix: str = ""
    suffix: str = ""
    subject: str | None = None
    children: tuple["Field", ...] = ()

    @property
    def answered(self) -> bool:
        """Whether people write something into it."""
        return self.type in ANSWERED

    @property
    def holds_people(self) -> bool:
        """Whether each row is a person of its own, with an id that the server issues."""
        return self.type == "dynamiclist" and _hold_people(self.children)


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence about the answers together. A check must be true, an advice is shown when it is true."""

    id: str
    expression: Expression
    message: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A control value derived from answers, personal ones included: boolean, number, date or option."""

    name: str
    type: str
    formula: Expression
    options: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Form:
    """One version of a form; immutable, shared, and equal to itself only. ``sha256`` is the digest of its file."""

    key: str
    title: str
    sha256: str
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()
    advice: tuple[Check, ...] = ()
    facts: tuple[Fact, ...] = ()

    def walk(self) -> Iterator[Field]:
        """Every field, the rows' and groups' own included, from top to bottom."""
        return walk(self.fields)

    @property
    def pages(self) -> tuple[Field, ...]:
        """The groups at the top that are pages of their own; none for a form on one page."""
        return tuple(one for one in self.fields if one.type == "group" and one.properties.get("page"))

    def field_paths(self) -> tuple[str, ...]:
        """The paths of everything that can be answered, such as ``company`` and ``lines.quantity``."""
        return tuple(one.path for one in self.walk() if one.answered or one.type == "dynamiclist")

    def field_at(self, path: str) -> Field | None:
        """The field at a path, with or without row numbers; None where there is none."""
        plain = plain_path(path)
        return next((one for one in self.walk() if one.key and one.path == plain), None)


def rows_limit(rows: Field) -> int:
    """How many rows a list may have; a list inside the rows of another has fewer where the form does not say."""
    usual = INNER_ROWS_LIMIT if "." in rows.path else ROWS_LIMIT
    return int(rows.properties.get("maxRows", rows.validate.get("maxRows", usual)))


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """Every field of a tree, parents first."""
    for one in fields:
        yield one
        yield from walk(one.children)


@lru_cache(maxsize=4096)
def flat(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields on one level of the answers: groups are opened, rows are not. A form asks for each level many times."""
    found: list[Field] = []
    for one in fields:
        found += flat(one.children) if one.type == "group" else (one,)
    return tuple(found)


@lru_cache(maxsize=4096)
def _hold_people(fields: tuple[Field, ...]) -> bool:
    return any(
        one.subject == ROW
        or (one.type == "dynamiclist" and any(inner.subject == OUTER_ROW for inner in flat(one.children)))
        for one in flat(fields)
    )


def plain_path(path: str) -> str:
    """A path without row numbers: ``lines[0].quantity`` becomes ``lines.quantity``."""
    return ".".join(part.split("[", 1)[0] for part in path.split("."))


def personal_paths(form: Form) -> frozenset[str]:
    """The plain paths of all personal fields; no expression outside the form may read them."""
    return frozenset(one.path for one in form.walk() if one.subject is not None)
