"""A house for measuring: a fresh folder, a database of its own, a store, the cast of the API tests, and many cases.

Everything lies in a temporary folder and is gone afterwards; a database that is named by a URL must be empty.
"""

import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
for folder in ("api", "."):
    sys.path.append(str(ROOT / "tests" / folder))

from cast import Cast, make_cast  # noqa: E402 - the tests' folders had to be named first
from journey import APPLICATION, LANES, PAYMENT  # noqa: E402
from postgres import PostgresServer  # noqa: E402

from config.settings import Settings, load_settings, make_secrets  # noqa: E402
from service.app import create_app  # noqa: E402
from storage.actor import SYSTEM  # noqa: E402
from storage.database import make_engine, migrate  # noqa: E402
from storage.db import db  # noqa: E402
from storage.documents import Documents  # noqa: E402
from storage.embedded_s3 import EmbeddedS3  # noqa: E402
from storage.unit_of_work import UnitOfWork, build  # noqa: E402
from workflows.commands.attachments import attach_file  # noqa: E402
from workflows.commands.instances import start_instance  # noqa: E402
from workflows.commands.organisations import bind_lane  # noqa: E402
from workflows.commands.packages import deploy_package  # noqa: E402
from workflows.commands.tasks import complete_task  # noqa: E402
from workflows.packages import read_folder  # noqa: E402
from workflows.scenarios.files import sample_file  # noqa: E402

PROCESS = "certificate_issuance"
PACKAGE = ROOT / "bpmn" / PROCESS
START_SECONDS = 60


class NotEmpty(Exception):
    """The named database holds tables already: a measure never touches somebody's data."""


@dataclasses.dataclass
class Town:
    """The house: settings, environment of its programs, the cast, and a unit of work within an application context.

    ``server`` is the PostgreSQL server where it is one of our own.
    """

    settings: Settings
    environment: dict[str, str]
    cast: Cast
    uow: UnitOfWork
    server: PostgresServer | None


@contextlib.contextmanager
def town(database: str, *, with_store: bool = True) -> Iterator[Town]:
    """Build the house on ``sqlite``, ``postgresql`` (a server of its own) or an empty database by URL.

    Without a store of its own it uses the one that a house started on its data folder brings. Raises NotEmpty.
    """
    with contextlib.ExitStack() as closing:
        folder = Path(
            closing.enter_context(
                tempfile.TemporaryDirectory(prefix="zhupi-bench-", ignore_cleanup_errors=True)
            )
        )
        folder.chmod(0o755)
        url, server = closing.enter_context(_database(database, folder))
        data = folder / "data"
        data.mkdir()
        make_secrets(data)
        environment = {"ZHUPI_DATA": str(data), "ZHUPI_DATABASE_URL": url}
        settings = load_settings(environment)
        _require_empty(settings)
        if with_store:
            store = EmbeddedS3(data, settings.s3_access_key, settings.s3_secret_key)
            closing.callback(store.stop)
            environment["ZHUPI_S3_ENDPOINT"] = f"http://{store.start()}"
            settings = load_settings(environment)
        migrate(settings)
        documents = Documents(settings)
        if with_store:
            documents.prepare()
        app = create_app(settings)
        with app.app_context():
            uow = build(settings, documents=documents)
            cast = make_cast(uow, settings)
            deploy_package(uow, SYSTEM, read_folder(PACKAGE))
            for lane in LANES:
                bind_lane(uow, SYSTEM, PROCESS, lane, cast.groups[lane])
            yield Town(settings, environment, cast, uow, server)
            db.session.remove()
            db.engine.dispose()


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[tuple[str, PostgresServer | None]]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite", None
    elif name == "postgresql":
        server = PostgresServer(folder / "pg", ("-c", "max_connections=100"))
        server.start()
        try:
            yield server.url(server.create()), server
        finally:
            server.stop()
    else:
        yield name, None


def _require_empty(settings: Settings) -> None:
    import sqlalchemy as sa

    engine = make_engine(settings)
    try:
        found = sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if found:
        message = f"The database has {len(found)} tables already; a measure wants an empty one of its own."
        raise NotEmpty(message)


def submit(town: Town) -> UUID:
    """Take one application to its review; return the id of the case."""
    uow, asks = town.uow, town.cast["applicant"].actor
    case = start_instance(uow, asks, PROCESS)
    task = case.tasks[0]
    files = {
        field: [str(attach_file(uow, asks, task.id, field, _stream(name), name).id)]
        for field, name in (("application_form", "a.pdf"), ("letter_of_authorisation", "b.jpg"))
    }
    complete_task(uow, asks, task.id, "submitted", {**APPLICATION, **files})
    return case.id


def pay_ready(town: Town) -> tuple[UUID, str]:
    """Take one application to its payment with the voucher uploaded; return the task and the file."""
    instance_id = submit(town)
    review = open_task(town, instance_id, "review")
    complete_task(town.uow, town.cast["review_agent"].actor, review, "approved", {})
    payment = open_task(town, instance_id, "payment")
    file = attach_file(town.uow, town.cast["applicant"].actor, payment, "voucher", _stream("v.png"), "v.png")
    return payment, str(file.id)


def open_task(town: Town, instance_id: UUID, element_id: str) -> UUID:
    """The open task of a step."""
    from sqlalchemy import select

    from storage.models import Task

    found = town.uow.session.scalar(
        select(Task.id).where(
            Task.instance_id == instance_id, Task.element_id == element_id, Task.status == "open"
        )
    )
    assert found is not None
    return found


def payment_answers(file_id: str) -> dict[str, object]:
    """What is handed in with the payment: its real form and one attachment."""
    return {**PAYMENT, "voucher": [file_id]}


def _stream(name: str):
    import io

    return io.BytesIO(_SAMPLES.setdefault(name, sample_file(name)))


_SAMPLES: dict[str, bytes] = {}


# -- a web server of its own --------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Web:
    """gunicorn with the project's own configuration, on a free port of the loopback."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """The master and its workers."""
        found = [self.process.pid]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                if int(stat.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    found.append(int(stat.parent.name))
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """The largest resident set of its workers, in MB."""
        sizes = []
        for pid in self.pids()[1:]:
            with contextlib.suppress(OSError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                sizes.append(int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024)
        return max(sizes, default=0.0)


@contextlib.contextmanager
def web(environment: dict[str, str], application: str | None = None) -> Iterator[Web]:
    """Serve the application, or another one with the very same server, workers and threads."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    process = subprocess.Popen(
        [*command, application] if application else command,
        cwd=ROOT,
        env={**os.environ, **environment, "ZHUPI_PORT": str(port), "ZHUPI_LOG_LEVEL": "ERROR"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield Web(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
        finally:
            connection.close()
    message = "the web server did not start"
    raise RuntimeError(message)


def machine() -> str:
    """The machine in a few words: processors and kernel's name for them."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{os.cpu_count()} × {names[0] if names else 'unknown processor'}, Python {sys.version.split()[0]}"


def has_room() -> bool:
    """Is there a gigabyte of disk for the temporary folder?"""
    return shutil.disk_usage(tempfile.gettempdir()).free > 1024**3
