"""Answers that passed: what is plain, what is personal and whose, which files, and what may become control data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from workflows.forms.conditions import Answers, without_personal
from workflows.forms.form import OUTER_ROW, Field, Form, flat
from workflows.forms.vocabulary import ROW_ID


@dataclass(frozen=True, slots=True)
class PersonalField:
    """One personal answer: its path with row numbers, whose it is, its typed value (never in a log by repr), its check."""

    path: str
    subject: str
    value: Any = field(repr=False)
    check: str | None = None

    @property
    def row(self) -> str:
        """The path of the row that is the person, such as ``people[0]``; empty outside of rows."""
        parts = self.path.partition("]") if self.subject == OUTER_ROW else self.path.rpartition("]")
        return f"{parts[0]}]" if parts[0] and parts[1] else ""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a completed form says. ``answers`` holds plain values and computed ones, files as texts of their ids.

    ``people`` has the rows that are people, by path, with the id that came back with each, None for a new one.
    """

    answers: dict[str, Any]
    personal: list[PersonalField] = field(default_factory=list)
    files: list[UUID] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    people: dict[str, UUID | None] = field(default_factory=dict)

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


def submission_of(
    form: Form, answers: Answers, facts: dict[str, Any], people: dict[str, UUID | None]
) -> Submission:
    """Part typed, complete answers into plain ones, personal ones and files."""
    plain = _storable(without_personal(form.fields, answers))
    personal = list(_personal(form.fields, answers, ""))
    return Submission(plain, personal, list(_files(form.fields, answers)), facts, people)


def part_draft(form: Form, draft: Mapping[str, Any]) -> Submission:
    """Part a draft as load_draft gives it, however unfinished; its files stay among the plain answers."""
    plain = without_personal(form.fields, draft)
    return Submission(plain, list(_personal(form.fields, draft, "")), people=people_of(form, draft, draft))


def people_of(form: Form, answers: Answers, given: Answers) -> dict[str, UUID | None]:
    """The rows of answers that are people, by path, with the ids that were given with them."""
    return dict(_people(form.fields, answers, given, ""))


def _people(
    fields: tuple[Field, ...], answers: Answers, given: Answers, above: str
) -> Iterator[tuple[str, UUID | None]]:
    for one in flat(fields):
        if one.type != "dynamiclist":
            continue
        told = given.get(one.key) or []
        for place, row in enumerate(answers.get(one.key) or []):
            path = f"{above}{one.key}[{place}]"
            if one.holds_people:
                yield path, told[place].get(ROW_ID)
            yield from _people(one.children, row, told[place], f"{path}.")


def with_people(answers: Mapping[str, Any], people: Mapping[str, UUID | None]) -> dict[str, Any]:
    """Plain answers with the ids of their rows; nothing given is changed."""

    def identified(path: str, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [
            whole(f"{path}[{n}]", row) if isinstance(row, Mapping) else row for n, row in enumerate(value)
        ]

    def whole(path: str, row: Mapping[str, Any]) -> dict[str, Any]:
        person = people.get(path)
        kept = {key: identified(f"{path}.{key}", value) for key, value in row.items()}
        return kept if person is None else {**kept, ROW_ID: person}

    return {key: identified(key, value) for key, value in answers.items()}


def without_people(answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, UUID]]:
    """Stored answers without the ids of their rows, and these ids by the paths of the rows."""
    people: dict[str, UUID] = {}

    def anonymous(path: str, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [bare(f"{path}[{n}]", row) if isinstance(row, Mapping) else row for n, row in enumerate(value)]

    def bare(path: str, row: Mapping[str, Any]) -> dict[str, Any]:
        if ROW_ID in row:
            people[path] = row[ROW_ID]
        return {key: anonymous(f"{path}.{key}", value) for key, value in row.items() if key != ROW_ID}

    return {key: anonymous(key, value) for key, value in answers.items()}, people


def _personal(fields: tuple[Field, ...], answers: Answers, above: str) -> Iterator[PersonalField]:
    for one in flat(fields):
        value = answers.get(one.key)
        if value is None:
            continue
        path = f"{above}{one.key}"
        if one.type == "dynamiclist":
            for place, row in enumerate(value):
                yield from _personal(one.children, row, f"{path}[{place}].")
        elif one.subject is not None:
            yield PersonalField(path, one.subject, value, one.properties.get("check"))


def _files(fields: tuple[Field, ...], answers: Answers) -> Iterator[UUID]:
    for one in flat(fields):
        value = answers.get(one.key)
        if one.type == "dynamiclist":
            for row in value or []:
                yield from _files(one.children, row)
        elif one.type == "filepicker" and one.subject is None:
            yield from value or []


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return str(value) if isinstance(value, UUID) else value
