"""Reading a .bpmn file into a Drawing."""

from typing import Any

from workflows.engine.checks.allowed import check_allowed, check_ids
from workflows.engine.drawing import Drawing, DrawnLane, Edge, Node
from workflows.engine.reading_events import read_repeat, read_trigger, text_of
from workflows.engine.tags import children_of, local, shown, split
from workflows.engine.vocabulary import BPMN, BPMNDI, FOREIGN_NODES, KINDS, REFERENCES, SPIFF
from workflows.engine.xml import XmlRefused, read_xml

MAX_NODES = 400
MAX_FLOWS = 1_000
MAX_DEPTH = 5


def read_drawing(content: bytes, file: str) -> Drawing:
    """Return what the file draws, with findings for what is not supported. Never raises, whatever the bytes hold."""
    drawing = Drawing(file)
    root: Any
    try:
        root = read_xml(content)
    except XmlRefused as refused:
        drawing.report(refused.rule, None, refused.line, refused.message)
        return drawing
    if split(root.tag) != (BPMN, "definitions"):
        drawing.report(
            "root_not_definitions", shown(root.tag), root.sourceline, "The file is no BPMN 2.0 diagram."
        )
        return drawing
    check_allowed(drawing, root)
    check_ids(drawing, root)
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
        drawing.shown.add(local(shape.get("bpmnElement") or ""))
    process = _choose_process(drawing, root)
    if process is not None:
        _read_process(drawing, process)
    return drawing


def called_processes(content: bytes) -> tuple[str, ...]:
    """Return the keys of the processes that a file calls, sorted; none where it cannot be read."""
    if b"calledElement" not in content:
        return ()
    try:
        root = read_xml(content)
    except XmlRefused:
        return ()
    named = {local(call.get("calledElement") or "") for call in root.iter(f"{{{BPMN}}}callActivity")}
    return tuple(sorted(named - {""}))


def _choose_process(drawing: Drawing, root: Any) -> Any:
    processes = list(children_of(root, "process"))
    executable = [p for p in processes if p.get("isExecutable", "true") == "true"]
    _check_participants(drawing, root, {p.get("id") for p in processes})
    if not processes:
        drawing.report("process_missing", None, None, "The file draws no process.")
        return None
    if not executable:
        first = processes[0]
        message = "No process is marked executable."
        drawing.report("process_not_executable", first.get("id"), first.sourceline, message)
        return first
    for second in executable[1:]:
        message = "A second executable process; only one is supported, draw other parties as empty pools."
        drawing.report("process_two_executable", second.get("id"), second.sourceline, message)
    for other in processes:
        if other not in executable and any(split(child.tag)[1] in KINDS for child in other):
            message = "This process is not executable, yet it draws steps; nobody would follow them."
            drawing.report("process_not_executed", other.get("id"), other.sourceline, message)
    return executable[0]


def _check_participants(drawing: Drawing, root: Any, processes: set[str | None]) -> None:
    for collaboration in children_of(root, "collaboration"):
        for pool in children_of(collaboration, "participant"):
            reference = pool.get("processRef")
            if reference is not None and local(reference) not in processes:
                message = f"The pool refers to the process {reference}, which is not in the file."
                drawing.report(
                    "participant_process_unknown", pool.get("id"), pool.sourceline, message, ref=reference
                )
        for flow in children_of(collaboration, "messageFlow"):
            for end in ("sourceRef", "targetRef"):
                reference = flow.get(end)
                if reference is None or local(reference) not in drawing.ids:
                    message = f"The message flow has no {end} in the file."
                    drawing.report(
                        "message_flow_end_unknown", flow.get("id"), flow.sourceline, message, end=end
                    )


def _read_process(drawing: Drawing, process: Any) -> None:
    drawing.process_id = process.get("id") or ""
    drawing.process_name = process.get("name") or drawing.process_id
    drawing.process_line = process.sourceline
    drawing.documentation = _documentation(process)
    for name in _properties(drawing, process)[0]:
        message = f"The property {name} has no meaning on a process."
        drawing.report("property_unknown", drawing.process_id, process.sourceline, message, name=name)
    if not drawing.process_id:
        drawing.report("id_missing", "process", process.sourceline, "The process has no id.")
    _read_named(drawing, process.getparent())
    _read_level(drawing, process, None, 0)
    if len(drawing.nodes) > MAX_NODES or len(drawing.edges) > MAX_FLOWS:
        message = f"A process may have {MAX_NODES} elements and {MAX_FLOWS} flows at most."
        drawing.report("too_many_elements", drawing.process_id, process.sourceline, message, limit=MAX_NODES)


