"""The token game that proofs are played with: a part of a drawing as a net, and everything that can become of a marking."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

MAX_MARKINGS = 4_000
MAX_WAYS = 10


@dataclass
class Arc:
    """A way that a token takes from one node to another."""

    source: str
    target: str
    through: str  # a drawn element to name in a finding
    slow: bool = False  # something that waits was folded into it


@dataclass
class Net:
    """A part of a drawing as nodes that pass tokens on: see ``kinds``."""

    kinds: dict[str, str]  # choice | all | any | start | end | stop | last
    arcs: dict[int, Arc]
    into: dict[str, set[int]] = field(default_factory=dict)
    out: dict[str, set[int]] = field(default_factory=dict)

    tasks: frozenset[str] = frozenset()
    reached: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict)

    def is_slow(self, number: int) -> bool:
        """May a token rest on an arc, because something that waits is on it or is where it comes from?"""
        return self.arcs[number].slow or self.arcs[number].source in self.tasks

    def passed_now(self, marking: frozenset[int]) -> int | None:
        """The arc of a token that goes on before anybody does anything: at an end, or at a gateway that waits for nothing.

        One with no such token right before it goes first, so that two in a row do not meet.
        """
        quick = [n for n in sorted(marking) if not self.is_slow(n) and self._passes(self.arcs[n].target)]
        return next((n for n in quick if self.out[self.arcs[n].target].isdisjoint(quick)), None)

    def _passes(self, node: str) -> bool:
        if self.kinds[node] == "end":
            return True
        waits = self.kinds[node] != "choice" and len(self.into[node]) > 1
        plain = not any(self.arcs[number].slow for number in self.out[node])  # else something that waits is folded in
        return self.kinds[node] in {"choice", "all", "any"} and node not in self.tasks and plain and not waits

    def stops_now(self, marking: frozenset[int]) -> bool:
        """Is a token at a terminate end, or on its way there with nothing that waits before it?"""
        return any(self.kinds[self.arcs[n].target] == "stop" and not self.is_slow(n) for n in marking)

    def name(self, number: int) -> str:
        """The element to name for an arc: a task on it or before it if there is one."""
        arc = self.arcs[number]
        return arc.source if arc.through not in self.tasks and arc.source in self.tasks else arc.through

    def index(self) -> None:
        """Note which arcs lead into and out of each node."""
        self.into = {node: set() for node in self.kinds}
        self.out = {node: set() for node in self.kinds}
        for number, arc in self.arcs.items():
            self.out[arc.source].add(number)
            self.into[arc.target].add(number)

    def drop_arc(self, number: int) -> None:
        """Take an arc away."""
        arc = self.arcs.pop(number)
        self.out[arc.source].discard(number)
        self.into[arc.target].discard(number)

    def move(self, number: int, *, source: str | None = None, target: str | None = None) -> None:
        """Hang an end of an arc on another node."""
        arc = self.arcs[number]
        if source is not None:
            self.out[arc.source].discard(number)
            self.out[source].add(number)
            arc.source = source
        if target is not None:
            self.into[arc.target].discard(number)
            self.into[target].add(number)
            arc.target = target

    def reach(self, join: str) -> dict[str, frozenset[int]]:
        """For a join that is not folded any more: by node, the arcs into it that can be reached without passing it."""
        if join not in self.reached:
            found: dict[str, set[int]] = {}
            for number in self.into[join]:
                stack = [self.arcs[number].source]
                while stack:
                    node = stack.pop()
                    if node != join and number not in found.setdefault(node, set()):
                        found[node].add(number)
                        stack.extend(self.arcs[before].source for before in self.into[node])
            self.reached[join] = {node: frozenset(ways) for node, ways in found.items()}
        return self.reached[join]

    def drop_node(self, node: str) -> None:
        """Take a node away on which no arc hangs."""
        del self.kinds[node], self.into[node], self.out[node]


@dataclass(frozen=True)
class Verdict:
    """What playing found: (rule, node) for each fault; ``tangled`` when there is more to play than the bound allows.

    ``vanishes`` when a course comes to nothing by plain end events alone, without reaching a ``last`` node.
    """

    found: frozenset[tuple[str, str]]
    tangled: bool
    vanishes: bool = False


def play(net: Net, first: frozenset[int]) -> Verdict:
    """Play every course from a marking. A ``last`` node may be reached only when nothing else is left."""
    seen = {first}
    stack = [first]
    found: set[tuple[str, str]] = set()
    vanishes = False
    if any(len(net.out[node]) > MAX_WAYS for node, kind in net.kinds.items() if kind == "any"):
        return Verdict(frozenset(), tangled=True)
    while stack and len(seen) <= MAX_MARKINGS:
        marking = stack.pop()
        following = _following(net, marking, found)
        if not following and marking:
            found.update(
                ("join_never_fires", net.arcs[number].target)
                for number in marking
                if net.kinds[net.arcs[number].target] != "last"
            )
        ends = [number for number in marking if net.kinds[net.arcs[number].target] == "end"]
        vanishes = vanishes or (len(marking) == 1 and len(ends) == 1)
        fresh = [other for other in following if other not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return Verdict(frozenset(found), bool(stack) and not found, vanishes)


def _following(net: Net, marking: frozenset[int], found: set[tuple[str, str]]) -> list[frozenset[int]]:
    if net.stops_now(marking):
        return [frozenset()]  # a terminate end is passed before anybody can do anything
    first = net.passed_now(marking)
    if first is not None:
        return [_put(net, marking - {first}, ways, found) for ways in _choices(net, net.arcs[first].target)]
    following: list[frozenset[int]] = []
    for node in {net.arcs[number].target for number in marking}:
        there = net.into[node] & marking
        if net.kinds[node] == "last":
            if marking != there:
                found.add(("not_last", node))
        else:
            following.extend(_moved(net, node, there, marking, found))
    return following


def _moved(
    net: Net, node: str, there: set[int], marking: frozenset[int], found: set[tuple[str, str]]
) -> Iterator[frozenset[int]]:
    """What becomes of a marking by the tokens at one node."""
    kind = net.kinds[node]
    if kind == "stop":
        yield frozenset()
    elif kind == "end":
        yield from (marking - {number} for number in there)
    elif kind == "all":
        if there == net.into[node]:
            yield _put(net, marking - there, net.out[node], found)
    elif kind == "any":
        if not _can_come(net, node, there, marking):
            yield from (_put(net, marking - there, ways, found) for ways in _subsets(net.out[node]))
    else:
        yield from (_put(net, marking - {one}, {way}, found) for one in there for way in net.out[node])


def _choices(net: Net, node: str) -> Iterator[set[int]]:
    """By which arcs a token may leave a node that does not wait for others."""
    ways = net.out[node]
    if net.kinds[node] == "any":
        yield from _subsets(ways)
    elif net.kinds[node] == "choice":
        yield from ({way} for way in ways)
    else:
        yield ways


def _subsets(ways: set[int]) -> Iterator[set[int]]:
    """Every choice that an inclusive split may make."""
    for size in range(1, len(ways) + 1):
        yield from map(set, combinations(sorted(ways), size))


def _can_come(net: Net, join: str, there: set[int], marking: frozenset[int]) -> bool:
    """Can a token still come to an inclusive join by a flow that has none, and not by one that has? (ISO 19510)"""
    return any(
        (ways := net.reach(join).get(net.arcs[number].target, frozenset())) and not ways & there
        for number in marking - there
        if net.arcs[number].target != join
    )


def _put(net: Net, rest: frozenset[int], new: set[int], found: set[tuple[str, str]]) -> frozenset[int]:
    for number in rest & new:
        found.add(("entered_twice", net.name(number)))
    return rest | new
