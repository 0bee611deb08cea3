"""Programs that live and die with their supervisor."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from storage.child import die_with_parent, note_pid


class Child:
    """One program: started, watched, ended, and found again after the supervisor itself was killed.

    `inherits` are open file descriptors that it receives beside its output.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        env: Mapping[str, str],
        inherits: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._command = list(command)
        self._env = dict(env)
        self._inherits = tuple(inherits)
        self._pid_file = folder / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program. Ctrl-C does not reach it: the supervisor ends its children in good order."""
        self._process = subprocess.Popen(
            self._command,
            env=self._env,
            stdin=subprocess.DEVNULL,
            pass_fds=self._inherits,
            process_group=0,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        note_pid(self._pid_file, self._process.pid)

    def alive(self) -> bool:
        """Tell whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def status(self) -> int | None:
        """Return its exit status, negative for a signal; None while it runs or before its start."""
        return self._process.poll() if self._process else None

    def ask_to_end(self) -> None:
        """Send SIGTERM; the program finishes what it has begun."""
        if self._process is not None and self.alive():
            self._process.terminate()

    def end(self) -> None:
        """Kill the program and its children, if it still runs, and wait for it."""
        if self._process is None:
            return
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._pid_file.unlink(missing_ok=True)
