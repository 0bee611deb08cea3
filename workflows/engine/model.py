"""A parsed process: what was drawn, and what the engine made of it. Shared by all instances, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WAITING_KINDS = frozenset({"user_task", "service_task"})
PRODUCING_KINDS = WAITING_KINDS | {"business_rule_task"}
GATEWAY_KINDS = frozenset({"exclusive_gateway", "parallel_gateway"})


@dataclass(frozen=True)
class Lane:
    """A lane; its id is the local role that an administrator binds to a group."""

    id: str
    name: str


@dataclass(frozen=True)
class Flow:
    """A sequence flow; ``condition`` is FEEL, None on a default flow or behind anything but an exclusive gateway."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None


@dataclass(frozen=True)
class Element:
    """A drawn flow node. ``kind`` is user_task, exclusive_gateway, end_event ...; incoming and outgoing are flow ids."""

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
    terminates: bool = False


@dataclass(frozen=True)
class Definition:
    """One version of a process. ``sha256`` covers the diagram and its decision tables.

    ``control_paths`` are the dotted names that any expression reads; only these leave a form for the engine.
    """

    sha256: str
    process_id: str
    name: str
    documentation: str
    elements: Mapping[str, Element]
    lanes: tuple[Lane, ...]
    flows: Mapping[str, Flow]
    control_paths: frozenset[str]
    decisions: Mapping[str, Any]
    expressions: Mapping[str, Any]
    flow_between: Mapping[tuple[str, str], str]
    spec: Any
