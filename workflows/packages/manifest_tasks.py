"""The tasks of a manifest: what people may do with each user task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from workflows.forms.access import Right
from workflows.reading import TomlReader

USUAL_VERBS: Final = ("claim", "release", "complete")
SIGNER_VERBS: Final = ("add_signer", "remove_signer")
"""What a countersigned task has to offer by name: nobody changes its signers where the package does not say so."""
VERBS: Final = (*USUAL_VERBS, *SIGNER_VERBS)


class OutcomeKind(StrEnum):
    """What a verdict means to the case; it chooses the seal and whether a reason is asked for."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict of a user task: the button, and the value of ``<task>.outcome``."""

    key: str
    title: str
    kind: OutcomeKind


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What people may do with a user task. `return_to` are the user tasks to which it may send the case back undrawn.

    `batch` are the outcomes that may be given to many at once; `phrases` what is often written with an outcome, by its key.
    `fields` says what it may do with the fields and groups of its form, edit where nothing is said.
    """

    outcomes: tuple[Outcome, ...]
    verbs: tuple[str, ...]
    return_to: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Right] = field(default_factory=dict)

    def outcome(self, key: str) -> Outcome | None:
        """Return the outcome of that key."""
        return next((outcome for outcome in self.outcomes if outcome.key == key), None)


def tasks_of(reader: TomlReader, value: Any) -> dict[str, TaskSettings]:
    """Read the tables ``[tasks.<element id>]``."""
    found = {}
    for task, item in reader.named_tables(value, "tasks").items():
        place = f"tasks.{task}"
        table = reader.table(item, place, ("outcomes", "verbs", "return_to", "batch", "phrases", "fields"))
        outcomes: list[Outcome] = []
        for at, entry in enumerate(reader.tables(table, "outcomes", place)):
            here = f"{place}.outcomes[{at}]"
            row = reader.table(entry, here, ("key", "title", "kind"))
            outcome = Outcome(
                reader.name(row, "key", here), reader.string(row, "title", here), kind_of(reader, row, here)
            )
            if outcome.key in {other.key for other in outcomes}:
                reader.refuse(
                    here, "manifest_twice", f"The outcome '{outcome.key}' of '{task}' is given twice."
                )
            outcomes.append(outcome)
        if not outcomes:
            reader.refuse(
                place, "manifest_outcomes", f"The task '{task}' needs at least one outcome.", task=task
            )
        verbs = reader.strings(table, "verbs", place, USUAL_VERBS)
        for verb in verbs:
            if verb not in VERBS:
                reader.refuse(
                    f"{place}.verbs", "manifest_verb", f"'{verb}' is no verb. Verbs: {', '.join(VERBS)}."
                )
        found[task] = TaskSettings(
            tuple(outcomes),
            verbs,
            reader.strings(table, "return_to", place),
            reader.strings(table, "batch", place),
            _phrases(reader, table, place, [one.key for one in outcomes]),
            rights_of(reader, table, place),
        )
    return found


def rights_of(reader: TomlReader, table: dict[str, Any], place: str) -> dict[str, Right]:
    """Read ``[tasks.<id>.fields]``: a path or the id of a group, and edit, read or hidden."""
    found: dict[str, Right] = {}
    given = table.get("fields", {})
    if not isinstance(given, dict):
        reader.refuse(f"{place}.fields", "toml_type", f"'{place}.fields' is a table.")
        return found
    for path, value in given.items():
        if value in tuple(Right):
            found[path] = Right(value)
        else:
            wanted = ", ".join(Right)
            message = f"'{place}.fields.{path}' is one of {wanted}; a path with a dot stands in quotes."
            reader.refuse(f"{place}.fields.{path}", "manifest_right", message)
    return found


def _phrases(
    reader: TomlReader, table: dict[str, Any], place: str, outcomes: list[str]
) -> dict[str, tuple[str, ...]]:
    """Read ``phrases``: lists of texts by the key of an outcome."""
    if "phrases" not in table:
        return {}
    here = f"{place}.phrases"
    given = reader.table(table["phrases"], here, outcomes)
    return {key: reader.strings(given, key, here) for key in outcomes if key in given}


def kind_of(reader: TomlReader, table: dict[str, Any], place: str, key: str = "kind") -> OutcomeKind:
    """Read what an outcome or an end event means."""
    value = table.get(key)
    if value in tuple(OutcomeKind):
        return OutcomeKind(value)
    wanted = ", ".join(OutcomeKind)
    reader.refuse(f"{place}.{key}", "manifest_kind", f"'{place}.{key}' is one of {wanted}.")
    return OutcomeKind.SUBMIT
