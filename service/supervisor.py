"""`zhupi up`: the whole house in one process tree: object store, worker, web.

The supervisor only starts, watches and ends. It holds the listening socket, so a web process that is killed and
started again refuses nobody: callers wait a moment instead.
"""

import compileall
import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from config.settings import Settings, SettingsError, data_folder_here, environment_of_children, settings_here
from service.children import Child
from service.demo.folder import NotADemo, claim
from storage.child import end_orphan
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3, EmbeddedStoreFailed
from storage.errors import StoreUnavailable

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "storage", "workflows", "service")
PYTHON = (sys.executable, "-m")
GUNICORN = (*PYTHON, "gunicorn", "-c", str(ROOT / "config" / "gunicorn.py"), "--chdir", str(ROOT))
DEMO = "var/demo"
READY_WITHIN = 60.0
DEATHS_WHILE_STARTING = 3
STEADY_AFTER = 3.0
LONGEST_PAUSE = 30.0
TICK = 0.1
END_WITHIN = 25.0


class CannotStart(Exception):
    """Something is in the way; the message is a sentence that says what to do."""


class Stopped(Exception):
    """SIGINT, SIGTERM or SIGHUP came."""


def main(*, demo: bool = False) -> int:
    """Run the house until it is told to stop: 0 after a good end, 2 when it could not run."""
    try:
        if demo:
            claim(data_folder_here(DEMO))
        run_up(settings_here(DEMO if demo else "var", with_new_secrets=True), demo=demo)
    except (SettingsError, NotADemo, CannotStart, EmbeddedStoreFailed) as reason:
        click.echo(str(reason), err=True)
        return 2
    except StoreUnavailable:
        click.echo(
            "The object store started but takes no bucket; s3/weed.log in the data folder says why.", err=True
        )
        return 2
    return 0


def serve() -> None:
    """Become gunicorn on ZHUPI_HOST and ZHUPI_PORT: for installations that have a supervisor of their own."""
    os.execv(sys.executable, GUNICORN)  # noqa: S606 - our own program with our own arguments


def run_up(settings: Settings, *, demo: bool = False) -> None:
    """Start everything on one data folder and watch it until SIGINT, SIGTERM or SIGHUP.

    Raises CannotStart when the folder or the port is taken or a part does not come up, EmbeddedStoreFailed.
    """
    with _alone_in(settings):
        _compile()
        orphans = _end_orphans(settings)
        with _listening(settings, patience=5.0 if orphans else 0.0) as listener:
            House(settings, listener, demo=demo).run()


@dataclass
class Watched:
    """A part that is started again when it dies, after pauses that grow while it keeps dying."""

    name: str
    part: Child | EmbeddedS3
    started: float = 0.0
    pause: float = 0.0
    deaths: int = field(default=0)

    def start(self) -> None:
        """Start it and remember when."""
        self.part.start()
        self.started = time.monotonic()

    def look(self) -> None:
        """Start it again if it has died and its pause is over."""
        now = time.monotonic()
        if self.part.alive():
            if self.pause and now - self.started > STEADY_AFTER:
                self.pause, self.deaths = 0.0, 0
            return
        if now < self.started + self.pause:
            return
        self.deaths += 1
        self.pause = min(LONGEST_PAUSE, self.pause * 2 or 1.0)
        click.echo(f"The {self.name} process ended by itself; starting it again.", err=True)
        self.started = now
        try:
            if isinstance(self.part, EmbeddedS3):
                self.part.start_again()
            else:
                self.part.start()
        except EmbeddedStoreFailed as reason:
            click.echo(str(reason), err=True)


