"""Checks of events: what each kind may wait for or throw, what boundary events sit on, and paths beside an activity."""

from workflows.engine.drawing import Drawing, Node
from workflows.engine.model import ACTIVITY_KINDS
from workflows.engine.timer_texts import is_bare_timer, trouble_of_timer

# By kind of event what it may be drawn with; "" is nothing.
ALLOWED = {
    "start_event": {""},
    "end_event": {"", "terminate", "error", "escalation", "message"},
    "throw_event": {"", "message", "signal", "escalation"},
    "catch_event": {"timer", "message", "signal", "conditional"},
    "boundary_event": {"timer", "message", "signal", "conditional", "error", "escalation"},
    "send_task": {"message"},
    "receive_task": {"message"},
}
NAMED = frozenset({"message", "signal"})
ALWAYS_CUTS = frozenset({"error", "conditional"})


def check_events(drawing: Drawing) -> None:
    """Report events that nobody could follow."""
    for node in drawing.nodes.values():
        if node.kind in ALLOWED:
            _check_trigger(drawing, node)
        if node.kind == "boundary_event":
            _check_boundary(drawing, node)
        if node.kind == "event_gateway":
            _check_event_gateway(drawing, node)
        if drawing.is_side(node):
            _check_side(drawing, node)


def _check_trigger(drawing: Drawing, node: Node) -> None:
    kind = node.trigger.type if node.trigger else ""
    if kind not in ALLOWED[node.kind]:
        message = f"{node.id} is a {node.kind} {'with ' + kind if kind else 'without an event definition'}; nothing would happen."
        drawing.report("event_wrong", node.id, node.line, message, kind=kind)
        return
    trigger = node.trigger
    if trigger is None:
        return
    if kind in NAMED and not trigger.name:
        message = f"{node.id} does not say which {kind}; refer to one that has a name."
        drawing.report("event_reference_missing", node.id, node.line, message, kind=kind)
    if kind in {"error", "escalation"} and not trigger.name and node.kind != "boundary_event":
        message = f"{node.id} throws no {kind} by name; refer to one that has a code."
        drawing.report("event_reference_missing", node.id, node.line, message, kind=kind)
    if kind == "conditional" and not trigger.text:
        drawing.report("condition_empty", node.id, trigger.line, f"The condition of {node.id} is empty.")
    repeats = node.kind == "boundary_event" and not node.interrupting
    if kind == "timer" and trigger.form == "cycle" and not repeats:
        message = f"The timer of {node.id} repeats, but it can fire once only; draw timeDuration."
        drawing.report("timer_wrong", node.id, trigger.line, message)
    if kind == "timer" and is_bare_timer("cycle", trigger.text) and trigger.form != "cycle":
        message = f"The timer of {node.id} repeats; that is a timeCycle."
        drawing.report("timer_wrong", node.id, trigger.line, message)
    working = node.properties.get("days") == "working"
    if kind == "timer" and is_bare_timer(trigger.form, trigger.text):
        trouble = trouble_of_timer(trigger.form, trigger.text, working=working)
        if trouble is not None:
            message = f"The timer {trigger.text[:40]!r} of {node.id} cannot be set: {trouble}."
            drawing.report("timer_wrong", node.id, trigger.line, message)
    _check_given(drawing, node, kind)


def _check_given(drawing: Drawing, node: Node, kind: str) -> None:
    days = node.properties.get("days")
    counts = kind == "timer" and node.trigger is not None and node.trigger.form != "date"
    if days is not None and (not counts or days not in {"working", "calendar"}):
        message = f"days={days[:20]!r} of {node.id} has no meaning: days of a duration or cycle are working or calendar days."
        drawing.report("property_wrong", node.id, node.line, message, name="days")
    talks = kind == "message" and node.kind not in {"start_event"}
    if "correlation" in node.properties and not talks:
        message = f"correlation has a meaning on messages only, and {node.id} has none."
        drawing.report("property_wrong", node.id, node.line, message, name="correlation")
    given = [name for name in node.properties if name.startswith("input.")]
    if given and not (kind == "message" and node.kind in {"throw_event", "end_event", "send_task"}):
        message = f"{given[0][:64]} of {node.id} is sent nowhere: only a message takes values along."
        drawing.report("property_wrong", node.id, node.line, message, name=given[0][:64])


def _check_boundary(drawing: Drawing, node: Node) -> None:
    host = drawing.nodes.get(node.attached_to or "")
    if host is None or host.parent != node.parent or host.kind not in ACTIVITY_KINDS:
        message = (
            f"{node.id} is not attached to a task that waits, a sub-process or a call activity beside it."
        )
        drawing.report("boundary_host_wrong", node.id, node.line, message, host=(node.attached_to or "")[:64])
        return
    kind = node.trigger.type if node.trigger else ""
    if kind in ALWAYS_CUTS and not node.interrupting:
        message = f"{node.id} does not cut its activity off, but its event always does."
        drawing.report("boundary_not_interrupting", node.id, node.line, message, kind=kind)
    if kind in {"error", "escalation"}:
        name = node.trigger.name if node.trigger else ""
        for other in drawing.boundaries(host.id):
            trigger = other.trigger
            same = trigger is not None and trigger.type == kind and trigger.name in {"", name}
            if same and other.line < node.line:
                message = f"{other.id} on {host.id} catches what {node.id} is drawn for."
                drawing.report("boundary_never_reached", node.id, node.line, message, other=other.id)
    if kind == "escalation" and host.kind not in {"sub_process", "call_activity"}:
        message = f"Nothing within {host.id} could throw the escalation of {node.id}."
        drawing.report("boundary_never_reached", node.id, node.line, message, other=host.id)


def _check_event_gateway(drawing: Drawing, node: Node) -> None:
    for edge in drawing.outgoing(node.id):
        target = drawing.nodes.get(edge.target)
        if target is None or target.kind == "foreign":
            continue
        alone = len(drawing.incoming(edge.target)) == 1
        plain = target.kind in {"catch_event", "receive_task"} and not drawing.boundaries(target.id)
        if not (alone and plain):
            message = f"{node.id} leads to {target.id}, which is no event that only this gateway awaits."
            drawing.report("event_gateway_target", target.id, target.line, message, gateway=node.id)


def _check_side(drawing: Drawing, node: Node) -> None:
    """A path beside an activity may run several times at once, so it stays apart and holds no joins."""
    beside, stack = {node.id}, [node.id]
    while stack:
        current = stack.pop()
        following = [edge.target for edge in drawing.outgoing(current)]
        following += [one.id for one in drawing.boundaries(current)]
        for target in following:
            if target in drawing.nodes and target not in beside:
                beside.add(target)
                stack.append(target)
    for one in sorted(beside - {node.id}):
        current_node = drawing.nodes[one]
        entered = {edge.source for edge in drawing.incoming(one)}
        if entered - beside:
            message = f"{one} is reached from {node.id}, beside an activity that goes on, and from elsewhere; keep them apart."
            drawing.report("side_path_not_apart", one, current_node.line, message, boundary=node.id)
        if current_node.kind in {"parallel_gateway", "inclusive_gateway"} and len(entered) > 1:
            message = f"The join {one} lies on the path of {node.id}, which may run several times at once."
            drawing.report("side_path_join", one, current_node.line, message, boundary=node.id)
