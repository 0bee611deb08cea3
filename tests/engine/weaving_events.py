"""Blocks with events: what waits, what throws, and what sits on the border of an activity."""

from oracle import Weaver


class EventWeaver(Weaver):
    """A weaver that knows levels, details and repetitions."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.level: list[str] = []
        self.known: list[list[str]] = [[]]  # plain tasks that a condition may read, by scope of variables
        self.details: list[str] = []
        self.repeats: dict[str, str] = {}
        self.lists: dict[str, str] = {}
        self.properties: dict[str, dict[str, str]] = {}

    def _draw(self, *lines: str) -> None:
        head = f"{self.level[-1]}: " if self.level else ""
        self.lines += [head + line for line in lines]

    def _enter(self, name: str, *, scoped: bool) -> None:
        self.level.append(name)
        if scoped:
            self.known.append([])

    def _leave_level(self, *, scoped: bool) -> None:
        self.level.pop()
        if scoped:
            self.known.pop()

    def _name(self, head: str) -> str:
        self.count += 1
        return f"{head}{self.count}"

    def _plain(self) -> str:
        name = self._name("t")
        self.known[-1].append(name)
        return name

    def _task(self, _: int) -> tuple[str, str]:
        name = self._plain()
        return name, name

    # -- repetitions --------------------------------------------------------------------------------------------------

    def _repeat(self, name: str, detail: str) -> None:
        self.repeats[name] = detail
        self.details.append(f"@ {name} {detail}")

    def _repeat_of(self, name: str, loop: str = "loop") -> str:
        """Let an activity be done several times; the task before it that says how often, if one does."""
        way = self.random.choice(["each", "times", "times 2", "times 3", "loop"])
        if way == "loop":
            self.repeats[name] = loop
            if loop != "loop":
                self._repeat(name, loop)
            return ""
        asked = ""
        if way in {"each", "times"}:
            asked = self._plain()
            way += f" {asked}.people" if way == "each" else f" {asked}.n"
            self.lists[asked] = name
        order = self.random.choice(["", " one by one"])
        until = self.random.choice(["", f" until {name}.nr_of_completed >= {self.random.randint(1, 2)}"])
        self._repeat(name, way + order + until)
        return asked

    # -- borders ------------------------------------------------------------------------------------------------------

    def _border(self, host: str, merge: str, kind: str, *, cuts: bool | None = None) -> None:
        """A boundary event that leads on to ``merge``, or to an end of its own where it does not cut."""
        on = self.random.random() < 0.6 if cuts is None else cuts
        border = self._name("b_")
        self.details.append(f"@ {border} {'on' if on else 'beside'} {host} {kind}")
        if not on:
            self._draw(f"{border} -> {self._name('t')} -> {self._name('end_')}")
        elif self.random.random() < 0.5:
            self._draw(f"{border} -> {merge}")
        else:
            self._draw(f"{border} -> {self._name('t')} -> {merge}")

    def _any_border(self, host: str, merge: str) -> None:
        kind = self.random.choice(
            ["timer P1D", "cycle R/P1D", "cycle R2/P1D", "message", "message shared", "signal", "when"]
        )
        if kind.startswith("cycle"):
            self._border(host, merge, kind, cuts=False)
        elif kind == "message":
            self._border(host, merge, f"message m{host}")
        elif kind == "signal":
            self._border(host, merge, f"signal {self._signal_name()}")
        elif kind == "when":
            read = self._read()
            if read:
                self._border(host, merge, f"when {read}", cuts=True)
        else:
            self._border(host, merge, kind)

    def _read(self) -> str:
        tasks = [task for scope in self.known for task in scope]
        return f'{self.random.choice(tasks)}.outcome = "{self.random.choice(["again", "other", "both"])}"' if tasks else ""

    def _signal_name(self) -> str:
        return f"s{self.random.randint(1, 3)}"

    def _perhaps_bordered(self, name: str) -> tuple[str, str]:
        if self.random.random() < 0.5:
            return name, name
        merge = self._name("x_")
        self._draw(f"{name} -> {merge}")
        self._any_border(name, merge)
        return name, merge

    # -- what waits ---------------------------------------------------------------------------------------------------

    def _timed(self, _: int) -> tuple[str, str]:
        name, merge = self._plain(), self._name("x_")
        self._draw(f"{name} -> {merge}")
        for _ in range(self.random.randint(1, 2)):
            self._any_border(name, merge)
        return name, merge

    def _receive(self, _: int) -> tuple[str, str]:
        name = self._name("recv_")
        self.details.append(f"@ {name} message {self.random.choice(['shared', 'm' + name])}")
        return self._perhaps_bordered(name)

    def _event(self, _: int) -> tuple[str, str]:
        gate, merge = self._name("e_"), self._name("x_")
        others = ["message shared", f"message m{gate}", f"signal {self._signal_name()}", "recv"]
        if read := self._read():
            others.append(f"when {read}")
        for kind in ("timer P1D", *self.random.sample(others, self.random.randint(1, 2))):
            name = self._name("recv_" if kind == "recv" else "catch_")
            self._draw(f"{gate} -> {name} -> {merge}")
            self.details.append(f"@ {name} {'message shared' if kind == 'recv' else kind}")
        return gate, merge

    def _service(self, _: int) -> tuple[str, str]:
        name = self._name("s_")
        self.properties[name] = {"handler": "work"}
        return self._perhaps_bordered(name)

    def _service_fails(self, _: int) -> tuple[str, str]:
        name, merge = self._name("s_"), self._name("x_")
        self.properties[name] = {"handler": "work"}
        self._draw(f"{name} -> {merge}")
        self._border(name, merge, self.random.choice(["error", "error wrong"]), cuts=True)
        return name, merge

    def _condition(self, _: int) -> tuple[str, str]:
        """A wait for what a task beside it says; every word ends it."""
        split, join, task, catch = self._name("p_"), self._name("p_"), self._plain(), self._name("catch_")
        self._draw(f"{split} -> {task} -> {join}", f"{split} -> {catch} -> {join}")
        words = " or ".join(f'{task}.outcome = "{word}"' for word in ("default", "again", "other", "both"))
        self.details.append(f"@ {catch} when {words}")
        return split, join

    # -- what throws --------------------------------------------------------------------------------------------------

    def _send(self, _: int) -> tuple[str, str]:
        task, name = self._plain(), self._name(self.random.choice(["send_", "throw_"]))
        self._draw(f"{task} -> {name}")
        self.details.append(f"@ {name} message said")
        return task, name

    def _throw(self, _: int) -> tuple[str, str]:
        task, name = self._plain(), self._name("throw_")
        self._draw(f"{task} -> {name}")
        self.details.append(f"@ {name} {self.random.choice(['escalation up', 'signal ' + self._signal_name()])}")
        return task, name

    def _signal(self, depth: int) -> tuple[str, str]:
        """One part throws a signal, and the other is cut off by it, runs on beside it, or waits for it for a time."""
        split, join, task, throw = self._name("p_"), self._name("p_"), self._plain(), self._name("throw_")
        signal = self._signal_name()
        self.details.append(f"@ {throw} signal {signal}")
        self._draw(f"{split} -> {task} -> {throw} -> {join}")
        host = self._plain()
        merge = self._name("x_")
        self._draw(f"{split} -> {host} -> {merge}", f"{merge} -> {join}")
        self._border(host, merge, f"signal {signal}")
        if depth > 1:
            first, last = self._block(0)
            self._draw(f"{split} -> {first}", f"{last} -> {join}")
        return split, join
