"""Random well-nested processes with everything that is deployable: levels, events, inclusive parts, signers, calls."""

from itertools import pairwise

from oracle import Weaver

CHECK = 'start -> review -> x_1\nx_1 -> deep when review.outcome = "again"\nx_1 => end_ok\ndeep -> end_deep'
MODES = ["all", "any", "ratio", "count", "sequential"]


class GreatWeaver(Weaver):
    """Draws blocks of every kind, one in the other."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.level: list[str] = []
        self.details: list[str] = []
        self.modes: dict[str, tuple[str, int]] = {}
        self.properties: dict[str, dict[str, str]] = {}

    def process(self, depth: int = 3) -> str:
        """The lines of a process."""
        first, last = self._block(depth)
        return "\n".join([f"start -> {first}", *self.lines, f"{last} -> end", *self.details])

    def _draw(self, *lines: str) -> None:
        head = f"{self.level[-1]}: " if self.level else ""
        self.lines += [head + line for line in lines]

    def _block(self, depth: int) -> tuple[str, str]:
        small = ["task", "task", "sign", "timed", "call", "event"]
        great = [
            "sequence",
            "choice",
            "parallel",
            "parallel",
            "loop",
            "loop",
            "inclusive",
            "inclusive",
            "sub",
            "sub",
            "cut",
        ]
        return getattr(self, "_" + self.random.choice(small if depth == 0 else [*small, *great, *great]))(
            depth
        )

    def _name(self, head: str) -> str:
        self.count += 1
        return f"{head}{self.count}"

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
        task, gate, merge = self._name("t"), self._name("x_"), self._name("x_")
        self._draw(f"{task} -> {gate}")
        for number in range(2):
            first, last = self._block(depth - 1)
            arrow, when = ("=>", "") if number else ("->", f' when {task}.outcome = "other"')
            self._draw(f"{gate} {arrow} {first}{when}", f"{last} -> {merge}")
        return task, merge

    def _loop(self, depth: int) -> tuple[str, str]:
        first, last = self._block(depth - 1)
        before, task, gate, after = self._name("x_"), self._name("t"), self._name("x_"), self._name("x_")
        self._draw(
            f"{before} -> {first}",
            f"{last} -> {task} -> {gate}",
            f'{gate} -> {before} when {task}.outcome = "again"',
            f"{gate} => {after}",
        )
        return before, after

    def _inclusive(self, depth: int) -> tuple[str, str]:
        task, split, join = self._name("t"), self._name("o_"), self._name("o_")
        self._draw(f"{task} -> {split}")
        conditions = [
            f' when {task}.outcome = "again" or {task}.outcome = "both"',
            f' when {task}.outcome = "other" or {task}.outcome = "both"',
            "",
        ]
        for condition in conditions[: self.random.randint(2, 3)]:
            first, last = self._block(depth - 1)
            self._draw(f"{split} {'->' if condition else '=>'} {first}{condition}", f"{last} -> {join}")
        if not any(f"{split} =>" in line for line in self.lines):
            plain = self._name("t")
            self._draw(f"{split} => {plain}", f"{plain} -> {join}")
        return task, join

    def _sub(self, depth: int) -> tuple[str, str]:
        name, merge = self._name("sub_"), self._name("x_")
        self._draw(f"{name} -> {merge}")
        self.level.append(name)
        first, last = self._block(depth - 1)
        task, gate = self._name("t"), self._name("x_")
        fails = self.random.random() < 0.5
        bad = self._name("end_" if fails else "stop_")
        self._draw(
            f"start_{name} -> {first}",
            f"{last} -> {task} -> {gate}",
            f'{gate} -> {bad} when {task}.outcome = "again"',
            f"{gate} => end_{name}",
        )
        self.level.pop()
        if fails:
            self.details.append(f"@ {bad} error E{name}")
            border, repair = self._name("b_"), self._name("t")
            self._draw(f"{border} -> {repair} -> {merge}")
            self.details.append(f"@ {border} on {name} error E{name}")
        if self.random.random() < 0.6:
            border = self._name("b_")
            self._draw(f"{border} -> {merge}")
            self.details.append(f"@ {border} on {name} timer P1D")
        return name, merge

    def _cut(self, _: int) -> tuple[str, str]:
        task, gate, after = self._name("t"), self._name("x_"), self._name("x_")
        stop = self._name("stop_")
        self._draw(
            f"{task} -> {gate}", f'{gate} -> {stop} when {task}.outcome = "both"', f"{gate} => {after}"
        )
        return task, after

    def _sign(self, _: int) -> tuple[str, str]:
        name, mode = self._name("sign"), self.random.choice(MODES)
        need = self.random.randint(1, 3)
        self.modes[name] = (mode, need)
        more = {"ratio": {"ratio": f"{need}/4"}, "count": {"count": str(need)}}.get(mode, {})
        self.properties[name] = {"countersign": mode, **more}
        return name, name

    def _timed(self, _: int) -> tuple[str, str]:
        name, border, merge = self._name("t"), self._name("b_"), self._name("x_")
        self._draw(f"{name} -> {merge}")
        if self.random.random() < 0.5:
            self._draw(f"{border} -> {merge}")
            self.details.append(
                f"@ {border} on {name} {self.random.choice(['timer P1D', f'message m{border}'])}"
            )
        else:
            self._draw(f"{border} -> {self._name('t')} -> {self._name('end_')}")
            self.details.append(f"@ {border} beside {name} cycle R/P1D")
        return name, merge

    def _event(self, _: int) -> tuple[str, str]:
        gate, merge = self._name("e_"), self._name("x_")
        for kind in ("timer P1D", f"message m{gate}"):
            name = self._name("catch_")
            self._draw(f"{gate} -> {name} -> {merge}")
            self.details.append(f"@ {name} {kind}")
        return gate, merge

    def _call(self, _: int) -> tuple[str, str]:
        name = self._name("call_")
        self.details.append(f"@ {name} calls check")
        return name, name
