"""A parsed process: what was drawn, and what the engine made of it. Shared by all instances, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TASK_KINDS = frozenset({"user_task", "service_task"})  # what is reported as opened and closed
ACTIVITY_KINDS = TASK_KINDS | {
    "receive_task",
    "sub_process",
    "call_activity",
}  # what may carry boundary events
WAITING_KINDS = ACTIVITY_KINDS | {"catch_event", "event_gateway"}
GATEWAY_KINDS = frozenset({"exclusive_gateway", "parallel_gateway", "inclusive_gateway", "event_gateway"})
DECIDING_KINDS = frozenset({"exclusive_gateway", "inclusive_gateway"})
MESSAGE_CATCHERS = frozenset({"receive_task", "catch_event", "boundary_event"})
COUNTERSIGN_MODES = frozenset({"all", "any", "ratio", "count", "sequential"})


@dataclass(frozen=True)
class Trigger:
    """What an event waits for or throws. ``name``: of the message or signal, code of the error or escalation.

    ``form`` and ``text`` are a timer's (date, duration, cycle) or a condition's; ``line`` is where they stand.
    """

    type: str
    name: str = ""
    form: str = ""
    text: str = ""
    line: int = 0


@dataclass(frozen=True)
class Repeat:
    """How often an activity is done: for each of a list (parallel, sequential), or again and again (loop)."""

    mode: str
    cardinality: str = ""
    until: str = ""
    condition: str = ""
    maximum: int = 0
    before: bool = False
    line: int = 0
    until_line: int = 0


@dataclass(frozen=True)
class Lane:
    """A lane; its id is the local role that an administrator binds to a group."""

    id: str
    name: str


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is FEEL, None on a default flow or behind anything that does not decide.

    ``line`` is that of the condition, or of the flow.
    """

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    line: int = 0


@dataclass(frozen=True)
class Element:
    """A drawn flow node. ``kind`` is user_task, exclusive_gateway, end_event ...; incoming and outgoing are flow ids.

    ``parent`` is the sub-process or call activity that holds it. The elements of a called process have ids with a
    prefix, ``call_1.review``; ``local`` is the id as drawn, by which expressions of that process read its values.
    """

    id: str
    kind: str
    name: str
    lane: str | None
    line: int
    properties: Mapping[str, str]
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    documentation: str = ""
    default: str | None = None
    trigger: Trigger | None = None
    parent: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    repeat: Repeat | None = None
    called: str | None = None
    prefix: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)  # of its properties

    @property
    def terminates(self) -> bool:
        """Is it a terminate end event?"""
        return self.trigger is not None and self.trigger.type == "terminate"

    @property
    def local(self) -> str:
        """The id as it is drawn."""
        return self.id.removeprefix(self.prefix)

    @property
    def countersign(self) -> str | None:
        """all, any, ratio, count or sequential on a task that several people sign."""
        return self.properties.get("countersign")

    @property
    def several(self) -> bool:
        """Does one visit hold several runs of it?"""
        return self.repeat is not None or self.countersign is not None

    @property
    def scoped(self) -> bool:
        """Do its inner elements write into a scope of their own: a called process, a run of several?"""
        loops = self.repeat is not None and self.repeat.mode == "loop"
        return self.kind == "call_activity" or (self.kind == "sub_process" and self.several and not loops)

    @property
    def produces(self) -> bool:
        """Does it write a value under its id?"""
        return produces(self.kind, self.trigger)


def produces(kind: str, trigger: Trigger | None) -> bool:
    """Does an element of this kind write a value under its id?"""
    if kind in {
        "user_task",
        "service_task",
        "business_rule_task",
        "script_task",
        "receive_task",
        "call_activity",
        "sub_process",
    }:
        return True
    return kind in MESSAGE_CATCHERS and trigger is not None and trigger.type == "message"


@dataclass(frozen=True)
class Definition:
    """One version of a process. ``sha256`` covers the diagram, its decision tables and the processes that it calls.

    ``control_paths`` are the dotted names that any expression reads; only these leave a form for the engine.
    ``inputs_read`` are the dotted names that they read of what a caller gives. ``calls`` are the definitions behind the
    call activities, by the activity's id.
    """

    sha256: str
    process_id: str
    name: str
    documentation: str
    elements: Mapping[str, Element]
    lanes: tuple[Lane, ...]
    flows: Mapping[str, Flow]
    control_paths: frozenset[str]
    inputs_read: frozenset[str]
    decisions: Mapping[str, Any]
    expressions: Mapping[str, Any]
    flow_between: Mapping[tuple[str, str], str]
    spec: Any
    calls: Mapping[str, "Definition"]
    # What a step looks up, by element: start event of a level ("" is the process), boundary events of an activity,
    # names that are written in a scope of variables, names that a sub-process writes into the scope around it,
    # and for an inclusive join which of its sources can be reached from where without passing it.
    starts: Mapping[str, str]
    boundaries: Mapping[str, tuple[str, ...]]
    written: Mapping[str, tuple[str, ...]]
    inner: Mapping[str, tuple[str, ...]]
    upstream: Mapping[str, Mapping[str, frozenset[str]]]
    conditional: bool = False
