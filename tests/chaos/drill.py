"""A house under load whose parts are killed in turn: what was killed when, and how everything is started again."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "house"))

from houses import House, lives, wait_until  # noqa: E402 - the tests' folder had to be named first

from tests.bench import town as towns  # noqa: E402

Row = TypeVar("Row")
QUIET_SECONDS = 30
STEADY_SECONDS = 3.0
BETWEEN_SECONDS = (1.5, 4.0)
SEED = 20261128
HOUSE_EVERY = 20
"""Each so manieth kill is of `zhupi up` itself; nothing but this program starts it again."""


@dataclass
class Kill:
    """A part that was killed, and when; `back` is when the house said that it is ready again."""

    part: str
    at: float
    back: float | None = None


@dataclass
class Drill:
    """One run: the house, the load on it, and what was killed. Works below `folder`, which is fresh."""

    town: towns.Town
    folder: Path
    clients: int
    environment: Mapping[str, str]
    kills: list[Kill] = field(default_factory=list)
    house: House = field(init=False)

    def run(self, kills: int, judge: Callable[[], Row]) -> Row:
        """Kill one part after the other while the clients work; stop them, wait until nothing is due, and judge."""
        self.house = House(self.town.settings.data).start(self.environment).ready()
        chance = random.Random(SEED)  # noqa: S311 - a reproducible drill, no secret
        try:
            load = self._load()
            try:
                time.sleep(STEADY_SECONDS)
                for number, part in enumerate(parts(kills, with_database=self.town.server is not None), 1):
                    self._kill(part, chance)
                    if number % 10 == 0:
                        say(f"{number} of {kills} kills")
                    time.sleep(chance.uniform(*BETWEEN_SECONDS))
                time.sleep(STEADY_SECONDS)
            finally:
                load.send_signal(signal.SIGTERM)
                load.wait(180)
            say("the load has stopped; half a minute for what is under way")
            time.sleep(QUIET_SECONDS)
            return judge()
        finally:
            self.house.end()

    def _load(self) -> "subprocess.Popen[str]":
        cast = self.town.cast
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.clients", str(self.house.port), str(self.clients), str(self.folder)],
            cwd=ROOT, stdin=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        people = {"asks": "applicant", "decides": "review_agent", "tells": "operator"}
        process.stdin.write(json.dumps({role: cast[name].token for role, name in people.items()}) + "\n")
        process.stdin.close()
        return process

    def _kill(self, part: str, chance: random.Random) -> None:
        """End a part as a power cut would. Database server and house are started again here, the rest by the house."""
        if part == "database":
            self._kill_database()
        elif part == "house":
            self._kill_house()
        else:
            pid = self._pid("web" if part == "web process" else part)
            if part == "web process":
                pid = chance.choice(sorted(children(pid))) if children(pid) else pid
            self.kills.append(Kill(part, time.time()))
            with contextlib.suppress(ProcessLookupError):  # of the web all processes, or those that are left go on a while
                (os.killpg if part == "web" else os.kill)(pid, signal.SIGKILL)

    def _kill_database(self) -> None:
        server = self.town.server
        assert server is not None
        self.kills.append(Kill("database", time.time()))
        server.kill()
        while True:  # what its processes still hold keeps a new server from starting for a moment
            try:
                server.start()
            except RuntimeError:
                time.sleep(0.1)
            else:
                return

    def _kill_house(self) -> None:
        self.kills.append(Kill("house", time.time()))
        self.house.end(signal.SIGKILL)
        self.house.start(self.environment).ready()
        self.kills[-1].back = time.time()

    def _pid(self, part: str) -> int:
        """The process of a part, as soon as there is one."""

        def found() -> int | None:
            try:
                pid = self.house.pid_of(part)
            except (OSError, ValueError, IndexError):
                return None
            return pid if lives(pid) else None

        assert wait_until(lambda: found() is not None, 60), f"{part} did not come back: {self.house.said()}"
        return found() or 0


def parts(kills: int, *, with_database: bool) -> list[str]:
    """What is killed, in turn: every third time of the web it is only one of its processes; now and then the house."""
    turn = ["web", "worker", "object store"] + (["database"] if with_database else [])
    found = []
    for number in range(kills):
        part = turn[number % len(turn)]
        if part == "web" and number // len(turn) % 3 == 2:
            part = "web process"
        found.append("house" if number % HOUSE_EVERY == HOUSE_EVERY - 1 else part)
    return found


def children(pid: int) -> set[int]:
    """The processes below one."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.add(int(stat.parent.name))
    return found


def say(text: str) -> None:
    """Progress, for who waits."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
    sys.stderr.flush()
