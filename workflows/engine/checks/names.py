"""Checks of ids, lanes and extension properties."""

import re
from collections.abc import Iterator

from workflows.engine.drawing import Drawing, Node
from workflows.engine.vocabulary import PROPERTIES

MAX_ID = 64
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Names that SpiffWorkflow gives to tasks of its own, and words of the expression language.
RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
WORDS = frozenset({
    "and", "or", "not", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between",
    "instance", "of", "true", "false", "null", "function", "external", "item", "facts", "input", "partial",
})  # fmt: skip


def check_names(drawing: Drawing) -> None:
    """Ids must be names that an expression can read: ``task-1.outcome`` would be a subtraction."""
    for node in drawing.nodes.values():
        _check_name(drawing, node.id, node.line)
    for lane in drawing.lanes:
        _check_name(drawing, lane.id, lane.line)
    named = {node.id: node.line for node in drawing.nodes.values()}
    named |= {lane.id: lane.line for lane in drawing.lanes}
    named |= {edge.id: edge.line for edge in drawing.edges.values()}
    for identifier, line in named.items():
        if len(identifier) > MAX_ID:
            message = f"The id {identifier[:20]}… has more than {MAX_ID} characters."
            drawing.report("id_too_long", identifier, line, message, limit=MAX_ID)


def _check_name(drawing: Drawing, identifier: str, line: int) -> None:
    if not NAME.fullmatch(identifier):
        message = f"The id {identifier!r} is no name: use letters, digits and _, and begin with a letter."
        drawing.report("id_not_a_name", identifier, line, message)
    elif identifier in RESERVED or identifier in WORDS:
        drawing.report(
            "id_reserved", identifier, line, f"The id {identifier} has a meaning of its own; choose another."
        )


def check_lanes(drawing: Drawing, *, alone: bool) -> None:
    """Every user task lies in exactly one lane. A file ``alone`` may draw a process without any lanes."""
    seen: dict[str, str] = {}
    for lane in drawing.lanes:
        for member in lane.members:
            if member not in drawing.nodes:
                message = f"The lane {lane.id} holds {member[:64]}, which the process does not draw."
                drawing.report("lane_member_unknown", lane.id, lane.line, message, member=member[:64])
            elif member in seen:
                message = f"{member} lies in the lanes {seen[member]} and {lane.id}."
                drawing.report("lane_twice", member, drawing.nodes[member].line, message)
            seen.setdefault(member, lane.id)
    if alone and not drawing.lanes:
        return
    for node in drawing.nodes.values():
        if node.kind == "user_task" and not any(one in seen for one in _around(drawing, node.id)):
            message = f"The user task {node.id} lies in no lane, so nobody could do it."
            drawing.report("user_task_without_lane", node.id, node.line, message)


def _around(drawing: Drawing, node_id: str | None) -> Iterator[str]:
    """An element and the sub-processes that hold it: a lane need name the outermost only."""
    while node_id is not None:
        yield node_id
        node_id = drawing.nodes[node_id].parent


def check_properties(drawing: Drawing, *, alone: bool) -> None:
    """Tasks name their form, handler or decision. A file ``alone`` is not asked for what only a package has."""
    for node in drawing.nodes.values():
        allowed = PROPERTIES.get(node.kind, frozenset())
        if node.kind == "foreign":
            continue
        for name in node.properties:
            stem = next((head for head in ("input.", "output.") if name.startswith(head)), name)
            if stem not in allowed:
                message = f"The property {name[:64]} has no meaning on this {node.kind}."
                drawing.report("property_unknown", node.id, node.line, message, name=name[:64])
            elif stem.endswith(".") and not NAME.fullmatch(name.removeprefix(stem)):
                message = f"{name[:64]} does not name an {stem[:-1]}."
                drawing.report("property_wrong", node.id, node.line, message, name=name[:64])
        _check_required(drawing, node, alone=alone)


def _check_required(drawing: Drawing, node: Node, *, alone: bool) -> None:
    for kind, name, rule in (
        ("user_task", "form", "user_task_without_form"),
        ("service_task", "handler", "service_task_without_handler"),
        ("business_rule_task", "decision", "business_rule_without_decision"),
        ("script_task", "function", "script_task_without_function"),
    ):
        if (
            node.kind == kind
            and not node.properties.get(name)
            and not (alone and name not in node.properties and kind != "script_task")
        ):
            drawing.report(rule, node.id, node.line, f"{node.id} does not name its {name}.")
    if node.kind == "business_rule_task" and ("each" in node.properties) != ("item" in node.properties):
        message = f"{node.id} needs both properties, each and item, or neither."
        drawing.report("property_wrong", node.id, node.line, message, name="each")
    item = node.properties.get("item")
    if item is not None and (not NAME.fullmatch(item) or item in WORDS - {"item"} or item in drawing.nodes):
        drawing.report(
            "property_wrong", node.id, node.line, f"item={item[:64]!r} is no free name.", name="item"
        )
