"""Everything that can become of a small drawing of gateways and tasks, every decision both ways. It knows nothing of the engine.

What moves by itself moves before anybody completes a task; inclusive joins fire when nothing else does.
"""

from collections.abc import Iterator
from itertools import combinations

from sketches import Sketch, sketch, tag_of

Marking = tuple[int, ...]  # by flow the number of tokens on it
HANGS, DOUBLES = "join_never_fires", "entered_twice"
MOST = 800


class TooMany(Exception):
    """There is more to play than a test should wait for."""


def faults(lines: str) -> set[str]:
    """Which of the two happen on some course: a token waits for ever, or comes where one still is."""
    drawn = sketch(lines)
    first = tuple(int(source == "start") for source, _, _, _ in drawn.flows)
    seen, stack, found = {first}, [first], set[str]()
    while stack:
        marking = stack.pop()
        if any(count > 1 and rests(drawn, number) for number, count in enumerate(marking)):
            found.add(DOUBLES)
            continue
        busy = [name for name in drawn.nodes if tag_of(name) == "userTask" and count_at(drawn, marking, name)]
        if any(count_at(drawn, marking, name) > 1 for name in busy):
            found.add(DOUBLES)
            continue
        after = next(filter(None, (list(moved) for moved in moves(drawn, marking))), [])
        if not after and not busy and any(marking):
            found.add(HANGS)
        after = after or [move for name in busy for move in pass_through(drawn, marking, name)]
        fresh = set(after) - seen
        seen |= fresh
        stack.extend(fresh)
        if len(seen) > MOST:
            raise TooMany
    return found


def rests(drawn: Sketch, number: int) -> bool:
    """May a token stay on a flow: at a task or before a join?"""
    target = drawn.flows[number][1]
    tag = tag_of(target)
    return tag == "userTask" or (tag in {"parallelGateway", "inclusiveGateway"} and len(drawn.into(target)) > 1)


def count_at(drawn: Sketch, marking: Marking, name: str) -> int:
    return sum(marking[number] for number in drawn.into(name))


def moves(drawn: Sketch, marking: Marking) -> Iterator[Iterator[Marking]]:
    """What moves by itself, the inclusive joins last."""
    joins = []
    for name in drawn.nodes:
        tag = tag_of(name)
        there = [number for number in drawn.into(name) if marking[number]]
        if not there or tag == "userTask":
            continue
        if tag == "inclusiveGateway" and len(drawn.into(name)) > 1:
            joins.append(name)
        elif tag != "parallelGateway" or len(there) == len(drawn.into(name)):
            yield pass_through(drawn, marking, name)
    for name in joins:
        if not can_come(drawn, marking, name):
            yield pass_through(drawn, marking, name)


def pass_through(drawn: Sketch, marking: Marking, name: str) -> Iterator[Marking]:
    """A token goes through a node, in every way it can."""
    tag, out = tag_of(name), drawn.out(name)
    there = [number for number in drawn.into(name) if marking[number]]
    if name.startswith("stop"):
        yield (0,) * len(marking)
        return
    ways: list[tuple[int, ...]] = [tuple(out)]
    if tag == "exclusiveGateway":
        ways = [(one,) for one in out]
    elif tag == "inclusiveGateway":
        ways = [some for size in range(1, len(out) + 1) for some in combinations(out, size)]
    taken = there if tag in {"parallelGateway", "inclusiveGateway"} else there[:1]
    for way in ways:
        after = list(marking)
        for number in taken:
            after[number] -= 1
        for number in way:
            after[number] += 1
        yield tuple(after)


def can_come(drawn: Sketch, marking: Marking, join: str) -> bool:
    """Is there a token that can reach a flow into the join that has none, and none that has one? (ISO 19510, 13.4.3)"""
    full = {number for number in drawn.into(join) if marking[number]}
    for number, count in enumerate(marking):
        if not count or drawn.flows[number][1] == join:
            continue
        reached, seen, stack = set[int](), {drawn.flows[number][1]}, [drawn.flows[number][1]]
        while stack:
            for way in drawn.out(stack.pop()):
                target = drawn.flows[way][1]
                if target == join:
                    reached.add(way)
                elif target not in seen:
                    seen.add(target)
                    stack.append(target)
        if reached and not reached & full:
            return True
    return False
