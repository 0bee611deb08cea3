"""What one task may do with the fields of its form: edit, read, or not even see them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError

from workflows.forms.answers import draft_value
from workflows.forms.errors import ErrorCode, InvalidForm
from workflows.forms.form import Field, Form, flat, plain_path
from workflows.forms.vocabulary import ROW_ID


class Right(StrEnum):
    """What a task may do with a field."""

    EDIT = "edit"
    READ = "read"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of a task to its form.

    ``rights`` are those of the package by plain path, groups resolved; what is not named is edited. ``unlocked`` are
    the only paths that are open after a return, with row numbers (``lines[0].quantity``) or without for every row;
    None where nothing is locked. ``base`` holds the answers that stand where nothing may be changed.
    """

    rights: Mapping[str, Right] = field(default_factory=dict)
    unlocked: frozenset[str] | None = None
    base: Mapping[str, Any] = field(default_factory=dict)

    @property
    def limited(self) -> bool:
        """Whether anything at all is kept from being edited."""
        return bool(self.rights) or self.unlocked is not None

    @property
    def open_paths(self) -> list[str] | None:
        """The unlocked paths in order, None where nothing is locked."""
        return None if self.unlocked is None else sorted(self.unlocked)

    @property
    def concealed(self) -> frozenset[str]:
        """What the task does not see, groups by their id; it counts as unanswered."""
        return frozenset(path for path, right in self.rights.items() if right is Right.HIDDEN)

    def right(self, path: str) -> Right:
        """The right to a field or a list of rows; whoever may edit a list adds and removes its rows."""
        plain = plain_path(path)
        said = next((self.rights[one] for one in _upwards(plain) if one in self.rights), Right.EDIT)
        if said is not Right.EDIT or self.unlocked is None:
            return said
        return Right.EDIT if any(name in self.unlocked for name in _ways(path)) else Right.READ


def _ways(path: str) -> Iterator[str]:
    """What opens a path: the mark of itself, of all that is around it, and of the same in every row."""
    for one in _upwards(path):
        yield one
        if not one.endswith("]"):  # ``lines[0]`` alone never stands for all of ``lines``
            yield plain_path(one)


def _upwards(path: str) -> Iterator[str]:
    """The path and all that is around it: ``a[0].b``, ``a[0]``, ``a``."""
    while path:
        yield path
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""


def resolved(form: Form, said: Mapping[str, Right]) -> dict[str, Right]:
    """The rights that a manifest gives, by field and group, as rights of fields; nearer ones win over those around."""
    found: dict[str, Right] = {}

    def look(fields: tuple[Field, ...], around: Right | None) -> None:
        for one in fields:
            name = one.path or one.id
            right = said.get(name, around)
            if right is not None:
                found[name] = right
            look(one.children, right)

    look(form.fields, None)
    return found


def locked_in(form: Form, answers: Mapping[str, Any], access: Access) -> dict[str, Any]:
    """The answers with what may not be changed as it stands; whoever leaves it out has not changed it.

    Raises InvalidForm for other values than those that stand (``field_read_only``) and for hidden ones.
    """
    if not access.limited:
        return dict(answers)
    errors: dict[str, list[ErrorCode]] = {}
    kept = _level(form.fields, answers, access.base, "", access, errors)
    if errors:
        raise InvalidForm(errors)
    return kept


def _level(
    fields: tuple[Field, ...],
    given: Mapping[str, Any],
    base: Mapping[str, Any],
    above: str,
    access: Access,
    errors: dict[str, list[ErrorCode]],
) -> dict[str, Any]:
    kept = dict(given)
    for one in flat(fields):
        if not one.answered and one.type != "dynamiclist":
            continue
        path, right = f"{above}{one.key}", access.right(f"{above}{one.key}")
        said, stands = given.get(one.key), base.get(one.key)
        if right is Right.EDIT:
            continue
        kept.pop(one.key, None)
        if right is Right.HIDDEN:
            if not _is_empty(said):
                errors[path] = [ErrorCode("hidden_field")]
        elif one.type == "dynamiclist":
            rows = _rows(one, said, stands or [], path, access, errors)
            kept |= {one.key: rows} if rows else {}
        else:
            if not _is_empty(said) and not _same(one, said, stands):
                errors[path] = [ErrorCode("field_read_only")]
            kept |= {} if _is_empty(stands) else {one.key: stands}
    return kept


def _rows(
    rows: Field,
    given: Any,
    stands: list[Mapping[str, Any]],
    path: str,
    access: Access,
    errors: dict[str, list[ErrorCode]],
) -> list[dict[str, Any]]:
    if _is_empty(given):
        return [dict(row) for row in stands]
    if (
        not isinstance(given, list)
        or len(given) != len(stands)
        or any(
            not isinstance(row, Mapping)
            or (row.get(ROW_ID) and str(row[ROW_ID]) != str(stands[n].get(ROW_ID)))
            for n, row in enumerate(given)
        )
    ):
        errors[path] = [ErrorCode("field_read_only")]
        return []
    kept = []
    for n, (row, stood) in enumerate(zip(given, stands, strict=True)):
        level = _level(rows.children, row, stood, f"{path}[{n}].", access, errors)
        kept.append(level | ({ROW_ID: stood[ROW_ID]} if ROW_ID in stood else {}))
    return kept


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [])


def _same(one: Field, given: Any, stands: Any) -> bool:
    try:
        read = [draft_value(one, given), draft_value(one, stands)]
    except ValidationError:
        return False
    return bool(read[0] == read[1])

