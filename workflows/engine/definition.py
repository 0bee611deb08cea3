"""From checked files to the shared definition, kept by content hash (docs/engine.md, rule 2)."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from workflows.engine.drawing import Drawing
from workflows.engine.findings import ModelRefused
from workflows.engine.lint import MAIN, Judged, judge
from workflows.engine.model import Definition, Element, Flow, Lane
from workflows.engine.specs import make_spec

MAX_KEPT = 256
_kept: OrderedDict[str, Definition] = OrderedDict()
_lock = threading.Lock()


def parse_definition(files: Mapping[str, bytes], main: str = MAIN) -> Definition:
    """Return the definition of a diagram and its decision tables; the same object for the same bytes.

    Raises ModelRefused with every finding. The 256 definitions used last are kept.
    """
    sha256 = content_hash(files, main)
    with _lock:
        if sha256 in _kept:
            _kept.move_to_end(sha256)
            return _kept[sha256]
    judged = judge(files, main)
    if judged.findings:
        raise ModelRefused(judged.findings)
    definition = _build(judged, sha256)
    with _lock:
        definition = _kept.setdefault(sha256, definition)
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return definition


def content_hash(files: Mapping[str, bytes], main: str = MAIN) -> str:
    """SHA-256 over the names and contents of everything that the engine reads, and whether anything else is there."""
    digest = hashlib.sha256(b"alone\n" if set(files) == {main} else b"package\n")
    for path in sorted(files):
        is_form = path.startswith("forms/") and path.endswith(".json")
        if path == main or (path.startswith("decisions/") and path.endswith(".dmn")):
            content = files[path]
        elif is_form:
            content = b""  # only that the form is there
        else:
            continue
        role = "main" if path == main else path
        digest.update(f"{role}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _build(judged: Judged, sha256: str) -> Definition:
    drawing = judged.drawing
    lane_of = {member: lane.id for lane in drawing.lanes for member in lane.members}
    elements = {
        node.id: Element(
            node.id,
            node.kind,
            node.name,
            lane_of.get(node.id),
            node.line,
            MappingProxyType(dict(node.properties)),
            tuple(edge.id for edge in drawing.incoming(node.id)),
            tuple(edge.id for edge in drawing.outgoing(node.id)),
            node.documentation,
            node.default,
            node.terminates,
        )
        for node in drawing.nodes.values()
    }
    flows = {
        edge.id: Flow(edge.id, edge.source, edge.target, edge.name, edge.condition)
        for edge in drawing.edges.values()
    }
    between = {(flow.source, flow.target): flow.id for flow in flows.values()}
    return Definition(
        sha256=sha256,
        process_id=drawing.process_id,
        name=drawing.process_name,
        documentation=drawing.documentation,
        elements=MappingProxyType(elements),
        lanes=tuple(Lane(lane.id, lane.name) for lane in drawing.lanes),
        flows=MappingProxyType(flows),
        control_paths=_control_paths(judged, elements),
        decisions=MappingProxyType(dict(judged.decisions)),
        expressions=MappingProxyType(dict(judged.expressions)),
        flow_between=MappingProxyType(between),
        spec=_spec(drawing, elements, flows),
    )


def _control_paths(judged: Judged, elements: Mapping[str, Element]) -> frozenset[str]:
    names: set[str] = set()
    for expression in judged.expressions.values():
        names |= expression.names
    for element in elements.values():
        decision = element.properties.get("decision")
        if element.kind == "business_rule_task" and decision is not None and decision in judged.decisions:
            names |= judged.decisions[decision].names
    return frozenset(name for name in names if name.partition(".")[0] in elements)


def _spec(drawing: Drawing, elements: Mapping[str, Element], flows: Mapping[str, Flow]) -> Any:
    """The SpiffWorkflow spec, built from what was checked: no second reading, no recursion, flows in file order."""
    process = BpmnProcessSpec(name=drawing.process_id, description=drawing.process_name)
    specs = {e.id: make_spec(process, e.kind, e.id, e.name, e.lane) for e in elements.values()}
    for element in elements.values():
        spec = specs[element.id]
        if element.kind == "start_event":
            process.start.connect(spec)
        for flow in (flows[identifier] for identifier in element.outgoing):
            if flow.condition is not None and element.kind == "exclusive_gateway":
                spec.connect_outgoing_if(flow.condition, specs[flow.target])
            else:
                spec.connect(specs[flow.target])
    return process
