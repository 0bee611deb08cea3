"""Files are read in a process of their own: a hostile one can neither hang nor blow up the process that serves people.

Each process of the house that takes files in starts one server beside it (storage/check_server.py), which forks for each
file: ten milliseconds instead of a hundred and fifty. What it answers is read as JSON, never unpickled: it has read what
strangers wrote. multiprocessing's own fork server is not used, because it runs the main module of its parent again.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, BinaryIO, Final

from storage.errors import CheckUnavailable, FileRefused
from storage.filecheck import Checked, size_text

MEMORY_BYTES: Final = 512 * 1024 * 1024
"""Address space beyond what the process begins with: the largest PNG takes 160 MB, a stream of a PDF 96 MiB."""

CPU_SECONDS: Final = 15
CLOCK_SECONDS: Final = 30.0
AT_ONCE: Final = 2
"""Files of one process that are checked side by side; others wait for their turn."""

MOST_WAIT_SECONDS: Final = 60.0
GRACE_SECONDS: Final = 2.0
MOST_ANSWER: Final = 8192
READ_BYTES: Final = 64 * 1024
BEGUN: Final = b"+"
"""The first byte of every answer: the request reached a process of its own."""

PROGRAM: Final = (sys.executable, "-m", "storage.check_server")
ROOT: Final = Path(__file__).resolve().parents[1]

_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


def check_apart(
    file: BinaryIO,
    name: str,
    types: AbstractSet[str],
    max_bytes: int,
    *,
    memory_bytes: int = MEMORY_BYTES,
    cpu_seconds: int = CPU_SECONDS,
    clock_seconds: float = CLOCK_SECONDS,
) -> Checked:
    """Check an open file of the file system as `check_file` does, within limits. Its position is undefined afterwards.

    Raises FileRefused, also with file_too_intricate where a limit is passed or the parser falls over; CheckUnavailable
    when no process could be started, or when too many files wait for their turn.
    """
    file.flush()
    size = os.fstat(file.fileno()).st_size
    if size > max_bytes:  # not worth a process
        raise FileRefused(code="file_too_large", name=name, limit=max_bytes, limit_text=size_text(max_bytes))
    request = {
        "types": sorted(types),
        "max_bytes": max_bytes,
        "memory_bytes": memory_bytes,
        "cpu_seconds": cpu_seconds,
        "clock_seconds": clock_seconds,
    }
    said, _ = work_apart("check", request, file, _TURNS, name=name)
    return Checked(**said["checked"])


def work_apart(
    work: str,
    request: Mapping[str, Any],
    file: BinaryIO,
    turns: threading.BoundedSemaphore,
    *,
    name: str = "",
    most_answer: int = MOST_ANSWER,
) -> tuple[dict[str, Any], bytes]:
    """Let a process do one piece of `work` (storage/check_server.py) with a file; return what it says, and its bytes.

    Limits come from the request (memory_bytes, cpu_seconds, clock_seconds) or are the usual ones. Raises as check_apart
    does, and FileRefused file_too_intricate for an answer of more than `most_answer` bytes.
    """
    limits = {"memory_bytes": MEMORY_BYTES, "cpu_seconds": CPU_SECONDS, "clock_seconds": CLOCK_SECONDS}
    asked = {"work": work, **limits, **request}
    if not turns.acquire(timeout=MOST_WAIT_SECONDS):
        raise CheckUnavailable
    try:
        head, _, rest = _ask(
            asked, file.fileno(), asked["clock_seconds"] + GRACE_SECONDS, most_answer
        ).partition(b"\n")
    finally:
        turns.release()
    try:
        said: dict[str, Any] = json.loads(head) if head else {"refused": "file_too_intricate", "params": {}}
    except ValueError as error:
        raise CheckUnavailable from error
    if "refused" in said:
        raise FileRefused(code=said["refused"], **{**said["params"], "name": name})
    if len(rest) != said.get("bytes", 0):  # ended by the system in the middle
        raise FileRefused(code="file_too_intricate", name=name)
    return said, rest


class _Server:
    """The server beside this process; made at first use, and anew when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def send(self, request: bytes, descriptors: list[int], *, anew: bool) -> None:
        """Hand in a request, to a new server where the last try came to nothing. Raises OSError."""
        with self._lock:
            if anew:
                self.close()
            running = self._process is not None and self._process.poll() is None
            if not running or self._owner != os.getpid() or self._control is None:
                self._start()
            assert self._control is not None  # noqa: S101 - made just now
            socket.send_fds(self._control, [request], descriptors)

    def _start(self) -> None:
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no word of it from outside
                PROGRAM,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        self._control, self._owner = ours, os.getpid()

    def close(self) -> None:
        """Let the server go: it ends by itself."""
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            try:
                self._process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None


_SERVER: Final = _Server()


def _ask(request: dict[str, Any], number: int, seconds: float, most: int) -> bytes:
    """Return what a process answers, nothing when it fell silent; ask once more where the server was gone."""
    packet = json.dumps(request).encode()
    for anew in (False, True):
        reading, writing = os.pipe()
        try:
            try:
                _SERVER.send(packet, [number, writing], anew=anew)
            except OSError:
                continue
            finally:
                os.close(writing)
            answer = _read(reading, seconds, most)
        finally:
            os.close(reading)
        if answer:  # BEGUN alone: out of time or memory and ended by the system, or fallen over what it read
            return answer.removeprefix(BEGUN)
    raise CheckUnavailable


def _read(number: int, seconds: float, most: int) -> bytes:
    """Read to the end of an answer, for so long and so much."""
    read, until = bytearray(), time.monotonic() + seconds
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    while len(read) < most and waiting.poll(max(0.0, until - time.monotonic()) * 1000):
        part = os.read(number, READ_BYTES)
        if not part:
            break
        read += part
    return bytes(read)
