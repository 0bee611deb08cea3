"""An independent token game to judge the engine by, and random processes to play on both.

It knows nothing of the engine: tokens are counted on flows, gateways fire when BPMN says so, decisions are handed in.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from sketches import Sketch, sketch, tag_of


@dataclass
class Game:
    """Tokens of one instance of a sketch."""

    lines: str
    tokens: Counter[int] = field(default_factory=Counter)
    outcomes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drawn: Sketch = sketch(self.lines)
        self._leave("start")
        self._settle()

    def open(self) -> list[str]:
        """The tasks that hold a token, sorted, once for each token."""
        held = [self.drawn.flows[n][1] for n in self.tokens.elements()]
        return sorted(name for name in held if tag_of(name).endswith("Task"))

    def complete(self, name: str, outcome: str) -> None:
        """Take a token out of a task and let everything fire."""
        self._take(next(n for n in self._into(name) if self.tokens[n]))
        self.outcomes[name] = outcome
        self._leave(name)
        self._settle()

    def ended(self) -> bool:
        """Is no token left?"""
        return not self.tokens

    def _into(self, name: str) -> list[int]:
        return [n for n, flow in enumerate(self.drawn.flows) if flow[1] == name]

    def _take(self, number: int) -> None:
        self.tokens[number] -= 1
        self.tokens += Counter()

    def _leave(self, name: str) -> None:
        out = [(n, flow) for n, flow in enumerate(self.drawn.flows) if flow[0] == name]
        if tag_of(name) == "exclusiveGateway" and len(out) > 1:
            out = [next((pair for pair in out if self._true(pair[1][3])), next(p for p in out if p[1][2]))]
        for number, _ in out:
            self.tokens[number] += 1

    def _true(self, condition: str | None) -> bool:
        if condition is None:
            return False
        task, _, rest = condition.partition(".outcome = ")
        return self.outcomes.get(task) == rest.strip('"')

    def _settle(self) -> None:
        while self._fire_one():
            pass

    def _fire_one(self) -> bool:
        for name in self.drawn.nodes:
            into = [n for n in self._into(name) if self.tokens[n]]
            tag = tag_of(name)
            if not into or tag.endswith("Task"):
                continue
            if tag == "parallelGateway":
                if len(into) < len(self._into(name)):
                    continue
                for number in into:
                    self._take(number)
            else:
                self._take(into[0])
            if name.startswith("stop"):
                self.tokens.clear()
            self._leave(name)
            return True
        return False


class Weaver:
    """Random well-nested processes: sequences, choices, parallel parts and send-back loops, one in the other."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
        self.lines: list[str] = []
        self.count = 0

    def process(self, depth: int = 3) -> str:
        """The lines of a process."""
        first, last = self._block(depth)
        return "\n".join([f"start -> {first}", *self.lines, f"{last} -> end"])

    def _name(self, head: str) -> str:
        self.count += 1
        return f"{head}{self.count}"

    def _plain(self) -> str:
        return self._name("t")

    def _draw(self, *lines: str) -> None:
        self.lines += lines

    def _block(self, depth: int) -> tuple[str, str]:
        kinds = (
            ["task"] if depth == 0 else ["task", "sequence", "choice", "parallel", "parallel", "loop", "loop"]
        )
        return getattr(self, "_" + self.random.choice(kinds))(depth)

    def _task(self, _: int) -> tuple[str, str]:
        name = self._plain()
        return name, name

    def _sequence(self, depth: int) -> tuple[str, str]:
        blocks = [self._block(depth - 1) for _ in range(self.random.randint(2, 3))]
        self._draw(*(f"{before[1]} -> {after[0]}" for before, after in pairwise(blocks)))
        return blocks[0][0], blocks[-1][1]

    def _parallel(self, depth: int) -> tuple[str, str]:
        split, join = self._name("p_"), self._name("p_")
        for _ in range(self.random.randint(2, 3)):
            first, last = self._block(depth - 1)
            self._draw(f"{split} -> {first}", f"{last} -> {join}")
        return split, join

    def _choice(self, depth: int) -> tuple[str, str]:
        task, gate, merge = self._plain(), self._name("x_"), self._name("x_")
        self._draw(f"{task} -> {gate}")
        for number in range(2):
            first, last = self._block(depth - 1)
            arrow, when = ("=>", "") if number else ("->", f' when {task}.outcome = "other"')
            self._draw(f"{gate} {arrow} {first}{when}", f"{last} -> {merge}")
        return task, merge

    def _loop(self, depth: int) -> tuple[str, str]:
        first, last = self._block(depth - 1)
        before, task, gate, after = self._name("x_"), self._plain(), self._name("x_"), self._name("x_")
        self._draw(
            f"{before} -> {first}",
            f"{last} -> {task} -> {gate}",
            f'{gate} -> {before} when {task}.outcome = "again"',
            f"{gate} => {after}",
        )
        return before, after


def tangle(seed: int, kinds: str = "xp") -> str:
    """A random graph of gateways and tasks, mostly unsound: for comparing ways of judging, and for what survives."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible test, no secret
    size = chance.randint(2, 6)
    gates = [f"{chance.choice(kinds)}_{n}" for n in range(size)]
    lines = [f"start -> {gates[0]}"]
    pairs = {("start", gates[0])}
    serial = 0
    for number, gate in enumerate(gates):
        for _ in range(chance.randint(1, 3)):
            back = chance.random() < 0.2
            target = chance.choice([*gates[: number + 1]] if back else [*gates[number + 1 :], "end", "end_2"])
            serial += 1
            lines.append(f"{gate} -> t{serial} -> {target}")
            pairs.add((gate, target))
    return "\n".join(lines)
