"""Answers that passed: what is plain, what is personal and whose, which files, and what may become control data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from workflows.forms.conditions import Answers, without_personal
from workflows.forms.form import Field, Form, flat


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One personal answer: its path with row numbers, whose it is, and its typed value (never in a log by repr)."""

    path: str
    subject: str
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a completed form says. ``answers`` holds plain values and computed ones, files as texts of their ids."""

    answers: dict[str, Any]
    personal: list[PersonalField] = field(default_factory=list)
    files: list[UUID] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def control(self, paths: Iterable[str], element_id: str) -> dict[str, Any]:
        """What the named paths (``application.lines.quantity``) may read of this step: never a personal value."""
        wanted: dict[str, Any] = {}
        for path in paths:
            first, *rest = path.split(".")
            if first == element_id:
                _want(wanted, rest)
        return _projected({**self.answers, **self.facts}, wanted)  # type: ignore[no-any-return]


# Stands in a tree of wanted names for "all of it".
_WHOLE = "*"


def _want(wanted: dict[str, Any], names: list[str]) -> None:
    if not names:
        wanted[_WHOLE] = True
        return
    _want(wanted.setdefault(names[0], {}), names[1:])


def _projected(value: Any, wanted: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_projected(one, wanted) for one in value]
    if not isinstance(value, dict):
        return value
    if _WHOLE in wanted:
        return {name: _projected(inner, {_WHOLE: True}) for name, inner in value.items()}
    return {name: _projected(value[name], inner) for name, inner in wanted.items() if name in value}


def submission_of(form: Form, answers: Answers, facts: dict[str, Any]) -> Submission:
    """Part typed, complete answers into plain ones, personal ones and files."""
    personal: list[PersonalField] = []
    files: list[UUID] = []
    _part(form.fields, answers, "", personal, files)
    plain = _storable(without_personal(form.fields, answers))
    return Submission(plain, personal, files, facts)


def _part(
    fields: tuple[Field, ...], answers: Answers, above: str, personal: list[PersonalField], files: list[UUID]
) -> None:
    for one in flat(fields):
        value = answers.get(one.key)
        if value is None:
            continue
        path = f"{above}{one.key}"
        if one.type == "dynamiclist":
            for place, row in enumerate(value):
                _part(one.children, row, f"{path}[{place}].", personal, files)
        elif one.subject is not None:
            personal.append(PersonalField(path, one.subject, value))
        elif one.type == "filepicker":
            files.extend(value)


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return str(value) if isinstance(value, UUID) else value
