"""Which values an expression may read at an element, and which are surely there when it is reached."""

from collections.abc import Mapping

from workflows.engine.drawing import Drawing, Node
from workflows.engine.model import Definition, produces


def _scoped(node: Node) -> bool:
    """Do the elements within it write into a scope of their own, which is gone when it is done?"""
    return node.kind == "sub_process" and node.repeat is not None and node.repeat.mode != "loop"


def _scope_of(drawing: Drawing, parent: str | None) -> str | None:
    while parent is not None and not _scoped(drawing.nodes[parent]):
        parent = drawing.nodes[parent].parent
    return parent


def readable_at(
    drawing: Drawing, element: str, place: str, calls: Mapping[str, Definition]
) -> set[str] | None:
    """The names of the values that an expression may read: of its own scope, of those around it, and the run's item.

    ``element`` is the node or flow that holds the expression; ``place`` says which expression it is.
    None where nobody can say: what a called process gives back is its own affair until it is known.
    """
    known = drawing.nodes.get(element)
    parent = known.parent if known is not None else drawing.edges[element].parent
    scopes: set[str | None] = {None}
    items: set[str] = set()
    if known is not None and place.startswith(("output.", "result")) and _scoped(known):
        scopes.add(known.id)
    if known is not None and place.startswith(("input.", "output.", "result")):
        items.add(known.properties.get("item", ""))
    if known is not None and known.kind == "call_activity" and place.startswith("output."):
        called = calls.get(known.called or "")
        return None if called is None else set(called.written[""])
    while parent is not None:
        if _scoped(drawing.nodes[parent]):
            scopes.add(parent)
            items.add(drawing.nodes[parent].properties.get("item", ""))
        parent = drawing.nodes[parent].parent
    names = {
        node.id
        for node in drawing.nodes.values()
        if produces(node.kind, node.trigger) and _scope_of(drawing, node.parent) in scopes
    }
    return (names | items) - {""}


def done_before(drawing: Drawing) -> dict[str, frozenset[str]]:
    """For each element the tasks that are surely done when it is entered: all ways agree, a join adds its ways up."""
    everything = frozenset(drawing.nodes)
    before: dict[str, frozenset[str]] = dict.fromkeys(drawing.nodes, everything)
    incoming = {
        node: [e.source for e in drawing.incoming(node) if e.source in drawing.nodes]
        for node in drawing.nodes
    }
    ends = {
        level: [node.id for node in drawing.level(level) if node.kind == "end_event"]
        for level in drawing.levels()
        if level is not None
    }

    def after(source: str) -> frozenset[str]:
        """What is done when a token leaves an element. A sub-process adds what all its ends agree on."""
        done = before[source] | {source}
        if source in ends and ends[source] and not _scoped(drawing.nodes[source]):
            done |= frozenset.intersection(*(before[end] for end in ends[source]))
        return done

    changed = True
    while changed:
        changed = False
        for node in drawing.nodes.values():
            ways = [after(source) for source in incoming[node.id]]
            if node.attached_to in before:
                known = before[node.attached_to]
            elif node.kind == "start_event" and node.parent is not None:
                known = before[node.parent]
            elif not ways:
                known = frozenset[str]()
            elif node.kind == "parallel_gateway":
                known = frozenset.union(*ways)
            else:
                known = frozenset.intersection(*ways)
            if known != before[node.id]:
                before[node.id] = known
                changed = True
    return before
