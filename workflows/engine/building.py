"""From a checked drawing to the shared definition: elements, flows, what it calls, and what a step looks up."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from workflows.engine.checks.wording import wordings
from workflows.engine.drawing import Drawing
from workflows.engine.lint import Judged
from workflows.engine.model import WAITING_KINDS, Definition, Element, Flow, Lane
from workflows.engine.specs import make_spec
from workflows.engine.step import INPUT


def build_definition(judged: Judged, sha256: str, calls: Mapping[str, Definition]) -> Definition:
    """Return the definition of a drawing without findings."""
    drawing = judged.drawing
    own = _elements(drawing)
    flows = {
        edge.id: Flow(edge.id, edge.source, edge.target, edge.name, edge.condition, edge.line)
        for edge in drawing.edges.values()
    }
    called = {element.id: calls[element.called] for element in own.values() if element.called is not None}
    elements, decisions, expressions = dict(own), dict(judged.decisions), dict(judged.expressions)
    for identifier, definition in called.items():
        prefix = identifier + "."
        elements |= {prefix + e.id: _within(e, prefix, identifier) for e in definition.elements.values()}
        flows |= {prefix + f.id: _moved(f, prefix) for f in definition.flows.values()}
        decisions |= {prefix + name: table for name, table in definition.decisions.items()}
        expressions |= definition.expressions
    boundaries: dict[str, tuple[str, ...]] = {}
    for element in elements.values():
        if element.attached_to is not None:
            boundaries[element.attached_to] = (*boundaries.get(element.attached_to, ()), element.id)
    written, inner = _written(elements)
    read = _names_read(judged, own)
    return Definition(
        sha256=sha256,
        process_id=drawing.process_id,
        name=drawing.process_name,
        documentation=drawing.documentation,
        elements=MappingProxyType(elements),
        lanes=tuple(Lane(lane.id, lane.name) for lane in drawing.lanes),
        flows=MappingProxyType(flows),
        control_paths=frozenset(name for name in read if name.partition(".")[0] in own),
        inputs_read=frozenset(name for name in read if name.partition(".")[0] == INPUT),
        decisions=MappingProxyType(decisions),
        expressions=MappingProxyType(expressions),
        flow_between=MappingProxyType({(flow.source, flow.target): flow.id for flow in flows.values()}),
        spec=_spec(drawing, elements, flows),
        calls=MappingProxyType(called),
        starts=MappingProxyType({e.parent or "": e.id for e in elements.values() if e.kind == "start_event"}),
        boundaries=MappingProxyType(boundaries),
        written=MappingProxyType(written),
        inner=MappingProxyType(inner),
        upstream=MappingProxyType(_upstream(elements, flows)),
        conditional=any(e.trigger is not None and e.trigger.type == "conditional" for e in elements.values()),
    )


def _elements(drawing: Drawing) -> dict[str, Element]:
    lane_of = {member: lane.id for lane in drawing.lanes for member in lane.members}

    def lane(node_id: str | None) -> str | None:
        """The lane of an element: its own, else that of what it lies in."""
        while node_id is not None and node_id not in lane_of:
            node_id = drawing.nodes[node_id].parent
        return None if node_id is None else lane_of[node_id]

    return {
        node.id: Element(
            node.id,
            node.kind,
            node.name,
            lane(node.id),
            node.line,
            MappingProxyType(dict(node.properties)),
            tuple(edge.id for edge in drawing.incoming(node.id)),
            tuple(edge.id for edge in drawing.outgoing(node.id)),
            node.documentation,
            node.default,
            node.trigger,
            node.parent,
            node.attached_to,
            node.interrupting,
            node.repeat,
            node.called,
            lines=MappingProxyType(dict(node.lines)),
        )
        for node in drawing.nodes.values()
    }


def _within(element: Element, prefix: str, activity: str) -> Element:
    """An element of a called process, as part of the caller."""

    def moved(name: str | None) -> str | None:
        return None if name is None else prefix + name

    return replace(
        element,
        id=prefix + element.id,
        incoming=tuple(prefix + flow for flow in element.incoming),
        outgoing=tuple(prefix + flow for flow in element.outgoing),
        default=moved(element.default),
        parent=moved(element.parent) or activity,
        attached_to=moved(element.attached_to),
        prefix=prefix + element.prefix,
    )


def _moved(flow: Flow, prefix: str) -> Flow:
    return replace(flow, id=prefix + flow.id, source=prefix + flow.source, target=prefix + flow.target)


def _written(
    elements: Mapping[str, Element],
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """By scope of variables the names that are written there, and by sub-process those it writes around itself."""
    written: dict[str, list[str]] = {"": []}
    inner: dict[str, list[str]] = {}
    for element in elements.values():
        if element.scoped:
            written[element.id] = []
        if element.kind == "sub_process":
            inner[element.id] = []
    for element in elements.values():
        if not element.produces:
            continue
        parent = element.parent
        while parent is not None and not elements[parent].scoped:
            inner[parent].append(element.local)
            parent = elements[parent].parent
        written[parent or ""].append(element.local)
    return _frozen(written), _frozen(inner)


def _frozen(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in lists.items()}


def _upstream(
    elements: Mapping[str, Element], flows: Mapping[str, Flow]
) -> dict[str, Mapping[str, frozenset[str]]]:
    """For each inclusive join: from each element, the sources of the flows into the join that can be reached from it.

    No way leads through the join itself; a boundary event is a way out of its activity.
    """
    before: dict[str, list[str]] = {identifier: [] for identifier in elements}
    for flow in flows.values():
        before[flow.target].append(flow.source)
    for element in elements.values():
        if element.attached_to is not None:
            before[element.id].append(element.attached_to)
    found: dict[str, Mapping[str, frozenset[str]]] = {}
    for join in elements.values():
        if join.kind == "inclusive_gateway" and len(join.incoming) > 1:
            reach: dict[str, set[str]] = {}
            for source in {flows[flow].source for flow in join.incoming}:
                stack = [source]
                while stack:
                    element_id = stack.pop()
                    if element_id != join.id and source not in reach.setdefault(element_id, set()):
                        reach[element_id].add(source)
                        stack.extend(before[element_id])
            found[join.id] = {element_id: frozenset(sources) for element_id, sources in reach.items()}
    return found


def _names_read(judged: Judged, elements: Mapping[str, Element]) -> frozenset[str]:
    names: set[str] = set()
    for wording in wordings(judged.drawing):
        if not wording.place.startswith("output."):  # that is read of the called process
            names |= judged.expressions[wording.text].names
    for element in elements.values():
        decision = element.properties.get("decision")
        if element.kind == "business_rule_task" and decision is not None and decision in judged.decisions:
            names |= judged.decisions[decision].names
    return frozenset(names)


def _spec(drawing: Drawing, elements: Mapping[str, Element], flows: Mapping[str, Flow]) -> Any:
    """The SpiffWorkflow spec, built from what was checked: no second reading, no recursion, flows in file order."""
    process = BpmnProcessSpec(name=drawing.process_id, description=drawing.process_name)
    specs = {e.id: make_spec(process, e.id, e.kind, waits=e.kind in WAITING_KINDS) for e in elements.values()}
    for element in elements.values():
        for flow in (flows[identifier] for identifier in element.outgoing):
            specs[element.id].connect(specs[flow.target])
    return process
