"""Scenarios as data: who does what, and exactly what is open and owed afterwards.

scenarios/cast.toml names invented organisations, people, who plays which lane, and answer sheets. Every other file is
one scenario. A step without its complete expectation (`open` and `amounts`) does not load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

CAST: Final = "scenarios/cast.toml"
MAX_STEPS: Final = 200


class Verb(StrEnum):
    """What an actor may try in a step, each one command; nobody acts in `wait`, which lets time pass."""

    START = "start"
    CLAIM = "claim"
    RELEASE = "release"
    ATTACH = "attach"
    COMPLETE = "complete"
    RETURN = "return"
    ADD_SIGNER = "add_signer"
    REMOVE_SIGNER = "remove_signer"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    SUSPEND = "suspend"
    RESUME = "resume"
    WAIT = "wait"


ON_SIGNERS: Final = frozenset({Verb.ADD_SIGNER, Verb.REMOVE_SIGNER})
ON_TASK: Final = frozenset({Verb.CLAIM, Verb.RELEASE, Verb.ATTACH, Verb.COMPLETE, Verb.RETURN}) | ON_SIGNERS


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast: a login, a name, the organisation acted for; `also` are other organisations they belong to."""

    key: str
    name: str
    organisation: str
    also: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """An invented organisation."""

    key: str
    name: str
    credit_code: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in the scenarios of a package. `lanes` maps every lane but the applicant's to its people."""

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    lanes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that must be open: its element, the lane whose people are its candidates, who holds it."""

    task: str
    lane: str
    holder: str | None

    def __str__(self) -> str:
        return f"{self.task} for {self.lane}" + (f", held by {self.holder}" if self.holder else "")


@dataclass(frozen=True, slots=True)
class Pause:
    """How long a step waits: `days` and `hours`, until 24:00 of the last of some `working_days`, or until an instant.

    Afterwards the worker does what is due.
    """

    days: int = 0
    hours: int = 0
    working_days: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that an actor does, and the whole picture afterwards. `actor` is empty and `pause` set when it waits.

    `refused` is the error code when the command must be refused, `fields` the paths that an invalid form names.
    `signer` is a person of the cast or a lane: whom to add or remove, else whose part of a countersigned task is meant.
    `to` is where a return goes, `marks` are its remarks, pairs of a field and what is wrong with it.
    `stale` completes with the version of the task before its last change; `repeat` sends the same request twice.
    `amounts` maps the status of a payment order to its amount in yuan; `ended` is the outcome once all is over.
    """

    number: int
    line: int | None
    actor: str
    verb: Verb
    task: str | None
    outcome: str | None
    answers: Mapping[str, Any]
    without: tuple[str, ...]
    field: str | None
    file: str | None
    reason: str | None
    refused: str | None
    fields: tuple[str, ...]
    repeat: bool
    stale: bool
    open: tuple[OpenTask, ...]
    amounts: Mapping[str, str]
    ended: str | None
    registers: Mapping[str, int]
    signer: str | None = None
    to: str | None = None
    marks: tuple[tuple[str, str], ...] = ()
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story that the process must tell in exactly this way."""

    key: str
    title: str
    steps: tuple[Step, ...]