def _read_level(drawing: Drawing, level: Any, parent: str | None, depth: int) -> None:
    if depth > MAX_DEPTH:
        message = f"Sub-processes lie deeper than {MAX_DEPTH} in each other."
        drawing.report("nested_too_deep", parent, level.sourceline, message, limit=MAX_DEPTH)
        return
    for element in level:
        space, tag = split(element.tag)
        if space != BPMN:
            continue
        if tag in KINDS or tag in FOREIGN_NODES:
            node = _read_node(drawing, element, KINDS.get(tag, "foreign"), parent)
            if node is not None and node.kind == "sub_process":
                _read_level(drawing, element, node.id, depth + 1)
        elif tag == "sequenceFlow":
            _read_edge(drawing, element, parent)
        elif tag == "laneSet":
            _read_lanes(drawing, element)


def _read_node(drawing: Drawing, element: Any, kind: str, parent: str | None) -> Node | None:
    identifier = element.get("id")
    if not identifier:
        message = f"A {shown(element.tag)} has no id."
        drawing.report("id_missing", shown(element.tag), element.sourceline, message)
        return None
    node = Node(
        identifier,
        kind,
        element.get("name") or identifier,
        element.sourceline or 0,
        default=element.get("default"),
        documentation=_documentation(element),
        parent=parent,
    )
    for side in ("incoming", "outgoing"):
        node.listed[side] = [local(child.text or "") for child in children_of(element, side)]
    if kind != "foreign":
        node.properties, node.lines = _properties(drawing, element)
        node.trigger = read_trigger(drawing, element, node)
        node.repeat = read_repeat(drawing, element, node)
        node.called = element.get("calledElement") and local(element.get("calledElement"))
        if kind == "boundary_event":
            node.attached_to = local(element.get("attachedToRef") or "")
            node.interrupting = element.get("cancelActivity", "true") == "true"
    return drawing.nodes.setdefault(identifier, node)


def _read_named(drawing: Drawing, root: Any) -> None:
    for _, tag, counts in REFERENCES.values():
        for element in children_of(root, tag):
            drawing.named[element.get("id") or ""] = (tag, element.get(counts) or element.get("name") or "")


def _read_edge(drawing: Drawing, element: Any, parent: str | None) -> None:
    identifier = element.get("id")
    if not identifier:
        drawing.report("id_missing", "bpmn:sequenceFlow", element.sourceline, "A sequence flow has no id.")
        return
    condition, line = text_of(drawing, element, "conditionExpression", identifier)
    source, target = local(element.get("sourceRef") or ""), local(element.get("targetRef") or "")
    edge = Edge(identifier, source, target, element.get("name") or "", line, condition, parent)
    drawing.edges.setdefault(identifier, edge)


def _read_lanes(drawing: Drawing, lane_set: Any) -> None:
    for lane in children_of(lane_set, "lane"):
        identifier = lane.get("id") or ""
        members = [local(reference.text or "") for reference in children_of(lane, "flowNodeRef")]
        drawing.lanes.append(
            DrawnLane(identifier, lane.get("name") or identifier, lane.sourceline or 0, members)
        )


def _properties(drawing: Drawing, element: Any) -> tuple[dict[str, str], dict[str, int]]:
    """The extension properties of an element, and the line of each."""
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    for extension in children_of(element, "extensionElements"):
        for group in extension.iterchildren(f"{{{SPIFF}}}properties"):
            for item in group.iterchildren(f"{{{SPIFF}}}property"):
                name = item.get("name") or ""
                if name in found:
                    message = f"The property {name} is given twice."
                    drawing.report(
                        "property_duplicate", element.get("id"), item.sourceline, message, name=name
                    )
                found[name] = (item.get("value") or "").strip()
                lines[name] = item.sourceline or 0
    return found, lines


def _documentation(element: Any) -> str:
    return "\n".join((child.text or "").strip() for child in children_of(element, "documentation"))
