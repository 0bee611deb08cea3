"""Reads casts and scenarios from TOML; what is incomplete or unknown is a finding with its line."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any, Final

from workflows.engine import Finding
from workflows.reading import TomlReader
from workflows.scenarios.pauses import read_pause
from workflows.scenarios.script import (
    CAST,
    MAX_STEPS,
    ON_SIGNERS,
    ON_TASK,
    Cast,
    OpenTask,
    Organisation,
    Person,
    Scenario,
    Step,
    Verb,
)

STEP_KEYS: Final = (
    "actor", "verb", "task", "outcome", "answers", "with", "without", "field", "file", "reason", "refused", "fields", "repeat",
    "stale", "open", "amounts", "ended", "registers", "signer", "to", "marks", "days", "hours", "working_days", "until",
)  # fmt: skip


def parse_cast(content: bytes, file: str = CAST) -> tuple[Cast, TomlReader]:
    """Read a cast; the reader holds the findings."""
    reader = TomlReader(file, content)
    if reader.findings:
        return Cast(), reader
    document = reader.table(reader.document, "", ("organisations", "people", "lanes", "answers"))
    organisations = {}
    for key, item in reader.named_tables(document.get("organisations", {}), "organisations").items():
        place = f"organisations.{key}"
        table = reader.table(item, place, ("name", "credit_code"))
        code = reader.string(table, "credit_code", place, limit=18) if "credit_code" in table else None
        organisations[key] = Organisation(key, reader.string(table, "name", place), code)
    people = {}
    for key, item in reader.named_tables(document.get("people", {}), "people").items():
        place = f"people.{key}"
        table = reader.table(item, place, ("name", "organisation", "also", "roles"))
        person = Person(
            key,
            reader.string(table, "name", place),
            reader.name(table, "organisation", place),
            reader.strings(table, "also", place),
            reader.strings(table, "roles", place),
        )
        people[key] = person
        for organisation in (person.organisation, *person.also):
            if organisation not in organisations:
                reader.refuse(place, "cast_unknown", f"There is no organisation '{organisation}'.")
    table = document.get("lanes", {})
    lanes = _lanes(reader, table)
    for lane, names in lanes.items():
        _check_lane(reader, lane, names, people)
    answers = {}
    for key, sheet in reader.named_tables(document.get("answers", {}), "answers").items():
        if isinstance(sheet, dict):
            answers[key] = _plain(sheet)
        else:
            reader.refuse(f"answers.{key}", "toml_type", f"'answers.{key}' is a table.")
    return Cast(organisations, people, lanes, answers), reader


def _lanes(reader: TomlReader, table: Any) -> dict[str, tuple[str, ...]]:
    """Who plays each lane. Those of a process that is called stand in a table of their own, under its key."""
    lanes: dict[str, tuple[str, ...]] = {}
    for lane, names in reader.named_tables(table, "lanes").items():
        if isinstance(names, dict):
            called = reader.named_tables(names, f"lanes.{lane}")
            lanes |= {f"{lane}.{own}": reader.strings(names, own, f"lanes.{lane}") for own in called}
        else:
            lanes[lane] = reader.strings(table, lane, "lanes")
    return lanes


def _check_lane(reader: TomlReader, lane: str, names: tuple[str, ...], people: Mapping[str, Person]) -> None:
    for name in names:
        if name not in people:
            reader.refuse(f"lanes.{lane}", "cast_unknown", f"There is no person '{name}' in the cast.")
    if len({people[name].organisation for name in names if name in people}) > 1:
        reader.refuse(
            f"lanes.{lane}", "cast_lane", f"The people of the lane '{lane}' work for one organisation."
        )


def parse_scenario(content: bytes, file: str, cast: Cast) -> tuple[Scenario, TomlReader]:
    """Read a scenario; the reader holds the findings."""
    reader = TomlReader(file, content)
    key = PurePosixPath(file).stem
    if reader.findings:
        return Scenario(key, key, ()), reader
    document = reader.table(reader.document, "", ("title", "steps"))
    title = reader.string(document, "title", "")
    entries = reader.tables(document, "steps", "")
    if not 0 < len(entries) <= MAX_STEPS:
        reader.refuse("steps", "scenario_steps", f"A scenario has 1 to {MAX_STEPS} [[steps]].")
    lines = [at for at, line in enumerate(reader.text.splitlines(), 1) if line.strip() == "[[steps]]"]
    steps = []
    for number, entry in enumerate(entries[:MAX_STEPS], 1):
        line = lines[number - 1] if number <= len(lines) else None
        before = len(reader.findings)
        steps.append(_StepReader(reader, cast, number, line).read(entry))
        if line:
            for at in range(before, len(reader.findings)):
                reader.findings[at] = _at_line(reader.findings[at], line)
    if steps and (steps[0].verb is not Verb.START or any(step.verb is Verb.START for step in steps[1:])):
        reader.refuse(
            "steps", "scenario_start", "The first step of a scenario starts the application, no other does."
        )
    return Scenario(key, title, tuple(steps)), reader


def _at_line(finding: Finding, line: int) -> Finding:
    """Return a finding of a step at the line where the step begins: keys such as `task` occur in every step."""
    return replace(finding, line=line)


class _StepReader:
    """Reads one [[steps]] table."""

    def __init__(self, reader: TomlReader, cast: Cast, number: int, line: int | None) -> None:
        self.reader, self.cast, self.number, self.line = reader, cast, number, line
        self.place = f"steps[{number}]"

    def refuse(self, rule: str, message: str) -> None:
        self.reader.refuse(self.place, rule, f"Step {self.number}: {message}")

    def read(self, entry: Any) -> Step:
        table = self.reader.table(entry, self.place, STEP_KEYS)
        for key in ("open", "amounts"):
            if key not in table:
                self.refuse(
                    "step_expectation", f"what is expected afterwards is incomplete, '{key}' is missing."
                )
        verb = self.verb(table)
        pause = read_pause(self.reader, self.place, table)
        actor = self.actor(table, verb)
        opened = tuple(self.open_task(item) for item in self.reader.tables(table, "open", self.place))
        step = Step(
            number=self.number,
            line=self.line,
            actor=actor,
            verb=verb,
            task=self.optional(table, "task"),
            outcome=self.optional(table, "outcome"),
            answers=self.answers(table),
            without=self.reader.strings(table, "without", self.place),
            field=self.optional(table, "field"),
            file=self.optional(table, "file"),
            reason=self.optional(table, "reason"),
            refused=self.optional(table, "refused"),
            fields=self.reader.strings(table, "fields", self.place),
            repeat=self.reader.flag(table, "repeat", self.place),
            stale=self.reader.flag(table, "stale", self.place),
            open=opened,
            amounts=self.amounts(table.get("amounts", {})),
            ended=self.optional(table, "ended"),
            registers=self.counts(table.get("registers", {})),
            signer=self.optional(table, "signer"),
            to=self.optional(table, "to"),
            marks=tuple(self.mark(item) for item in self.reader.tables(table, "marks", self.place)),
            pause=pause,
        )
        self.check(step)
        return step

    def check(self, step: Step) -> None:
        if (step.verb in ON_TASK) != (step.task is not None):
            self.refuse("step_task", f"'{step.verb}' {'needs' if step.verb in ON_TASK else 'has no'} task.")
        known = self.cast.people.keys() | self.cast.lanes.keys()
        if (step.verb in ON_SIGNERS and step.signer is None) or (
            step.signer is not None and (step.task is None or step.signer not in known)
        ):
            self.refuse("step_signer", f"'{step.verb}' has no person or lane of the cast as its signer.")
        if step.verb is Verb.COMPLETE and step.outcome is None:
            self.refuse("step_outcome", "'complete' needs an outcome.")
        if (step.verb is Verb.ATTACH) != (step.field is not None and step.file is not None):
            self.refuse("step_file", "'attach', and nothing else, has a field and a file.")
        if (step.verb is Verb.RETURN) != (step.to is not None):
            self.refuse("step_to", "'return', and nothing else, says where 'to'.")
        if step.marks and step.verb is not Verb.RETURN:
            self.refuse("step_to", "'marks' belong to a return.")
        if step.fields and step.refused is None:
            self.refuse("step_fields", "'fields' belong to a step that is refused.")
        if (step.verb is Verb.WAIT) != (step.pause is not None):
            self.refuse("step_wait", "'wait', and nothing else, has days, hours, working_days or until.")
        if bool(step.open) == bool(step.ended):
            self.refuse("step_ended", "either tasks are open or 'ended' says how it ended.")

    def verb(self, table: dict[str, Any]) -> Verb:
        value = table.get("verb")
        if value in tuple(Verb):
            return Verb(value)
        self.refuse("step_verb", f"the verb is one of {', '.join(Verb)}.")
        return Verb.START

    def actor(self, table: dict[str, Any], verb: Verb) -> str:
        if verb is Verb.WAIT:
            if "actor" in table:
                self.refuse("step_wait", "nobody acts while time passes: 'wait' has no actor.")
            return ""
        actor = self.reader.name(table, "actor", self.place)
        if actor not in self.cast.people:
            self.refuse("cast_unknown", f"there is no person '{actor}' in the cast.")
        return actor

    def optional(self, table: dict[str, Any], key: str) -> str | None:
        return self.reader.string(table, key, self.place, limit=500) if key in table else None

    def open_task(self, item: Any) -> OpenTask:
        table = self.reader.table(item, f"{self.place}.open", ("task", "lane", "holder"))
        for key in ("task", "lane"):
            if key not in table:
                self.refuse(
                    "step_expectation", f"an open task has its task and its lane, '{key}' is missing."
                )
        holder = table.get("holder")
        if holder is not None and holder not in self.cast.people:
            self.refuse("cast_unknown", f"there is no person '{holder}' in the cast.")
        return OpenTask(str(table.get("task", "")), str(table.get("lane", "")), holder)

    def mark(self, item: Any) -> tuple[str, str]:
        place = f"{self.place}.marks"
        table = self.reader.table(item, place, ("field", "reason"))
        return self.reader.string(table, "field", place), self.reader.string(
            table, "reason", place, limit=500
        )

    def answers(self, table: dict[str, Any]) -> Mapping[str, Any]:
        given = table.get("answers", {})
        if isinstance(given, str):
            if given not in self.cast.answers:
                self.refuse("cast_unknown", f"there is no answer sheet '{given}' in the cast.")
            given = self.cast.answers.get(given, {})
        changed = table.get("with", {})
        if not isinstance(given, dict) or not isinstance(changed, dict):
            self.refuse("step_answers", "'answers' is a table or the name of a sheet, 'with' a table.")
            return {}
        return dict(_plain(given)) | dict(_plain(changed))

    def amounts(self, value: Any) -> dict[str, str]:
        if isinstance(value, dict) and all(isinstance(amount, str) for amount in value.values()):
            return dict(value)
        self.refuse(
            "step_expectation", "'amounts' maps a status to an amount in yuan as text, such as \"700.00\"."
        )
        return {}

    def counts(self, value: Any) -> dict[str, int]:
        if isinstance(value, dict) and all(type(count) is int for count in value.values()):
            return dict(value)
        self.refuse("step_expectation", "'registers' maps a register to the number of its entries.")
        return {}


def _plain(value: Any) -> Any:
    """Return answers as a client would post them: dates as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
