"""A whole house as its users start it: `zhupi up` in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PID_FILES = {"web": "run/web.pid", "worker": "run/worker.pid", "object store": "s3/pid"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lives(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(holds, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(held)


@dataclass
class House:
    """One `zhupi up` or `zhupi demo` on a data folder and a port of its own."""

    data: Path
    verb: str = "up"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self, env: Mapping[str, str] | None = None) -> "House":
        self.log = self.data.parent / f"{self.data.name}-{free_port()}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", self.verb],
                cwd=ROOT,
                env={**os.environ, "ZHUPI_DATA": str(self.data), "ZHUPI_PORT": str(self.port), **(env or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self

    def said(self) -> str:
        return self.log.read_text()

    def ready(self, seconds: float = 60.0) -> "House":
        assert self.process is not None
        done = wait_until(lambda: "Zhupi is ready" in self.said() or self.process.poll() is not None, seconds)
        assert done, self.said()
        assert self.process.poll() is None, self.said()
        return self

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def pid_of(self, part: str) -> int:
        return int((self.data / PID_FILES[part]).read_text().split()[0])

    def runs_anew(self, part: str, killed: int) -> bool:
        """Tell whether a part runs as another process than the killed one; between the two there is no pid file."""
        try:
            now = self.pid_of(part)
        except (OSError, IndexError):
            return False
        return now != killed and lives(now)

    def descendants(self) -> set[int]:
        """Every process below `zhupi up`, by the parents that the kernel names."""
        parents: dict[int, int] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)
