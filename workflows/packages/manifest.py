"""The manifest of a package: what the drawing does not say. Title, numbering, materials, verdicts, payee card."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from workflows.engine import Definition, Finding
from workflows.packages.manifest_tasks import OutcomeKind, TaskSettings, kind_of, tasks_of
from workflows.packages.notifications import NotificationWords, notifications_of
from workflows.packages.watermarks import watermarks_of
from workflows.reading import TomlReader

FILE: Final = "manifest.toml"
INPUT_TYPES: Final = ("text", "number", "boolean", "date")
NUMBER: Final = re.compile(r"[A-Z0-9]{1,8}-(\{year\}-)?\{serial(:0[1-9]d)?\}")


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """A local role. The starter lane is played by the organisation that applies, the others are bound to groups."""

    title: str
    starter: bool


@dataclass(frozen=True, slots=True)
class Material:
    """Something the applicant needs at hand. `field` is ``<task>.<path>``, `document` a template in the package."""

    key: str
    title: str
    hint: str
    field: str | None
    document: str | None


@dataclass(frozen=True, slots=True)
class CardRow:
    """One line of a card."""

    key: str
    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """Information shown beside the tasks that it names, such as the payee (K10)."""

    key: str
    title: str
    tasks: tuple[str, ...]
    rows: tuple[CardRow, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The settings of a process.

    `number` makes the number of each application from {year} and {serial}. `fill_in_days` are calendar days.
    `statutory_days` are working days, shown in the catalogue, from the completion of the user task `statutory_from` to that
    of `statutory_to`; without them from the hand-in to the end. Once a task of `withdraw_not_after` was opened,
    the applicant can no longer withdraw. `ends` gives end events their seal. Lanes of a pair in `separate` are played by different organisations (K15).
    One that is `callable_only` is called by other processes and started by nobody; `inputs` are what a caller gives, by
    name: text, number, boolean or date. `notifications` are its words for what people are told. `watermark` are the file
    fields, ``<task>.<path>`` or ``*`` for all, that others than the applicant get with a watermark.
    """

    key: str
    title: str
    summary: str
    owner: str
    number: str
    fill_in_days: int
    statutory_days: int | None
    statutory_from: str | None
    statutory_to: str | None
    withdraw_not_after: tuple[str, ...]
    separate: tuple[tuple[str, str], ...]
    materials: tuple[Material, ...]
    lanes: Mapping[str, LaneSettings]
    tasks: Mapping[str, TaskSettings]
    ends: Mapping[str, OutcomeKind]
    cards: Mapping[str, Card]
    callable_only: bool
    inputs: Mapping[str, str]
    notifications: tuple[NotificationWords, ...] = ()
    watermark: tuple[str, ...] = ()

    @property
    def starter_lane(self) -> str | None:
        """The lane of the applicant; a manifest that passed the checks has exactly one, or is `callable_only`."""
        return next((key for key, lane in self.lanes.items() if lane.starter), None)

    def cards_of(self, element_id: str) -> tuple[Card, ...]:
        """Return the cards that a task shows."""
        return tuple(card for card in self.cards.values() if element_id in card.tasks)

    def named_after(self, definition: Definition) -> "Manifest":
        """Return the manifest with lane titles as the drawing has them."""
        names = {lane.id: lane.name for lane in definition.lanes}
        lanes = {key: replace(lane, title=names.get(key) or lane.title) for key, lane in self.lanes.items()}
        return replace(self, lanes=lanes)


def parse_manifest(content: bytes, file: str = FILE) -> tuple[Manifest, TomlReader]:
    """Read a manifest. The reader holds the findings and finds lines; with findings the manifest is not usable."""
    reader = TomlReader(file, content)
    if reader.findings:
        return _manifest(reader, {}), _only_syntax(reader)
    known = [field for field in Manifest.__slots__ if isinstance(field, str)]
    return _manifest(reader, reader.table(reader.document, "", known)), reader


def _only_syntax(reader: TomlReader) -> TomlReader:
    """Drop what follows from an unreadable file: one finding says it."""
    del reader.findings[1:]
    return reader


