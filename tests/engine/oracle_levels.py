"""A second token game, for everything: levels, events, several runs and signers, returns. It knows nothing of the engine.

It is written after ISO 19510 on what ``diagrams.sketch`` parses: tokens lie on flows, what is open is an ``Active``, a
sub-process or called process holds a ``Board`` of its own. Decisions, events and votes are handed in.

Everything open has a path: what it lies in, outermost first, each with the number of its run: ``sub_1/sub_1#2/review``.
An awaited event is the path of what waits for it, ``!`` and the event.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction

from oracle_board import Active, Board
from oracle_parts import following_of, reached, smallest, surely_before
from oracle_values import Scope, is_true
from sketches import sketch, tag_of

TASKS = {"userTask", "serviceTask"}


class Game:
    """Tokens of one instance, level within level."""

    def __init__(
        self, lines: str, calls: Mapping[str, str], modes: Mapping[str, tuple[str, int]], voters: list[str]
    ) -> None:
        self.calls, self.modes, self.voters = calls, modes, voters
        self.failed: str | None = None
        self.thrown: Counter[str] = Counter()
        self.root = Board(self, sketch(lines), None, "", Scope())
        self.settle()

    def settle(self) -> None:
        while self.root.move(joins=False) or self.root.move(joins=True) or self.meet():
            pass

    # -- what is thrown -------------------------------------------------------------------------------------------------

    def raise_to(self, board: Board, kind: str, code: str) -> None:
        """An error or escalation goes to the next activity around with an event for it; an error nobody catches ends all."""
        outer, host = board.outer, board.host
        while outer is not None and host is not None:
            for event in outer.borders(host.node):
                if outer.detail(event) in ([kind], [kind, code]):
                    self.come(outer, host, event)
                    return
            outer, host = outer.outer, outer.host
        if kind == "error":
            self.root.clear()
            self.failed = code

    def signal(self, name: str) -> None:
        """A signal comes to everything that awaits it now."""
        for board, one, event in list(self.waiting()):
            if board.detail(event) == ["signal", name] and board.alive() and one in board.active:
                self.come(board, one, event)

    def meet(self) -> bool:
        """Let an awaited condition happen that is true."""
        for board, one, event in self.waiting():
            kind, *text = board.detail(event)
            if kind == "when" and is_true(" ".join(text), board.scope):
                self.come(board, one, event)
                return True
        return False

    def come(self, board: Board, one: Active, event: str) -> None:
        if not board.is_beside(event):
            board.active.remove(one)
        one.spent[event] += 1
        board.leave(event)

    def waiting(self) -> Iterator[tuple[Board, Active, str]]:
        for board, whole, one in self.root.walk():
            if whole is one:
                for event in board.awaited(one):
                    if board.is_set(one, event):
                        yield board, one, event

    # -- what is there --------------------------------------------------------------------------------------------------

    def open(self) -> list[str]:
        """The paths of the open tasks, sorted, one for each signer who is asked."""
        found: list[str] = []
        for _, whole, one in self.root.walk():
            if tag_of(one.node) in TASKS and not (one is whole and one.begun):
                found += [one.path] * (len(self.signing(one)) if one.node in self.modes else 1)
        return sorted(found)

    def signing(self, one: Active) -> list[str]:
        """The signers who are asked now."""
        left = [voter for voter in one.voters if voter not in one.votes]
        return left[:1] if self.modes[one.node][0] == "sequential" else left

    def events(self, *kinds: str) -> list[str]:
        """The timers that are set, or the messages that are awaited."""
        return sorted(
            f"{one.path}!{board.prefix}{event}"
            for board, one, event in self.waiting()
            if board.detail(event)[0] in kinds
        )

    def ended(self) -> bool:
        return self.root.empty()

    def is_late(self, path: str) -> bool:
        """Would a timer that is set cut an open task off once its time has come?"""
        board, whole, _ = self.find(path)
        hosts: list[tuple[Board | None, Active | None]] = [(board, whole)]
        while board.outer is not None:
            hosts.append((board.outer, board.host))
            board = board.outer
        return any(
            there.detail(event)[0] == "timer" and not there.is_beside(event)
            for there, one in hosts
            if there is not None and one is not None
            for event in there.awaited(one)
        )

    # -- commands -------------------------------------------------------------------------------------------------------

    def find(self, name: str) -> tuple[Board, Active, Active]:
        """What is open under a path, or, in traces, the first under the last part of one."""
        there = list(self.root.walk())
        exact = (found for found in there if found[2].path == name)
        short = (found for found in there if name in {f"{found[0].prefix}{found[2].node}", found[2].path.rpartition("/")[2]})
        return next(exact, None) or next(short)

    def complete(self, name: str, outcome: str, count: int = 0) -> None:
        """``count`` is a number, and the length of a list, that the task gives."""
        board, whole, one = self.find(name)
        value = {"outcome": outcome, "people": count, "n": count}
        if whole is one or board.drawn.repeats[one.node].startswith("loop"):
            board.scope.write(one.node, value)
        board.finish(whole, one)
        self.settle()

    def happen(self, name: str) -> None:
        """An awaited event comes, by its own name or with the path of what waits."""
        board, one, event = next(
            found for found in self.waiting() if name in {f"{found[1].path}!{found[0].prefix}{found[2]}", found[0].prefix + found[2]}
        )  # fmt: skip
        self.come(board, one, event)
        self.settle()

    def fail(self, name: str, code: str) -> None:
        """A handler reports a business error."""
        board, whole, _ = self.find(name)
        for event in board.borders(whole.node):
            if board.detail(event) in (["error"], ["error", code]):
                self.come(board, whole, event)
                break
        else:
            self.raise_to(board, "error", code)
        self.settle()

    def vote(self, name: str, voter: str, outcome: str) -> None:
        _, _, one = self.find(name)
        one.votes[voter] = outcome
        self.judge(name)

    def judge(self, name: str) -> None:
        """Is enough said? Consent is ``approve``."""
        _, _, one = self.find(name)
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
        board, one, _ = self.find(source)
        while target.removeprefix(board.prefix) not in board.nodes or not target.startswith(board.prefix):
            assert board.outer is not None
            assert board.host is not None
            board, one = board.outer, board.host
        local = target.removeprefix(board.prefix)
        after = following_of(board)
        part = smallest(board, after, one.node, local)
        board.active[:] = [a for a in board.active if a.node not in part]
        for number in list(board.tokens):
            if board.drawn.flows[number][1] in part:
                del board.tokens[number]
        again = reached({local}, {name: after[name] & part for name in part})
        for name in again - surely_before(board, after, local):  # what is done again is not said any more
            for gone in [name, *board.drawn.all_within(name)]:
                board.scope.write(gone, {})
        board.open(local)
        self.settle()
