"""Checks of how the elements hang together."""

from collections.abc import Callable, Iterable, Mapping

from workflows.engine.drawing import Drawing, Edge, Node
from workflows.engine.model import DECIDING_KINDS, WAITING_KINDS, Definition, Element


def check_flows(drawing: Drawing) -> None:
    """Every flow joins two drawn elements, once, and elements list the flows that are there."""
    pairs: dict[tuple[str, str], str] = {}
    for edge in drawing.edges.values():
        for side, reference in (("source", edge.source), ("target", edge.target)):
            if reference not in drawing.nodes:
                message = f"The {side} {reference[:64]!r} of the flow {edge.id} is not drawn."
                drawing.report("flow_end_unknown", edge.id, edge.line, message, side=side, ref=reference[:64])
        if any(
            reference in drawing.nodes and drawing.nodes[reference].parent != edge.parent
            for reference in (edge.source, edge.target)
        ):
            message = f"The flow {edge.id} crosses the border of a sub-process."
            drawing.report("flow_crosses_border", edge.id, edge.line, message)
        first = pairs.setdefault((edge.source, edge.target), edge.id)
        if first != edge.id:
            message = f"{first} and {edge.id} lead from {edge.source} to {edge.target}; draw one flow."
            drawing.report("flow_duplicated", edge.id, edge.line, message, first=first)
    for node in drawing.nodes.values():
        for side, actual in (
            ("incoming", drawing.incoming(node.id)),
            ("outgoing", drawing.outgoing(node.id)),
        ):
            there = {edge.id for edge in actual}
            for listed in node.listed[side]:
                if listed not in there:
                    message = f"{node.id} lists {listed[:64]!r} as {side}, but no such flow is there."
                    drawing.report(
                        "flow_reference_wrong", node.id, node.line, message, side=side, ref=listed[:64]
                    )


def check_shown(drawing: Drawing) -> None:
    """Where a file has a picture, it shows every step and every flow: nothing runs that the owner cannot see."""
    if not drawing.shown:
        return
    parts: list[Node | Edge] = [*drawing.nodes.values(), *drawing.edges.values()]
    for part in parts:
        if part.id not in drawing.shown:
            message = f"{part.id} is in the process but not in the picture; nobody would see that it runs."
            drawing.report("not_shown", part.id, part.line, message)


def check_ends(drawing: Drawing) -> None:
    """One start event, at least one end event on each level, nothing that ends nowhere or begins nowhere."""
    for level in drawing.levels():
        nodes = drawing.level(level)
        place, line = (
            (drawing.process_id, drawing.process_line)
            if level is None
            else (level, drawing.nodes[level].line)
        )
        starts = [node for node in nodes if node.kind == "start_event"]
        where = "" if level is None else f" in {level}"
        if not starts:
            drawing.report("start_event_missing", place, line, f"There is no start event{where}.")
        for second in starts[1:]:
            message = f"{second.id} is a second start event; draw one."
            drawing.report("start_event_second", second.id, second.line, message)
        if not any(node.kind == "end_event" for node in nodes):
            drawing.report("end_event_missing", place, line, f"There is no end event{where}.")
    for node in drawing.nodes.values():
        _check_degree(drawing, node, drawing.incoming(node.id), drawing.outgoing(node.id))


def _check_degree(drawing: Drawing, node: Node, incoming: list[Edge], outgoing: list[Edge]) -> None:
    if node.kind == "foreign":
        return
    if node.kind == "start_event" and incoming:
        drawing.report("flow_into_start", node.id, node.line, f"A flow leads into the start event {node.id}.")
    if node.kind == "end_event" and outgoing:
        drawing.report("flow_out_of_end", node.id, node.line, f"A flow leaves the end event {node.id}.")
    if node.kind == "boundary_event" and incoming:
        drawing.report(
            "flow_into_boundary", node.id, node.line, f"A flow leads into the boundary event {node.id}."
        )
    if node.kind not in {"start_event", "boundary_event"} and not incoming:
        drawing.report("no_incoming", node.id, node.line, f"No flow leads to {node.id}.")
    if node.kind != "end_event" and not outgoing:
        drawing.report(
            "no_outgoing", node.id, node.line, f"No flow leaves {node.id}; end it with an end event."
        )
    if not node.kind.endswith("_gateway") and len(outgoing) > 1:
        message = f"{len(outgoing)} flows leave {node.id}; draw the gateway that decides or splits."
        drawing.report("several_flows_out", node.id, node.line, message, count=len(outgoing))


