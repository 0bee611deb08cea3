"""Proof that joins work: no join can wait for ever, and no element is entered a second time while it is still busy.

The process is played as tokens on flows, every decision both ways (docs/lint.md).
First the parts that cannot matter are folded away: a well-nested model folds to a single flow and is proved by that;
only what is left is played through.
"""

from workflows.engine.checks.game import Arc, Net, Verdict, play
from workflows.engine.drawing import Drawing, Node
from workflows.engine.model import WAITING_KINDS


def check_tokens(drawing: Drawing, *, fold: bool = True) -> None:
    """Report joins that may wait for ever and elements that may be entered twice at a time.

    Each level is proved by itself, and so is each path beside an activity.
    Every decision is taken to be free: a model that is right only because two conditions never differ is refused.
    """
    for level in drawing.levels():
        net = _net(drawing, level)
        if fold:
            fold_away(net)
        starts = [node for node, kind in net.kinds.items() if kind == "start"]
        for node in starts:
            verdict = play(net, frozenset(net.out[node]))
            if verdict.found and fold and "any" in net.kinds.values():
                verdict = _look_again(drawing, level, node, verdict)
            _report(drawing, verdict)


def _look_again(drawing: Drawing, level: str | None, start: str, verdict: Verdict) -> Verdict:
    """Folding decides a choice before the task that it follows is done, so an inclusive join may fire too early in it.

    What it finds beside such a join counts only if playing the drawing as it is finds it too, or cannot tell.
    """
    net = _net(drawing, level)
    plain = play(net, frozenset(net.out[start]))
    return verdict if plain.tangled else plain


_KINDS = {
    "start_event": "start", "end_event": "end", "parallel_gateway": "all", "inclusive_gateway": "any",
}  # fmt: skip


def _net(drawing: Drawing, level: str | None) -> Net:
    nodes = drawing.level(level)
    pairs = [(edge.source, edge.target) for edge in drawing.edges.values() if edge.parent == level]
    pairs += [(node.attached_to, node.id) for node in nodes if node.attached_to and node.interrupting]
    net = Net(
        {node.id: _kind(drawing, node) for node in nodes},
        {number: Arc(source, target, target) for number, (source, target) in enumerate(pairs)},
    )
    net.tasks = frozenset(
        node.id
        for node in nodes
        if node.kind in WAITING_KINDS or node.kind in {"business_rule_task", "script_task"}
    )
    net.index()
    return net


def _kind(drawing: Drawing, node: Node) -> str:
    if node.terminates:
        return "stop"
    return "start" if drawing.is_side(node) else _KINDS.get(node.kind, "choice")


def fold_away(net: Net) -> None:
    """Fold what cannot matter: elements in a row, choices and parallel parts that meet again, loops around one element."""
    work = list(net.kinds)
    while work:
        node = work.pop()
        if node in net.kinds and net.kinds[node] in {"choice", "all", "any"}:
            work.extend(_fold_at(net, node))


def _fold_at(net: Net, node: str) -> set[str]:
    """Fold what can be folded at one node; return the nodes to look at again."""
    kind = net.kinds[node]
    around = {net.arcs[n].source for n in net.into[node]} | {net.arcs[n].target for n in net.out[node]}
    # Two arcs between the same two nodes of one kind carry tokens together (all) or either way (choice).
    seen: dict[str, int] = {}
    for number in sorted(net.out[node]):
        target = net.arcs[number].target
        if kind == "choice" and target == node:
            net.drop_arc(number)
            return around
        mergeable = net.kinds[target] == kind or (kind == "choice" and net.kinds[target] in {"end", "stop"})
        if mergeable and target in seen:
            net.arcs[seen[target]].slow |= net.arcs[number].slow
            net.drop_arc(number)
            return around
        seen[target] = number
    if len(net.into[node]) == 1 and len(net.out[node]) == 1:
        (inward,), (outward,) = net.into[node], net.out[node]
        if inward != outward:
            target = net.arcs[outward].target
            net.arcs[inward].slow |= net.arcs[outward].slow or node in net.tasks
            net.drop_arc(outward)
            net.move(inward, target=target)
            net.drop_node(node)
            return around
    for number in sorted(net.out[node]):
        target = net.arcs[number].target
        if target != node and net.kinds[target] == kind and 1 in (len(net.out[node]), len(net.into[target])):
            slow = net.arcs[number].slow or not net.tasks.isdisjoint((node, target))
            net.drop_arc(number)
            for moved in list(net.into[target]):
                net.move(moved, target=node)
            for moved in list(net.out[target]):
                net.arcs[moved].slow |= slow
                net.move(moved, source=node)
            net.drop_node(target)
            return around | {node}
    return set()


def _report(drawing: Drawing, verdict: Verdict) -> None:
    if verdict.tangled:
        message = "The parallel parts are too tangled to prove that every join works; nest them."
        drawing.report("model_too_tangled", drawing.process_id, drawing.process_line, message)
    for rule, element in sorted(verdict.found):
        if rule == "join_never_fires":
            message = f"The join {element} can wait for ever: not all of its flows are sure to be taken."
        else:
            message = f"{element} can be entered a second time before it is left."
        drawing.report(rule, element, drawing.nodes[element].line, message)
