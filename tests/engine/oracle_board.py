"""One level of the second token game: what lies on its flows, what is open on it, and how it moves (``oracle_levels.py``)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oracle_values import Scope, is_true, number_of
from sketches import Sketch, sketch, tag_of

if TYPE_CHECKING:
    from oracle_levels import Game

PASSED = {"startEvent", "endEvent", "manualTask", "sendTask", "intermediateThrowEvent", "boundaryEvent"}


@dataclass(eq=False)
class Active:
    """Something open: a task, an awaited event, an activity with a board of its own, one done several times, or a run."""

    node: str
    path: str
    board: "Board | None" = None
    runs: "list[Active]" = field(default_factory=list)
    total: int = 0
    begun: int = 0
    done: int = 0
    voters: list[str] = field(default_factory=list)
    votes: dict[str, str] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)


class Board:
    """One level: tokens on its flows and what is open."""

    def __init__(
        self, game: "Game", drawn: Sketch, level: str | None, prefix: str, scope: Scope,
        outer: "Board | None" = None, host: Active | None = None, path: str = "",
    ) -> None:  # fmt: skip
        self.game, self.drawn, self.level, self.prefix, self.scope = game, drawn, level, prefix, scope
        self.outer, self.host, self.path = outer, host, path
        self.tokens: Counter[int] = Counter()
        self.active: list[Active] = []
        self.nodes = drawn.of_level(level)
        self.leave(next(name for name in self.nodes if tag_of(name) == "startEvent"))

    # -- the drawing ----------------------------------------------------------------------------------------------------

    def into(self, name: str) -> list[int]:
        return self.drawn.into(name)

    def out(self, name: str) -> list[int]:
        return self.drawn.out(name)

    def borders(self, name: str) -> list[str]:
        return self.drawn.borders(name)

    def detail(self, name: str) -> list[str]:
        words = self.drawn.details.get(name, "").split()
        return words[2:] if words[:1] in (["on"], ["beside"]) else words

    def is_beside(self, event: str) -> bool:
        return self.drawn.details.get(event, "").startswith("beside")

    # -- moving ---------------------------------------------------------------------------------------------------------

    def leave(self, name: str, ways: list[int] | None = None) -> None:
        for number in self.out(name) if ways is None else ways:
            self.tokens[number] += 1

    def take(self, number: int) -> None:
        self.tokens[number] -= 1
        self.tokens += Counter()

    def empty(self) -> bool:
        return not self.tokens and not self.active

    def clear(self) -> None:
        self.tokens.clear()
        self.active.clear()

    def alive(self) -> bool:
        """Is the level still there, or was something around it cut off?"""
        if self.outer is None or self.host is None:
            return True
        boards = [self.host.board, *(run.board for run in self.host.runs)]
        return self in boards and self.host in self.outer.active and self.outer.alive()

    def decided(self, name: str) -> list[int]:
        """The flows that a deciding gateway takes."""
        out = self.out(name)
        if len(out) == 1:
            return out
        true = [n for n in out if is_true(self.drawn.flows[n][3], self.scope)]
        if tag_of(name) == "exclusiveGateway":
            true = true[:1]
        return true or [n for n in out if self.drawn.flows[n][2]]

    def move(self, *, joins: bool) -> bool:
        """Let one thing happen on this level or below; inclusive joins only when nothing else does."""
        for one in self.active:
            for run in [one, *one.runs]:
                if run.board is None:
                    continue
                if run.board.move(joins=joins):
                    return True
                if not joins and run.board.empty():
                    self.finish(one, run)
                    return True
        for name in self.nodes:
            there = [n for n in self.into(name) if self.tokens[n]]
            if there and self.pass_on(name, there, joins=joins):
                return True
        return False

    def pass_on(self, name: str, there: list[int], *, joins: bool) -> bool:
        tag = tag_of(name)
        if tag == "inclusiveGateway" and len(self.into(name)) > 1:
            if not joins or self.can_come(name, there):
                return False
            return self.merge(there, name)
        if joins:
            return False
        if tag == "parallelGateway":
            return len(there) == len(self.into(name)) and self.merge(there, name)
        self.take(there[0])
        self.visit(name, tag)
        return True

    def merge(self, there: list[int], name: str) -> bool:
        """Take one token from each flow and go on."""
        for number in there:
            self.take(number)
        self.leave(name, self.decided(name) if tag_of(name) == "inclusiveGateway" else None)
        return True

    def visit(self, name: str, tag: str) -> None:
        """A token comes to anything but a join."""
        if tag in {"exclusiveGateway", "inclusiveGateway"}:
            self.leave(name, self.decided(name))
        elif tag not in PASSED:
            self.open(name)
        elif name.startswith("stop"):
            self.clear()
        else:
            thrown = [] if tag == "boundaryEvent" else self.detail(name)  # an event that came is passed
            kind, *code = thrown or [""]
            if kind == "message":
                self.game.thrown[code[0]] += 1
            elif kind == "signal":
                self.game.signal(code[0])
            elif kind in {"error", "escalation"}:
                self.game.raise_to(self, kind, code[0])
            if self.alive():  # what it threw may have cut it off
                self.leave(name)

    # -- what is open ---------------------------------------------------------------------------------------------------

    def open(self, name: str) -> None:
        one = Active(name, f"{self.path}{self.prefix}{name}")
        self.active.append(one)
        self.scope.write(name, {})
        repeat = self.drawn.repeats.get(name, "").split()
        if name in self.game.modes:
            one.voters = list(self.game.voters)
        elif not repeat:
            self.begin(one, one, self.scope)
        elif repeat[0] == "loop":
            condition = self.drawn.repeats[name].partition(" while ")[2]
            if repeat[2:3] == ["before"] and not is_true(condition, self.scope):
                self.finish(one, one)
            else:
                self.start_run(one)
        else:
            one.total = number_of(repeat[1], self.scope)
            if not one.total:
                self.finish(one, one)
                return
            self.scope.write(name, {"nr_of_completed": 0})
            for _ in range(1 if self.in_order(name) else one.total):
                self.start_run(one)

    def in_order(self, name: str) -> bool:
        return " one by one" in self.drawn.repeats[name]

    def start_run(self, whole: Active) -> None:
        loops = self.drawn.repeats[whole.node].startswith("loop")
        run = Active(whole.node, f"{whole.path}/{self.prefix}{whole.node}#{0 if loops else whole.begun}")
        whole.begun += 1
        whole.runs.append(run)
        self.begin(run, whole, self.scope if loops else Scope(self.scope))

    def begin(self, one: Active, host: Active, scope: Scope) -> None:
        """Put what an activity holds onto a board of its own."""
        tag, path = tag_of(one.node), one.path + "/"
        if tag == "subProcess":
            for inner in self.drawn.all_within(one.node):
                scope.write(inner, {})
            one.board = Board(self.game, self.drawn, one.node, self.prefix, scope, self, host, path)
        elif tag == "callActivity":
            called = sketch(self.game.calls[self.detail(one.node)[1]])
            prefix = f"{self.prefix}{one.node}."
            one.board = Board(self.game, called, None, prefix, Scope(), self, host, path)

    def finish(self, whole: Active, one: Active) -> None:
        """Something open is done: all of it, or a run of it."""
        if one is whole:
            self.active.remove(whole)
            self.leave(whole.node)
            return
        whole.runs.remove(one)
        whole.done += 1
        repeat = self.drawn.repeats[whole.node]
        if repeat.startswith("loop"):
            condition = repeat.partition(" while ")[2]
            more = whole.begun < int(repeat.split()[1]) and (not condition or is_true(condition, self.scope))
            if more:
                self.scope.write(whole.node, {})
        else:
            self.scope.write(whole.node, {"nr_of_completed": whole.done})
            enough = is_true(repeat.partition(" until ")[2], self.scope)
            more = whole.done < whole.total and not enough
            if more and not self.in_order(whole.node):
                return
        if more:
            self.start_run(whole)
        else:
            self.finish(whole, whole)

    def can_come(self, name: str, there: list[int]) -> bool:
        """Is there a token from which an empty flow into the join can be reached, and none that has a token?"""
        starts = [self.drawn.flows[n][1] for n in self.tokens if n not in self.into(name)]
        starts += [one.node for one in self.active]
        for begin in starts:
            seen, found, stack = {begin}, set(), [begin]
            while stack:
                current = stack.pop()
                if current == name:
                    continue
                for number in self.out(current):
                    if self.drawn.flows[number][1] == name:
                        found.add(number)
                following = [self.drawn.flows[n][1] for n in self.out(current)] + self.borders(current)
                stack += [other for other in following if other not in seen]
                seen.update(following)
            if found and not found & set(there):
                return True
        return False

    # -- looking --------------------------------------------------------------------------------------------------------

    def walk(self) -> Iterator[tuple["Board", Active, Active]]:
        """Everything open, as its board, the whole and itself; runs after their whole."""
        for whole in self.active:
            for one in [whole, *whole.runs]:
                yield self, whole, one
                if one.board is not None:
                    yield from one.board.walk()

    def awaited(self, one: Active) -> list[str]:
        """The events that an open thing waits for, by element."""
        tag = tag_of(one.node)
        if tag == "eventBasedGateway":
            return [self.drawn.flows[n][1] for n in self.out(one.node)]
        own = [one.node] if tag in {"intermediateCatchEvent", "receiveTask"} else []
        return self.borders(one.node) + own

    def is_set(self, one: Active, event: str) -> bool:
        """May an event still happen? A timer beside an activity fires as often as it says."""
        kind, *text = self.detail(event)
        most = 1 if kind == "timer" else 0
        if kind == "cycle":
            most = int(text[0].partition("/")[0].removeprefix("R") or 0)
        return not (self.is_beside(event) and most and one.spent[event] >= most)