def check_reach(drawing: Drawing, calls: Mapping[str, Definition]) -> None:
    """Everything is reachable from the start, reaches an end, and no circle runs without a task that waits."""
    nodes = drawing.nodes
    after = _neighbours(drawing, lambda edge: (edge.source, edge.target))
    before = _neighbours(drawing, lambda edge: (edge.target, edge.source))
    for node in nodes.values():
        if node.attached_to is not None:
            after[node.attached_to].append(node.id)
            before[node.id].append(node.attached_to)
    reached = _closure((n.id for n in nodes.values() if n.kind == "start_event"), after)
    ending = _closure((n.id for n in nodes.values() if n.kind == "end_event"), before)
    for node in nodes.values():
        if node.kind == "foreign" or not (
            drawing.incoming(node.id) or node.kind in {"start_event", "boundary_event"}
        ):
            continue
        if node.id not in reached:
            drawing.report(
                "not_reachable", node.id, node.line, f"{node.id} cannot be reached from the start."
            )
        if node.id not in ending and drawing.outgoing(node.id):
            drawing.report(
                "no_way_to_end", node.id, node.line, f"From {node.id} no end event can be reached."
            )
    for targets in after.values():  # a condition that is true already cuts its activity off at once
        targets += [one.id for target in targets for one in drawing.boundaries(target) if _is_condition(one)]
    quick = _quick(drawing, after, calls)
    circle = _circle({node: [target for target in after[node] if target in quick] for node in quick})
    if circle is not None:
        message = f"A circle through {circle} holds no task that waits; it would run for ever."
        drawing.report("loop_without_wait", circle, nodes[circle].line, message)


def _quick(drawing: Drawing, after: Mapping[str, list[str]], calls: Mapping[str, Definition]) -> set[str]:
    """What a token may pass without waiting. A sub-process is such a one when a way through it is."""
    quick: set[str] = set()
    for node in reversed(drawing.nodes.values()):  # what lies in a sub-process stands behind it
        if node.kind != "foreign" and _is_quick(drawing, node, after, calls, quick):
            quick.add(node.id)
    return quick


def _is_quick(
    drawing: Drawing, node: Node, after: Mapping[str, list[str]], calls: Mapping[str, Definition], quick: set[str]
) -> bool:
    if node.repeat is not None and (node.repeat.mode != "loop" or node.repeat.before):
        return True  # the list may be empty, the first answer no
    if node.kind == "sub_process":
        inner = {one.id for one in drawing.level(node.id)}
        ways = {one: [target for target in after[one] if target in quick & inner] for one in inner}
        start = [one.id for one in drawing.level(node.id) if one.kind == "start_event"]
        ends = {one.id for one in drawing.level(node.id) if one.kind == "end_event"}
        return bool(_closure(start, ways) & ends)
    if node.kind == "call_activity":
        called = calls.get(node.called or "")
        return called is None or can_rush(called)
    if node.kind == "event_gateway":
        return any(_is_condition(drawing.nodes[target]) for target in after[node.id] if target in drawing.nodes)
    return node.kind not in WAITING_KINDS or _is_condition(node)


def _is_condition(node: Node | Element) -> bool:
    """Does it wait for a condition, which may be true already?"""
    return node.trigger is not None and node.trigger.type == "conditional"


