"""What goes into a step and what comes out of it: plain values, nothing of SpiffWorkflow (docs/engine.md, rule 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workflows.engine.values import Value

ENGINE_VERSION = "3"


@dataclass(frozen=True)
class Complete:
    """Complete the open task with this key. ``values["outcome"]`` is the outcome, the rest its control values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancel:
    """End the process now: a withdrawal or a cancellation. Every live token is closed."""


@dataclass(frozen=True)
class Fire:
    """The timer with this key is due. Raises NotOpen when it is not set any more, timer_not_due when it is too early."""

    key: str


@dataclass(frozen=True)
class Correlate:
    """A message has come. It goes to the one who awaits it: by name, by ``correlation``, by ``key`` if that is given.

    Raises message_not_awaited, and message_ambiguous where several await it and no key tells them apart.
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    correlation: object = None
    key: str | None = None


@dataclass(frozen=True)
class Fail:
    """The handler or person behind an open task reports a business error; the next error event around catches it."""

    key: str
    error: str


@dataclass(frozen=True)
class AddSigner:
    """One more signer for a countersigned task that is open. ``key`` is its own or that of one of its signers.

    Raises signer_twice, signers_full, not_countersigned.
    """

    key: str
    signer: str


@dataclass(frozen=True)
class RemoveSigner:
    """One signer less, who has not signed yet. Raises signer_unknown, signer_done, signer_needed."""

    key: str
    signer: str


@dataclass(frozen=True)
class Return:
    """Send the process back from an open task to an element that it came through (rule 11).

    Raises return_refused with the reason where no region of the drawing holds both and nothing else.
    """

    from_key: str
    to_element: str


@dataclass(frozen=True)
class Reschedule:
    """The timer with this key is due at another instant, which the fact ``due:<key>`` gives. Nothing else moves.

    The instant may be past: then the timer is due at once. Raises NotOpen when the timer is not set any more.
    """

    key: str


Command = Complete | Cancel | Fire | Correlate | Fail | AddSigner | RemoveSigner | Return | Reschedule


@dataclass(frozen=True)
class Opened:
    """A task that now waits for a person (user_task) or a handler (service_task).

    One run of several has ``index``, from 0, the ``item`` it is for and the ``owner``, the key of the whole;
    ``signer`` is who signs this part of a countersigned task.
    """

    key: str
    element_id: str
    kind: str
    name: str
    lane: str | None
    round: int
    properties: Mapping[str, str]
    inputs: dict[str, Value]
    owner: str | None = None
    index: int | None = None
    item: Value = None
    signer: str | None = None


@dataclass(frozen=True)
class Signature:
    """Who signs a countersigned task: ``later`` where it is not their turn, open, or signed with an outcome."""

    signer: str
    state: Literal["later", "open", "signed"]
    outcome: str | None = None


@dataclass(frozen=True)
class Countersigned:
    """A countersigned task that is open, by the key of the whole; ``tally`` is what conditions read of it."""

    key: str
    element_id: str
    signatures: tuple[Signature, ...]
    tally: dict[str, Value]


@dataclass(frozen=True)
class Timer:
    """A timer that was set, moved, fired or taken away. ``due`` is the instant of the fact ``due:<key>``.

    ``host`` is the key of what waits: the task that a boundary timer is on, or the catch event itself. One that was
    set says with ``request`` what its instant was computed from, so that it can be computed again.
    """

    key: str
    element_id: str
    change: Literal["set", "moved", "fired", "dropped"]
    due: datetime
    host: str
    interrupting: bool
    request: "DueRequest | None" = None


@dataclass(frozen=True)
class Message:
    """A message that was thrown, is awaited now, has come, or is awaited no longer.

    A thrown one carries ``values`` and the key of its outbox row; one that came carries what it brought.
    """

    key: str
    element_id: str
    change: Literal["thrown", "awaited", "taken", "dropped"]
    name: str
    correlation: Value = None
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class DueRequest:
    """What the fact ``due:<key>`` is to be computed from.

    ``form`` is duration or cycle (``text`` is one ISO 8601 duration, counted from ``since``) or date (``text`` is an
    ISO date or date and time). ``working`` days count by the working calendar.
    """

    key: str
    element_id: str
    form: Literal["duration", "date", "cycle"]
    text: str
    since: datetime
    working: bool


@dataclass(frozen=True)
class SignersRequest:
    """Whom the fact ``signers:<key>`` is to list: the members of the lane's group, as texts, in a fixed order."""

    key: str
    element_id: str
    lane: str | None


@dataclass(frozen=True)
class ScriptRequest:
    """What the fact ``script:<key>`` is to be computed from: a registered function and what it is given.

    The fact is a context of what the function gives. A function knows neither clock nor database, so that whoever
    computes it again gets the same; replay takes what the event recorded and needs no function.
    """

    key: str
    element_id: str
    function: str
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
    decision: a table's inputs and outputs with the ids of the rules that matched; script: a function, its inputs and outputs; read: what a
    condition read;
    event: a timer, message, signal, error or escalation, at the element that threw or caught it; tally: the state of a
    countersigned task after a signature; returned: a return that left here, ``values["to"]`` is where it went;
    moved: a timer that is due at another instant, ``values["was"]`` and ``values["due"]``.
    """

    kind: Literal[
        "entered", "left", "flow", "decision", "script", "read", "event", "tally", "returned", "moved"
    ]
    element_id: str
    flow_id: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FactsMissing:
    """The step needs these facts. Read them and run the same step again from the stored state (rule 14)."""

    requests: tuple[str, ...]
    due: tuple[DueRequest, ...] = ()
    signers: tuple[SignersRequest, ...] = ()
    scripts: tuple[ScriptRequest, ...] = ()


@dataclass(frozen=True)
class Advance:
    """One step of a process, complete: what opened and closed, the way there, and the state to store.

    ``error`` is the code of an error that nobody caught and that ended the process; ``next_due`` the earliest timer.
    """

    opened: tuple[Opened, ...]
    closed: tuple[Closed, ...]
    timers: tuple[Timer, ...]
    messages: tuple[Message, ...]
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
    error: str | None = None
    next_due: datetime | None = None