def _manifest(reader: TomlReader, document: dict[str, Any]) -> Manifest:
    callable_only = reader.flag(document, "callable_only", "")
    numbered = "number" in document or not callable_only
    number = reader.string(document, "number", "", limit=40) if numbered else ""
    if document and numbered and not NUMBER.fullmatch(number):
        message = "'number' looks like ZS-{year}-{serial:06d}: capitals or digits, then year and serial."
        reader.refuse("number", "manifest_number", message)
    lanes = _lanes(reader, document.get("lanes", {}))
    starters = sum(lane.starter for lane in lanes.values())
    if document and starters != 1 and not (callable_only and starters == 0):
        reader.refuse(
            "lanes", "manifest_starter", "Exactly one lane has starter = true: that of the applicant."
        )
    return Manifest(
        key=reader.name(document, "key", ""),
        title=reader.string(document, "title", ""),
        summary=reader.string(document, "summary", "", limit=500),
        owner=reader.string(document, "owner", ""),
        number=number,
        fill_in_days=reader.whole(document, "fill_in_days", "", 1, 3650, 30) or 30,
        statutory_days=reader.whole(document, "statutory_days", "", 1, 365, None),
        statutory_from=reader.string(document, "statutory_from", "") if "statutory_from" in document else None,
        statutory_to=reader.string(document, "statutory_to", "") if "statutory_to" in document else None,
        withdraw_not_after=reader.strings(document, "withdraw_not_after", ""),
        separate=_pairs(reader, document),
        materials=_materials(reader, document),
        lanes=lanes,
        tasks=tasks_of(reader, document.get("tasks", {})),
        ends=_ends(reader, document.get("ends", {})),
        cards=_cards(reader, document.get("cards", {})),
        callable_only=callable_only,
        inputs=_inputs(reader, document.get("inputs", {}), callable_only=callable_only),
        notifications=notifications_of(reader, document),
        watermark=watermarks_of(reader, document),
    )


def _inputs(reader: TomlReader, value: Any, *, callable_only: bool) -> dict[str, str]:
    found = {}
    for name, kind in reader.named_tables(value, "inputs").items():
        if kind in INPUT_TYPES:
            found[name] = kind
        else:
            reader.refuse(
                f"inputs.{name}", "manifest_input", f"'inputs.{name}' is one of {', '.join(INPUT_TYPES)}."
            )
    if found and not callable_only:
        message = "A process that is started by itself is given no inputs: set callable_only = true."
        reader.refuse("inputs", "manifest_input", message)
    return found


def _pairs(reader: TomlReader, document: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found = []
    for pair in reader.tables(document, "separate", ""):
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(lane, str) for lane in pair):
            found.append((pair[0], pair[1]))
        else:
            reader.refuse("separate", "toml_type", "'separate' is a list of pairs of lanes.")
    return tuple(found)


def _lanes(reader: TomlReader, value: Any) -> dict[str, LaneSettings]:
    found = {}
    for key, item in reader.named_tables(value, "lanes").items():
        table = reader.table(item, f"lanes.{key}", ("starter",))
        found[key] = LaneSettings(key, reader.flag(table, "starter", f"lanes.{key}"))
    return found


def _ends(reader: TomlReader, value: Any) -> dict[str, OutcomeKind]:
    table = reader.named_tables(value, "ends")
    return {end: kind_of(reader, table, "ends", end) for end in table}


def _materials(reader: TomlReader, document: dict[str, Any]) -> tuple[Material, ...]:
    found: list[Material] = []
    for at, item in enumerate(reader.tables(document, "materials", "")):
        place = f"materials[{at}]"
        table = reader.table(item, place, ("key", "title", "hint", "field", "document"))
        material = Material(
            reader.name(table, "key", place),
            reader.string(table, "title", place),
            reader.string(table, "hint", place, limit=500, default=""),
            reader.string(table, "field", place) if "field" in table else None,
            reader.string(table, "document", place) if "document" in table else None,
        )
        if material.key in {other.key for other in found}:
            reader.refuse(place, "manifest_twice", f"The material '{material.key}' is given twice.")
        found.append(material)
    return tuple(found)


def _cards(reader: TomlReader, value: Any) -> dict[str, Card]:
    found = {}
    for key, item in reader.named_tables(value, "cards").items():
        place = f"cards.{key}"
        table = reader.table(item, place, ("title", "tasks", "rows"))
        rows = []
        for at, entry in enumerate(reader.tables(table, "rows", place)):
            here = f"{place}.rows[{at}]"
            row = reader.table(entry, here, ("key", "title", "value"))
            rows.append(
                CardRow(
                    reader.name(row, "key", here),
                    reader.string(row, "title", here),
                    reader.string(row, "value", here),
                )
            )
        found[key] = Card(
            key, reader.string(table, "title", place), reader.strings(table, "tasks", place), tuple(rows)
        )
    return found


def findings_of(findings: list[Finding]) -> str:
    """Return findings as lines ``file:line element rule message``, for terminals and logs."""
    return "\n".join(
        f"{finding.file}:{finding.line or '-'} {finding.element or '-'} {finding.rule} {finding.message}"
        for finding in findings
    )
