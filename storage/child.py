"""A child process that dies with its parent, and the one that a killed parent left behind."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGKILL) -> Callable[[], None]:
    """Return what a child runs before its program, so that the kernel sends it `number` when this process dies.

    Linux only; elsewhere it does nothing and `end_orphan` is what remains. The thread that starts the child has to
    outlive it.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    parent = os.getpid()

    def set_signal() -> None:
        if libc is None:
            return
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return set_signal


def started_at(pid: int) -> str | None:
    """Return when a process started, in ticks since boot; None when it is gone or a zombie. Process ids come again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def note_pid(path: Path, pid: int) -> None:
    """Write which process this is, so that `end_orphan` knows it again."""
    path.write_text(f"{pid} {started_at(pid) or ''}")


def end_orphan(path: Path, number: int = signal.SIGKILL, patience: float = 5.0) -> bool:
    """End the process that a pid file names, if it is still that one; tell whether there was one.

    Sends `number` first, and SIGKILL after `patience` seconds.
    """
    try:
        pid_text, _, started = path.read_text().partition(" ")
        pid = int(pid_text)
    except (FileNotFoundError, ValueError):
        return False
    path.unlink(missing_ok=True)
    if not started or started_at(pid) != started:
        return False
    for signal_number in (number, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        deadline = time.monotonic() + patience
        while started_at(pid) == started and time.monotonic() < deadline:
            time.sleep(0.02)
    return True