def can_rush(definition: Definition) -> bool:
    """May a called process be passed without waiting? Only plainly if a task surely waits on its way, else yes."""
    start = definition.starts[""]
    reached, stack = {start}, [start]
    while stack:
        element = definition.elements[stack.pop()]
        if element.kind == "end_event":
            return True
        following = [definition.flows[flow].target for flow in element.outgoing]
        borders = definition.boundaries.get(element.id, ())
        rushed = [one for one in [*following, *borders] if _is_condition(definition.elements[one])]
        if (
            element.kind in WAITING_KINDS
            and element.repeat is None
            and element.kind not in {"sub_process", "call_activity"}
            and not _is_condition(element)
        ):
            following = rushed if element.kind == "event_gateway" else [one for one in rushed if one in borders]
        else:
            following += borders
        for target in following:
            if target not in reached:
                reached.add(target)
                stack.append(target)
    return False


def _neighbours(drawing: Drawing, ends: Callable[[Edge], tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {node: [] for node in drawing.nodes}
    for edge in drawing.edges.values():
        first, second = ends(edge)
        if first in found and second in found:
            found[first].append(second)
    return found


def _closure(seeds: Iterable[str], neighbours: dict[str, list[str]]) -> set[str]:
    reached = set(seeds)
    stack = list(reached)
    while stack:
        for other in neighbours[stack.pop()]:
            if other not in reached:
                reached.add(other)
                stack.append(other)
    return reached


def _circle(neighbours: dict[str, list[str]]) -> str | None:
    """An element on a circle, the first in the order of names; None where there is no circle (Kahn)."""
    waiting = dict.fromkeys(neighbours, 0)
    for targets in neighbours.values():
        for target in targets:
            waiting[target] += 1
    free = [node for node, count in waiting.items() if not count]
    while free:
        node = free.pop()
        del waiting[node]
        for target in neighbours[node]:
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    # What is left lies on a circle or behind one; walk back until an element comes twice.
    if not waiting:
        return None
    before = {node: other for other in sorted(waiting) for node in neighbours[other] if node in waiting}
    walked = [min(waiting)]
    while before[walked[-1]] not in walked:
        walked.append(before[walked[-1]])
    return min(walked[walked.index(before[walked[-1]]) :])


def check_gateways(drawing: Drawing) -> None:
    """Conditions stand on flows that leave a splitting gateway which decides, and it always has a way out."""
    for node in drawing.nodes.values():
        outgoing = drawing.outgoing(node.id)
        if node.kind in DECIDING_KINDS:
            _check_deciding(drawing, node, outgoing)
            continue
        for edge in outgoing:
            if edge.condition is not None and node.kind != "foreign":
                message = f"The condition of {edge.id} leaves {node.id}, which is no gateway that decides; nobody reads it."
                drawing.report("condition_not_on_gateway", edge.id, edge.line, message, source=node.id)


def _check_deciding(drawing: Drawing, node: Node, outgoing: list[Edge]) -> None:
    ids = {edge.id for edge in outgoing}
    if node.default is not None and node.default not in ids:
        message = f"The default {node.default[:64]} of {node.id} does not leave it."
        drawing.report("default_unknown", node.id, node.line, message, default=node.default[:64])
    certain = False
    for edge in outgoing:
        is_default = edge.id == node.default
        if is_default and edge.condition is not None:
            message = (
                f"{edge.id} is the default of {node.id} and has a condition; it can have only one of both."
            )
            drawing.report("condition_on_default", edge.id, edge.line, message)
        exclusive = node.kind == "exclusive_gateway"
        if not is_default and edge.condition is None and len(outgoing) > 1 and exclusive:
            message = f"{edge.id} leaves {node.id} without a condition and is not its default."
            drawing.report("condition_missing", edge.id, edge.line, message, gateway=node.id)
        if edge.condition == "":
            drawing.report("condition_empty", edge.id, edge.line, f"The condition of {edge.id} is empty.")
        certain = certain or is_default or edge.condition is None or edge.condition == "true"
    if outgoing and not certain:
        message = f"{node.id} has no default flow: where no condition is true, nobody knows the way."
        drawing.report("gateway_without_default", node.id, node.line, message)
