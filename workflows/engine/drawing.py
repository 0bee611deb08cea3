"""What a .bpmn file draws: nodes, flows and lanes, with the findings so far."""

from dataclasses import dataclass, field
from typing import Any

from workflows.engine.findings import Finding
from workflows.engine.model import Repeat, Trigger

MAX_FINDINGS = 200
MAX_MESSAGE = 400


@dataclass
class Node:
    """A flow node as drawn. ``kind`` is ``foreign`` for one that is not supported."""

    id: str
    kind: str
    name: str
    line: int
    default: str | None = None
    documentation: str = ""
    trigger: Trigger | None = None
    parent: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    repeat: Repeat | None = None
    called: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)  # of its properties
    listed: dict[str, list[str]] = field(default_factory=lambda: {"incoming": [], "outgoing": []})

    @property
    def terminates(self) -> bool:
        """Does it end everything on its level at once: a terminate or an error end event?"""
        return (
            self.kind == "end_event"
            and self.trigger is not None
            and self.trigger.type in {"terminate", "error"}
        )

    @property
    def several(self) -> bool:
        """Does one visit hold several runs of it?"""
        return self.repeat is not None or "countersign" in self.properties


@dataclass
class Edge:
    """A sequence flow as drawn."""

    id: str
    source: str
    target: str
    name: str
    line: int
    condition: str | None = None
    parent: str | None = None


@dataclass
class DrawnLane:
    """A lane and the ids of what lies in it."""

    id: str
    name: str
    line: int
    members: list[str] = field(default_factory=list)


@dataclass
class Drawing:
    """The executable process of a file, with every id of the file."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    process_id: str = ""
    process_name: str = ""
    process_line: int | None = None
    documentation: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    lanes: list[DrawnLane] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    named: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # messages, signals, errors: tag, name or code
    shown: set[str] = field(default_factory=set)  # what the picture shows; empty where there is no picture

    def report(self, rule: str, element: str | None, line: int | None, message: str, **params: Any) -> None:
        """Add a finding; after 200 the rest is dropped. Text of the file that it repeats is cut short."""
        if len(self.findings) < MAX_FINDINGS:
            shown = message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 1] + "…"
            self.findings.append(Finding(self.file, element and element[:64], line, rule, shown, params))

    def outgoing(self, node_id: str) -> list[Edge]:
        """Flows that leave a node, in the order of the file."""
        return [edge for edge in self.edges.values() if edge.source == node_id]

    def incoming(self, node_id: str) -> list[Edge]:
        """Flows that reach a node, in the order of the file."""
        return [edge for edge in self.edges.values() if edge.target == node_id]

    def level(self, parent: str | None) -> list[Node]:
        """The nodes of one level: of the process, or of a sub-process."""
        return [node for node in self.nodes.values() if node.parent == parent]

    def levels(self) -> list[str | None]:
        """The process and its sub-processes, outer ones first."""
        return [None, *(node.id for node in self.nodes.values() if node.kind == "sub_process")]

    def boundaries(self, node_id: str) -> list[Node]:
        """Boundary events on an activity."""
        return [node for node in self.nodes.values() if node.attached_to == node_id]

    def is_side(self, node: Node) -> bool:
        """Does a path begin here that runs beside the activity, which goes on?"""
        return node.kind == "boundary_event" and not node.interrupting
