"""A real clamd with one signature of its own, and a thing that only pretends to be one."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from storage.virus_scan import answers

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text that every scanner reports and that harms nobody."""

FOUND = "Tests.Eicar.UNOFFICIAL"
PROGRAM = shutil.which("clamd") or next(
    (path for path in ("/usr/sbin/clamd", "/usr/local/sbin/clamd") if os.access(path, os.X_OK)), None
)


@contextlib.contextmanager
def clamd(*options: str) -> Iterator[str]:
    """Run a clamd whose only signature is EICAR; yield the path of its socket."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="zhupi-clamd-") as name:
        folder = Path(name)
        address = str(folder / "socket")
        (folder / "tests.ndb").write_text(f"Tests.Eicar:0:*:{EICAR.hex()}\n")
        lines = [f"LocalSocket {address}", f"DatabaseDirectory {name}", "Foreground yes", "MaxThreads 4", *options]
        (folder / "clamd.conf").write_text("\n".join(lines) + "\n")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([PROGRAM, "-c", str(folder / "clamd.conf")], stdout=log, stderr=log)
            try:
                _wait(address, process)
                yield address
            finally:
                process.terminate()
                process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if answers(address):
            return
        assert process.poll() is None, "clamd did not start"
        time.sleep(0.05)
    raise AssertionError


@contextlib.contextmanager
def pretended(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on the loopback and treat every caller as told; yield host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    talk, _ = server.accept()
                    with talk, contextlib.suppress(OSError):
                        behave(talk)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)
