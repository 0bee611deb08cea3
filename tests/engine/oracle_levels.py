"""A second token game, for everything: levels, events, several signers, returns. It knows nothing of the engine.

It is written after ISO 19510 on what ``diagrams.sketch`` parses: tokens lie on flows, a task that is open is an
``Active``, a sub-process or called process holds a ``Board`` of its own. Decisions, events and votes are handed in.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from sketches import Sketch, sketch, tag_of

PASSED = {"startEvent", "endEvent", "manualTask", "sendTask", "intermediateThrowEvent", "boundaryEvent"}


@dataclass
class Active:
    """Something open: a task, an awaited event, a sub-process, or a countersigned task with its votes."""

    node: str
    board: "Board | None" = None
    voters: list[str] = field(default_factory=list)
    votes: dict[str, str] = field(default_factory=dict)


class Board:
    """One level: tokens on its flows and what is open."""

    def __init__(self, game: "Game", drawn: Sketch, level: str | None, prefix: str) -> None:
        self.game, self.drawn, self.level, self.prefix = game, drawn, level, prefix
        self.tokens: Counter[int] = Counter()
        self.active: list[Active] = []
        self.nodes = [name for name in drawn.nodes if drawn.parents[name] == level]
        self.leave(next(name for name in self.nodes if tag_of(name) == "startEvent"))

    # -- the drawing ----------------------------------------------------------------------------------------------------

    def into(self, name: str) -> list[int]:
        return [n for n, flow in enumerate(self.drawn.flows) if flow[1] == name]

    def out(self, name: str) -> list[int]:
        return [n for n, flow in enumerate(self.drawn.flows) if flow[0] == name]

    def borders(self, name: str) -> list[str]:
        return [other for other in self.nodes if self.drawn.host(other) == name]

    def detail(self, name: str) -> list[str]:
        words = self.drawn.details.get(name, "").split()
        return words[2:] if words[:1] in (["on"], ["beside"]) else words

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

    def decided(self, name: str) -> list[int]:
        """The flows that a deciding gateway takes."""
        out = self.out(name)
        if len(out) == 1:
            return out
        true = [n for n in out if self.game.true(self.drawn.flows[n][3], self.prefix)]
        if tag_of(name) == "exclusiveGateway":
            true = true[:1]
        return true or [n for n in out if self.drawn.flows[n][2]]

    def move(self, *, joins: bool) -> bool:
        """Let one thing happen on this level or below; inclusive joins only when nothing else does."""
        for one in self.active:
            if one.board is not None:
                if one.board.move(joins=joins):
                    return True
                if not joins and one.board.empty():
                    self.active.remove(one)
                    self.leave(one.node)
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
        elif tag in PASSED:
            self.leave(name)
            if name.startswith("stop"):
                self.clear()
            elif self.detail(name)[:1] == ["error"]:
                self.game.throw(self, self.detail(name)[1])
        else:
            self.open(name)

    def open(self, name: str) -> None:
        one = Active(name)
        if tag_of(name) == "subProcess":
            one.board = Board(self.game, self.drawn, name, self.prefix)
        elif tag_of(name) == "callActivity":
            called = sketch(self.game.calls[self.detail(name)[1]])
            one.board = Board(self.game, called, None, f"{self.prefix}{name}.")
        elif name in self.game.modes:
            one.voters = list(self.game.voters)
        self.active.append(one)

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

    def walk(self) -> Iterator[tuple["Board", Active]]:
        for one in self.active:
            yield self, one
            if one.board is not None:
                yield from one.board.walk()

    def awaited(self, one: Active) -> list[str]:
        """The events that an open thing waits for, by element."""
        own = {
            "eventBasedGateway": [self.drawn.flows[n][1] for n in self.out(one.node)],
            "intermediateCatchEvent": [one.node],
        }
        return self.borders(one.node) + own.get(tag_of(one.node), [])


class Game:
    """Tokens of one instance, level within level."""

    def __init__(
        self, lines: str, calls: Mapping[str, str], modes: Mapping[str, tuple[str, int]], voters: list[str]
    ) -> None:
        self.calls, self.modes, self.voters = calls, modes, voters
        self.outcomes: dict[str, str] = {}
        self.failed: str | None = None
        self.root = Board(self, sketch(lines), None, "")
        self.settle()

    def settle(self) -> None:
        while self.root.move(joins=False) or self.root.move(joins=True):
            pass

    def true(self, condition: str | None, prefix: str) -> bool:
        """Conditions are ``task.outcome = "x" or …``."""
        for part in (condition or "").split(" or "):
            task, _, word = part.partition(".outcome = ")
            if word and self.outcomes.get(prefix + task) == word.strip('"'):
                return True
        return False

    def throw(self, board: Board, code: str) -> None:
        """An error: the next activity around that has an event for it is cut off, else all ends."""
        above = [(b, one) for b, one in self.root.walk() if one.board is board]
        for outer, one in above:
            for border in outer.borders(one.node):
                if outer.detail(border) == ["error", code]:
                    outer.active.remove(one)
                    outer.leave(border)
                    return
            self.throw(outer, code)
            return
        self.root.clear()
        self.failed = code

    # -- what is there --------------------------------------------------------------------------------------------------

    def open(self) -> list[str]:
        """The open tasks, sorted, one for each part of a countersigned task."""
        found: list[str] = []
        for board, one in self.root.walk():
            if tag_of(one.node) in {"userTask", "serviceTask"}:
                found += [board.prefix + one.node] * (len(self.signing(one)) if one.node in self.modes else 1)
        return sorted(found)

    def signing(self, one: Active) -> list[str]:
        """The signers who are asked now."""
        left = [voter for voter in one.voters if voter not in one.votes]
        return left[:1] if self.modes[one.node][0] == "sequential" else left

    def events(self, kind: str) -> list[str]:
        """The elements whose timers are set, or whose messages are awaited."""
        return sorted(
            board.prefix + event
            for board, one in self.root.walk()
            for event in board.awaited(one)
            if board.detail(event)[:1] == [kind]
        )

    def ended(self) -> bool:
        return self.root.empty()

    # -- commands -------------------------------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[Board, Active]:
        return next((board, one) for board, one in self.root.walk() if board.prefix + one.node == name)

    def complete(self, name: str, outcome: str) -> None:
        board, one = self.find(name)
        self.outcomes[name] = outcome
        board.active.remove(one)
        board.leave(one.node)
        self.settle()

    def happen(self, name: str) -> None:
        """An awaited event comes."""
        board, one, event = next(
            (b, a, e) for b, a in self.root.walk() for e in b.awaited(a) if b.prefix + e == name
        )
        beside = board.drawn.details.get(event, "").startswith("beside")
        if not beside:
            board.active.remove(one)
        board.leave(event)
        self.settle()

    def vote(self, name: str, voter: str, outcome: str) -> None:
        _, one = self.find(name)
        one.votes[voter] = outcome
        self.judge(name)

    def judge(self, name: str) -> None:
        """Is enough said? Consent is ``approve``."""
        _, one = self.find(name)
        mode, need = self.modes[one.node]
        total, yes = len(one.voters), sum(vote == "approve" for vote in one.votes.values())
        if mode in {"all", "sequential"}:
            need = total
        elif mode == "any":
            need = 1
        wanted = Fraction(need, 4) * total if mode == "ratio" else Fraction(need)
        if yes >= wanted:
            self.complete(name, "approve")
        elif total - len(one.votes) + yes < wanted:
            self.complete(name, "reject")

    # -- returns --------------------------------------------------------------------------------------------------------

    def send_back(self, source: str, target: str) -> None:
        """Cancel the smallest part with one way in and one way out that holds both, found by trying every pair."""
        board, one = self.find(source)
        local = target.removeprefix(board.prefix)
        while local not in board.nodes or not target.startswith(board.prefix):
            inner = board
            board, one = next((b, a) for b, a in self.root.walk() if a.board is inner)
            local = target.removeprefix(board.prefix)
        part = smallest(board, one.node, local)
        board.active[:] = [a for a in board.active if a.node not in part]
        for number in list(board.tokens):
            if board.drawn.flows[number][1] in part:
                del board.tokens[number]
        board.open(local)
        self.settle()


def smallest(board: Board, *wanted: str) -> set[str]:
    """The smallest set of nodes with one entry and one exit around the wanted ones, by brute force."""
    after = {
        name: {board.drawn.flows[n][1] for n in board.out(name)} | set(board.borders(name))
        for name in board.nodes
    }
    best: set[str] | None = None
    for entry in board.nodes:
        for leave in board.nodes:
            part, stack = {entry}, [entry]
            while stack:
                name = stack.pop()
                for following in after[name] if name != leave else ():
                    if following not in part:
                        part.add(following)
                        stack.append(following)
            entered = {t for name in board.nodes if name not in part for t in after[name] & part}
            fits = leave in part and set(wanted) <= part and entered <= {entry}
            if fits and (best is None or len(part) < len(best)):
                best = part
    assert best is not None
    return best