class House:
    """All the parts on one data folder and one listening socket."""

    def __init__(self, settings: Settings, listener: socket.socket, *, demo: bool) -> None:
        run = settings.data / "run"
        env = environment_of_children(settings)
        bind = f"fd://{listener.fileno()}"
        self._settings = settings
        self._listener = listener
        self._notes_read, self._notes_write = os.pipe()
        self._preparation = self._step("demo" if demo else "prepare", run, env)
        self._needs_store = demo  # to fill a demo
        self._web = Child("web", (*GUNICORN, "--bind", bind), run, env=env, inherits=[listener.fileno()])
        self._worker = Child("worker", (*PYTHON, "service.cli", "worker"), run, env=env)
        self._store: EmbeddedS3 | None = None
        if settings.s3_endpoint is None:
            self._store = EmbeddedS3(settings.data, settings.s3_access_key, settings.s3_secret_key)
        self._watched = [Watched("worker", self._worker), Watched("web", self._web)]
        if self._store is not None:
            self._watched.insert(0, Watched("object store", self._store))
        self._stops = 0

    def _step(self, name: str, run: Path, env: dict[str, str]) -> Child:
        """A step that ends by itself and writes what the person who starts the house should read into a pipe."""
        command = (*PYTHON, f"service.{name}", str(self._notes_write))
        return Child(name, command, run, env=env, inherits=[self._notes_write])

    def run(self) -> None:
        """Start, watch, end; no child is left when this returns or raises."""
        for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell's background has SIGINT ignored
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks us to outlive the terminal
            signal.signal(signal.SIGHUP, self._on_signal)
        try:
            self._start()
            while True:
                self._tick()
                for watched in self._watched:
                    watched.look()
        except Stopped:
            click.echo("\nZhupi is ending …")
        finally:
            self._end()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1

    def _tick(self, seconds: float = TICK) -> None:
        time.sleep(seconds)
        if self._stops:
            raise Stopped

    def _start(self) -> None:
        click.echo(f"Zhupi is starting. Its data: {self._settings.data}")
        if not self._needs_store:
            self._preparation.start()  # side by side with the object store
        if self._store is not None:
            self._watched[0].start()
            Documents(self._settings).prepare()
            click.echo("  object store")
        if self._needs_store:
            self._preparation.start()
        self._finish(self._preparation)
        for watched in self._watched:
            if not watched.part.alive():
                watched.start()
        self._wait_until_ready()
        click.echo(f"\nZhupi is ready: {self._settings.public_url}    (Ctrl-C ends it)")
        os.close(self._notes_write)
        with open(self._notes_read) as notes:  # noqa: PTH123 - a pipe has no path
            click.echo(notes.read(), nl=False)

    def _finish(self, step: Child) -> None:
        while step.alive():
            self._tick(0.02)
        status = step.status()
        step.end()
        if status:
            message = f"Zhupi could not start: the step “{step.name}” says why, above."
            raise CannotStart(message)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not _answers(self._listener, self._settings):
            for watched in self._watched:
                watched.look()
                if watched.deaths >= DEATHS_WHILE_STARTING:
                    message = (
                        f"Zhupi could not start: its {watched.name} process ended again and again; see above."
                    )
                    raise CannotStart(message)
            if time.monotonic() > deadline:
                message = (
                    f"Zhupi was not ready after {READY_WITHIN:.0f} s: /readyz says which part is missing."
                )
                raise CannotStart(message)
            self._tick(0.05)

    def _end(self) -> None:
        """End the parts in the order of who needs whom; whoever asks a second time waits no longer."""
        children = (self._web, self._worker, self._preparation)
        asked = self._stops
        deadline = time.monotonic() + END_WITHIN
        for child in children:
            child.ask_to_end()
        for child in children:
            while child.alive() and time.monotonic() < deadline and self._stops == asked:
                time.sleep(0.02)
            child.end()
        if self._store is not None:
            self._store.stop()
        click.echo("Zhupi has ended.")


def _compile() -> None:
    """Keep our own programs as bytecode, whatever the environment says about that: a part that died is back sooner.

    Where the folder may not be written, each start reads the sources.
    """
    for package in PACKAGES:
        compileall.compile_dir(ROOT / package, quiet=2)


@contextlib.contextmanager
def _alone_in(settings: Settings) -> Iterator[None]:
    """Hold the data folder for this process; the kernel lets go of it however the process ends."""
    with (settings.data / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            message = (
                f"Zhupi runs on {settings.data} already (process {lock.read().strip() or 'unknown'}). "
                "End that one, or set ZHUPI_DATA to another folder."
            )
            raise CannotStart(message) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _end_orphans(settings: Settings) -> bool:
    """End what a killed supervisor left behind on this data folder; tell whether there was something."""
    run = settings.data / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    found = [path for path in sorted(run.glob("*.pid")) if end_orphan(path, signal.SIGTERM)]
    for path in found:
        click.echo(f"Ended the {path.stem} process of an earlier start.")
    return bool(found)


@contextlib.contextmanager
def _listening(settings: Settings, patience: float) -> Iterator[socket.socket]:
    """Take the address that people will use, before anything is started.

    The processes of a web that was killed may hold it for a moment: `patience` is how many seconds to wait.
    """
    deadline = time.monotonic() + patience
    listener: socket.socket | None = None
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, number, _name, address = found[0]
        listener = socket.socket(family, kind, number)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while not _bound(listener, address, last_try=time.monotonic() >= deadline):
            time.sleep(0.1)
    except OSError as error:
        if listener is not None:
            listener.close()
        message = (
            f"Zhupi cannot listen on {settings.host}:{settings.port}: {error.strerror or error}. "
            "If something else uses the port, set ZHUPI_PORT to a free one: ZHUPI_PORT=8001 make run"
        )
        raise CannotStart(message) from None
    with listener:
        listener.listen(2048)
        yield listener


def _bound(listener: socket.socket, address: tuple[object, ...], *, last_try: bool) -> bool:
    try:
        listener.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or last_try:
            raise
        return False
    return True


def _answers(listener: socket.socket, settings: Settings) -> bool:
    """Ask /readyz on the socket that we listen on ourselves, under the name that people will use."""
    host, port = listener.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = HTTPConnection(here, port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.public_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
