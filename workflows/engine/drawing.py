"""What a .bpmn file draws: nodes, flows and lanes, with the findings so far."""

from dataclasses import dataclass, field
from typing import Any

from workflows.engine.findings import Finding

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
    terminates: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    listed: dict[str, list[str]] = field(default_factory=lambda: {"incoming": [], "outgoing": []})


@dataclass
class Edge:
    """A sequence flow as drawn."""

    id: str
    source: str
    target: str
    name: str
    line: int
    condition: str | None = None


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
