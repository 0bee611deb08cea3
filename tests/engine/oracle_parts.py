"""Which part of a level a return cancels, and what is surely done before a place in it: found by trying everything."""

from collections.abc import Mapping

from oracle_board import Board
from sketches import tag_of


def following_of(board: Board) -> dict[str, set[str]]:
    """By node what comes after it: along its flows, and by its boundary events."""
    return {
        name: {board.drawn.flows[n][1] for n in board.out(name)} | set(board.borders(name))
        for name in board.nodes
    }


def reached(names: set[str], after: Mapping[str, set[str]]) -> set[str]:
    """The nodes and all that follows them."""
    found = set(names)
    while more := {following for name in found for following in after[name]} - found:
        found |= more
    return found


def surely_before(board: Board, after: Mapping[str, set[str]], target: str) -> set[str]:
    """The nodes without which the target cannot be reached."""
    begin = next(name for name in board.nodes if tag_of(name) == "startEvent")
    found = set()
    for without in set(board.nodes) - {target}:
        seen = {begin} - {without}
        stack = list(seen)
        while stack:
            fresh = after[stack.pop()] - seen - {without}
            seen |= fresh
            stack.extend(fresh)
        if target not in seen:
            found.add(without)
    return found


def smallest(board: Board, after: Mapping[str, set[str]], *wanted: str) -> set[str]:
    """The smallest set of nodes with one entry and one exit around the wanted ones, by brute force."""
    best: set[str] | None = None
    # What runs beside an activity stays apart from the rest: it is no way out.
    beside = reached({name for name in board.nodes if board.is_beside(name)}, after)
    for entry in board.nodes:
        for leave in [name for name in board.nodes if name not in beside]:
            part, stack = {entry}, [entry]
            while stack:
                name = stack.pop()
                for following in after[name] if name != leave else ():
                    if following not in part:
                        part.add(following)
                        stack.append(following)
            entered = {t for name in board.nodes if name not in part for t in after[name] & part}
            part |= reached({b for name in part for b in board.borders(name) if board.is_beside(b)}, after)
            fits = leave in part and set(wanted) <= part and entered <= {entry}
            if fits and (best is None or len(part) < len(best)):
                best = part
    assert best is not None
    return best
