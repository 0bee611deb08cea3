"""What goes into a step and what comes out of it: plain values, nothing of SpiffWorkflow (docs/engine.md, rule 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from workflows.engine.values import Value

ENGINE_VERSION = "1"


@dataclass(frozen=True)
class Complete:
    """Complete the open task with this key. ``values["outcome"]`` is the outcome, the rest its control values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancel:
    """End the process now: a withdrawal or a cancellation. Every live token is closed."""


@dataclass(frozen=True)
class Opened:
    """A task that now waits for a person (user_task) or a handler (service_task)."""

    key: str
    element_id: str
    kind: str
    name: str
    lane: str | None
    round: int
    properties: Mapping[str, str]
    inputs: dict[str, Value]


@dataclass(frozen=True)
class Closed:
    """A task that waits no longer."""

    key: str
    element_id: str
    reason: Literal["completed", "cancelled"]


@dataclass(frozen=True)
class TrailEntry:
    """One thing that happened in a step, in order.

    entered and left: an element (``values["cancelled"]`` is true where it was cut off); flow: the sequence flow taken;
    decision: a table's inputs and outputs with the ids of the rules that matched; read: what a condition read.
    """

    kind: Literal["entered", "left", "flow", "decision", "read"]
    element_id: str
    flow_id: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FactsMissing:
    """The step needs these facts. Read them and run the same step again from the stored state (rule 14)."""

    requests: tuple[str, ...]


@dataclass(frozen=True)
class Advance:
    """One step of a process, complete: what opened and closed, the way there, and the state to store."""

    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]
    timers: tuple[object, ...]
    messages: tuple[object, ...]
    ended: bool
    end_event: str | None
    trail: tuple[TrailEntry, ...]
    marking: list[dict[str, str | int | None]]
    digest: str
    state: bytes
    state_sha256: str
    codec_version: int
    engine_version: str
    control: dict[str, Value]
    facts: dict[str, Value]
    seed: str
