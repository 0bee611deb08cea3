"""Diagrams for tests, written as lines of arrows.

    start -> application -> x_ok
    x_ok -> application when application.outcome = "again"
    x_ok => end

A name says what it is: ``start``, ``end…``, ``stop…`` (a terminate end event), ``x_…`` (exclusive), ``p_…`` (parallel),
``s_…`` (service task), ``r_…`` (business rule task); everything else is a user task. ``=>`` draws a default flow.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from workflows.engine import Advance, Complete, Definition, advance, parse_definition, start

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
MAIN = "process.bpmn"
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="Definitions_1" targetNamespace="http://example.org/process">'
)
_TAGS = {
    "start": "startEvent", "end": "endEvent", "stop": "endEvent", "x": "exclusiveGateway", "p": "parallelGateway",
    "s": "serviceTask", "r": "businessRuleTask",
}  # fmt: skip


# Two processes that many tests use: an approval with a send-back and a payment, and parts side by side.
APPROVAL = """
    start -> application -> review -> x_ok
    x_ok -> application when review.outcome = "again"
    x_ok -> s_pay when review.outcome = "approve"
    x_ok => end_refused
    s_pay -> end_paid
"""
INPUTS = {
    "s_pay": {"handler": "payment.open_order", "input.amount": "application.amount * 2", "input.who": '"us"'}
}
PARALLEL = "start -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_1 -> c -> end\np_2 -> d -> end_2"


@dataclass
class Sketch:
    """The parsed lines: nodes in the order of their first mention, and flows (source, target, default, condition)."""

    nodes: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, bool, str | None]] = field(default_factory=list)


def tag_of(name: str) -> str:
    """The BPMN tag that a name stands for."""
    for head in ("start", "end", "stop"):
        if name.startswith(head):
            return _TAGS[head]
    head, line, _ = name.partition("_")
    return _TAGS.get(head, "userTask") if line else "userTask"


def sketch(lines: str) -> Sketch:
    """Parse the lines."""
    found = Sketch()
    for line in filter(None, map(str.strip, lines.splitlines())):
        path, _, condition = line.partition(" when ")
        parts = re.split(r"\s*(->|=>)\s*", path.strip())
        names, arrows = parts[::2], parts[1::2]
        for name in names:
            if name not in found.nodes:
                found.nodes.append(name)
        for number, arrow in enumerate(arrows):
            last = number == len(arrows) - 1
            found.flows.append(
                (names[number], names[number + 1], arrow == "=>", condition if condition and last else None)
            )
    return found


def draw(lines: str, properties: Mapping[str, Mapping[str, str]] | None = None) -> bytes:
    """The .bpmn file for the lines; flows are named f1, f2 … in the order of the lines."""
    drawn = sketch(lines)
    defaults = {source: f"f{n}" for n, (source, _, default, _) in enumerate(drawn.flows, 1) if default}
    body = ['<bpmn:process id="process_1" name="A process" isExecutable="true">']
    for name in drawn.nodes:
        default = f" default={quoteattr(defaults[name])}" if name in defaults else ""
        inner = _properties((properties or {}).get(name, {}))
        if name.startswith("stop"):
            inner += f'<bpmn:terminateEventDefinition id="cut_{name}"/>'
        tag = tag_of(name)
        body.append(f"<bpmn:{tag} id={quoteattr(name)}{default}>{inner}</bpmn:{tag}>")
    for number, (source, target, _, condition) in enumerate(drawn.flows, 1):
        inner = (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
            if condition
            else ""
        )
        body.append(
            f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )
    return document("\n".join([*body, "</bpmn:process>"]))


def _properties(given: Mapping[str, str]) -> str:
    items = "".join(
        f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in given.items()
    )
    around = "<bpmn:extensionElements><spiffworkflow:properties>{}</spiffworkflow:properties></bpmn:extensionElements>"
    return around.format(items) if items else ""


def document(inner: str) -> bytes:
    """A whole file around what stands within definitions."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}\n{inner}\n</bpmn:definitions>\n'.encode()


def define(lines: str, properties: Mapping[str, Mapping[str, str]] | None = None) -> Definition:
    """The definition of the lines."""
    return parse_definition({MAIN: draw(lines, properties)})


class Case:
    """One instance that is moved by element id; every step goes through stored bytes."""

    def __init__(self, definition: Definition, seed: str = "seed", **control: object) -> None:
        self.definition = definition
        self.seed = seed
        self.keys: dict[str, list[str]] = {}
        self.step: Advance = self._take(start(definition, control=control, now=NOW, seed=seed, facts={}))

    def complete(self, element_id: str, **values: object) -> Advance:
        """Complete the open task of an element."""
        key = self.keys[element_id][0]
        done = Complete(key, values)
        result = advance(self.definition, self.step.state, done, now=NOW, seed=self.seed, facts={})
        return self._take(result)

    @property
    def open(self) -> list[str]:
        """The ids of the open tasks, sorted, once for each token."""
        return sorted(element for element, keys in self.keys.items() for _ in keys)

    def _take(self, result: object) -> Advance:
        assert isinstance(result, Advance)
        self.step = result
        for closed in result.closed:
            self.keys[closed.element_id].remove(closed.key)
        for opened in result.opened:
            self.keys.setdefault(opened.element_id, []).append(opened.key)
        marked = sorted(str(entry["element"]) for entry in result.marking if entry["state"] == "open")
        assert marked == self.open
        return result
