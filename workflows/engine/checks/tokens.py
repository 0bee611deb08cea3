"""Proof that joins work: no join can wait for ever, and no element is entered a second time while it is still busy.

The process is played as tokens on flows, every decision both ways (docs/lint.md).
First the parts that cannot matter are folded away: a well-nested model folds to a single flow and is proved by that;
only what is left is played through.
"""

from dataclasses import dataclass, field

from workflows.engine.drawing import Drawing
from workflows.engine.model import PRODUCING_KINDS

MAX_MARKINGS = 4_000


@dataclass
class _Arc:
    source: str
    target: str
    through: str  # a drawn element to name in a finding


@dataclass
class _Net:
    kinds: dict[str, str]  # choice | all | end | stop
    arcs: dict[int, _Arc]
    into: dict[str, set[int]] = field(default_factory=dict)
    out: dict[str, set[int]] = field(default_factory=dict)

    tasks: frozenset[str] = frozenset()

    def name(self, number: int) -> str:
        """The element to name for an arc: a task on it or before it if there is one."""
        arc = self.arcs[number]
        return arc.source if arc.through not in self.tasks and arc.source in self.tasks else arc.through

    def index(self) -> None:
        self.into = {node: set() for node in self.kinds}
        self.out = {node: set() for node in self.kinds}
        for number, arc in self.arcs.items():
            self.out[arc.source].add(number)
            self.into[arc.target].add(number)

    def drop_arc(self, number: int) -> None:
        arc = self.arcs.pop(number)
        self.out[arc.source].discard(number)
        self.into[arc.target].discard(number)

    def move(self, number: int, *, source: str | None = None, target: str | None = None) -> None:
        arc = self.arcs[number]
        if source is not None:
            self.out[arc.source].discard(number)
            self.out[source].add(number)
            arc.source = source
        if target is not None:
            self.into[arc.target].discard(number)
            self.into[target].add(number)
            arc.target = target

    def drop_node(self, node: str) -> None:
        del self.kinds[node], self.into[node], self.out[node]


def check_tokens(drawing: Drawing, *, fold: bool = True) -> None:
    """Report joins that may wait for ever and elements that may be entered twice at a time.

    Every decision is taken to be free: a model that is right only because two conditions never differ is refused.
    """
    net = _net(drawing)
    if fold:
        _fold(net)
    starts = [node for node, kind in net.kinds.items() if kind == "start"]
    for node in starts:
        _play(drawing, net, frozenset(net.out[node]))


def _net(drawing: Drawing) -> _Net:
    kinds = {"start_event": "start", "end_event": "end", "parallel_gateway": "all"}
    net = _Net(
        {n.id: "stop" if n.terminates else kinds.get(n.kind, "choice") for n in drawing.nodes.values()},
        {
            number: _Arc(edge.source, edge.target, edge.target)
            for number, edge in enumerate(drawing.edges.values())
        },
    )
    net.tasks = frozenset(node.id for node in drawing.nodes.values() if node.kind in PRODUCING_KINDS)
    net.index()
    return net


def _fold(net: _Net) -> None:
    work = list(net.kinds)
    while work:
        node = work.pop()
        if node in net.kinds and net.kinds[node] in {"choice", "all"}:
            work.extend(_fold_at(net, node))


def _fold_at(net: _Net, node: str) -> set[str]:
    """Fold what can be folded at one node; return the nodes to look at again."""
    kind = net.kinds[node]
    around = {net.arcs[n].source for n in net.into[node]} | {net.arcs[n].target for n in net.out[node]}
    # Two arcs between the same two nodes of one kind carry tokens together (all) or either way (choice).
    seen: set[str] = set()
    for number in sorted(net.out[node]):
        target = net.arcs[number].target
        if kind == "choice" and target == node:
            net.drop_arc(number)
            return around
        mergeable = net.kinds[target] == kind or (kind == "choice" and net.kinds[target] in {"end", "stop"})
        if mergeable and target in seen:
            net.drop_arc(number)
            return around
        seen.add(target)
    if len(net.into[node]) == 1 and len(net.out[node]) == 1:
        (inward,), (outward,) = net.into[node], net.out[node]
        if inward != outward:
            target = net.arcs[outward].target
            net.drop_arc(outward)
            net.move(inward, target=target)
            net.drop_node(node)
            return around
    for number in sorted(net.out[node]):
        target = net.arcs[number].target
        if target != node and net.kinds[target] == kind and 1 in (len(net.out[node]), len(net.into[target])):
            net.drop_arc(number)
            for moved in list(net.into[target]):
                net.move(moved, target=node)
            for moved in list(net.out[target]):
                net.move(moved, source=node)
            net.drop_node(target)
            return around | {node}
    return set()


def _play(drawing: Drawing, net: _Net, first: frozenset[int]) -> None:
    seen = {first}
    stack = [first]
    found: set[tuple[str, str]] = set()
    while stack and len(seen) <= MAX_MARKINGS:
        marking = stack.pop()
        following = _following(net, marking, found)
        if not following and marking:
            found.update(("join_never_fires", net.arcs[number].target) for number in marking)
        fresh = [other for other in following if other not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    if stack and not found:
        message = "The parallel parts are too tangled to prove that every join works; nest them."
        drawing.report("model_too_tangled", drawing.process_id, drawing.process_line, message)
    for rule, element in sorted(found):
        if rule == "join_never_fires":
            message = f"The join {element} can wait for ever: not all of its flows are sure to be taken."
        else:
            message = f"{element} can be entered a second time before it is left."
        drawing.report(rule, element, drawing.nodes[element].line, message)


def _following(net: _Net, marking: frozenset[int], found: set[tuple[str, str]]) -> list[frozenset[int]]:
    following = []
    for node in {net.arcs[number].target for number in marking}:
        kind = net.kinds[node]
        there = net.into[node] & marking
        if kind == "stop":
            following.append(frozenset[int]())
        elif kind == "end":
            following.extend(marking - {number} for number in there)
        elif kind == "all":
            if there == net.into[node]:
                following.append(_put(net, marking - there, net.out[node], found))
        else:
            following.extend(
                _put(net, marking - {one}, {way}, found) for one in there for way in net.out[node]
            )
    return following


def _put(net: _Net, rest: frozenset[int], new: set[int], found: set[tuple[str, str]]) -> frozenset[int]:
    for number in rest & new:
        found.add(("entered_twice", net.name(number)))
    return rest | new
