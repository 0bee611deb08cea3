"""Random well-nested processes with everything that is deployable: levels, events, inclusive parts, runs, signers, calls.

What throws, cuts off or ends early stands right behind a plain task. So only one token moves when it happens, and the
outcome does not hang on the order in which tokens are moved, which BPMN leaves open.
"""

from weaving_events import EventWeaver

CHECK = """
    start -> review -> x_1
    x_1 -> deep when review.outcome = "again"
    x_1 -> end_bad when review.outcome = "other"
    x_1 => end_ok
    deep -> end_deep
    @ end_bad error wrong
"""
OUTER = """
    start -> review -> p_1
    p_1 -> call_in -> p_2
    p_1 -> beside -> x_1
    x_1 -> throw_up when beside.outcome = "again"
    x_1 => x_2
    throw_up -> x_2
    x_2 -> p_2
    p_2 -> end
    @ call_in calls check
    @ throw_up escalation up
"""
CALLED = {"check": CHECK, "outer": OUTER}
MODES = ["all", "any", "ratio", "count", "sequential"]

SMALL = ["task", "task", "sign", "sign", "timed", "call", "event", "receive", "service", "service_fails", "several", "several", "loops", "send", "throw", "condition"]
GREAT = ["sequence", "sequence", "choice", "parallel", "parallel", "loop", "loop", "inclusive", "inclusive", "sub", "sub", "sub", "cut", "signal", "signal"]


class GreatWeaver(EventWeaver):
    """Draws blocks of every kind, one in the other."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.modes: dict[str, tuple[str, int]] = {}

    def process(self, depth: int = 3) -> str:
        """The lines of a process: great things in a row, side by side or in a loop, so that there is something to play."""
        first, last = getattr(self, "_" + self.random.choice(["sequence", "parallel", "loop", "sub"]))(depth + 1)
        return "\n".join([f"start -> {first}", *self.lines, f"{last} -> end", *self.details])

    def _block(self, depth: int) -> tuple[str, str]:
        kind = self.random.choice(SMALL if depth <= 0 else [*SMALL, *GREAT, *GREAT, *GREAT])
        return getattr(self, "_" + kind)(depth)  # type: ignore[no-any-return]

    def _inclusive(self, depth: int) -> tuple[str, str]:
        task, split, join = self._plain(), self._name("o_"), self._name("o_")
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
            plain = self._plain()
            self._draw(f"{split} => {plain}", f"{plain} -> {join}")
        return task, join

    def _sub(self, depth: int) -> tuple[str, str]:
        name, merge = self._name("sub_"), self._name("x_")
        before = self._repeat_of(name) if self.random.random() < 0.5 else ""
        self._draw(f"{name} -> {merge}")
        scoped = self.repeats.get(name, "loop").split()[0] != "loop"
        self._enter(name, scoped=scoped)
        first, last = self._block(depth - 1)
        task, gate = self._plain(), self._name("x_")
        way_out = self.random.choice(["error", "stop", "escalation", "throw"])
        bad = self._name({"stop": "stop_", "throw": "throw_"}.get(way_out, "end_"))
        self._draw(
            f"start_{name} -> {first}",
            f"{last} -> {task} -> {gate}",
            f'{gate} -> {bad} when {task}.outcome = "again"',
            f"{gate} => end_{name}",
        )
        if way_out == "throw":
            self._draw(f"{bad} -> {self._name('end_')}")
        if self.random.random() < 0.2:
            self.details.append(f"@ end_{name} message said")
        if self.repeats.get(name, "") == "loop":
            self._repeat(name, f'loop 3 while {task}.outcome = "other"')
        self._leave_level(scoped=scoped)
        codes = {"error": f"E{name}", "escalation": f"L{name}", "throw": f"L{name}"}
        kind = "error" if way_out == "error" else "escalation"
        if way_out in codes:
            self.details.append(f"@ {bad} {kind} {codes[way_out]}")
            if way_out == "error" or self.random.random() < 0.8:
                code = codes[way_out] if self.random.random() < 0.7 else ""
                self._border(name, merge, f"{kind} {code}".strip(), cuts=kind == "error")
        if self.random.random() < 0.7:
            self._any_border(name, merge)
        if before:
            self._draw(f"{before} -> {name}")
        return before or name, merge

    def _cut(self, _: int) -> tuple[str, str]:
        task, gate, after = self._plain(), self._name("x_"), self._name("x_")
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
        return self._perhaps_bordered(name)

    def _call(self, _: int) -> tuple[str, str]:
        name = self._name("call_")
        called = self.random.choice(list(CALLED))
        self.details.append(f"@ {name} calls {called}")
        merge = self._name("x_")
        self._draw(f"{name} -> {merge}")
        before = self._repeat_of(name, "loop 2") if self.random.random() < 0.5 else ""
        self._border(name, merge, "error wrong", cuts=True)
        if called == "outer" and self.random.random() < 0.5:
            self._border(name, merge, "escalation up")
        if before:
            self._draw(f"{before} -> {name}")
        return before or name, merge

    def _several(self, _: int) -> tuple[str, str]:
        name = self._name("t")
        before = self._repeat_of(name, f'loop 3 while {name}.outcome = "again"')
        first, last = self._perhaps_bordered(name)
        if before:
            self._draw(f"{before} -> {first}")
        return before or first, last

    def _loops(self, _: int) -> tuple[str, str]:
        name, asked = self._name("t"), self._plain()
        self._repeat(name, self.random.choice([
            f'loop 3 while {name}.outcome = "again" or {name}.outcome = "other"', "loop 2",
            f'loop 2 before while {asked}.outcome = "again"',
        ]))  # fmt: skip
        self._draw(f"{asked} -> {name}")
        return asked, name
