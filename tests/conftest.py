"""What every suite stands on: a real object store, real databases, a clock that stands still and ids from a seed.

Everything heavy is started at first use and once per run. ZHUPI_TEST_DATABASE=sqlite leaves PostgreSQL out.
"""

import dataclasses
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from postgres import PostgresServer

from config.settings import Settings, load_settings
from storage.actor import SYSTEM
from storage.database import init_database, migrate
from storage.db import db
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import UnitOfWork, build
from workflows import deployed
from workflows.queries import stepper

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
TEST_SECRETS = {
    "ZHUPI_SECRET_KEY": "a secret for the tests only, of enough length",
    "ZHUPI_PERSONAL_KEY": "11" * 32,
    "ZHUPI_INDEX_KEY": "22" * 32,
    "ZHUPI_S3_ACCESS_KEY": "tests",
    "ZHUPI_S3_SECRET_KEY": "a secret of the object store",
}


@dataclass(frozen=True)
class Database:
    """A fresh database with the newest schema; `kind` is sqlite or postgresql."""

    kind: str
    url: str


@pytest.fixture(autouse=True)
def nothing_deployed_yet() -> None:
    """Seeded ids come again in every test, so what an earlier test deployed under one of them is forgotten."""
    deployed._kept.clear()
    stepper._kept.clear()


@pytest.fixture(scope="module", autouse=True)
def nothing_of_other_modules_to_look_through() -> None:
    """What earlier modules left is never looked at again: thousands of tests fill the heap that each collection walks.

    A test that measures the processor's time would else pay a second for it.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder of this run that other users of the machine may pass through, and that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="zhupi-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def s3(scratch: Path) -> Iterator[EmbeddedS3]:
    """The embedded object store, running."""
    store = EmbeddedS3(
        scratch / "store", TEST_SECRETS["ZHUPI_S3_ACCESS_KEY"], TEST_SECRETS["ZHUPI_S3_SECRET_KEY"]
    )
    store.start()
    yield store
    if store.pid is not None:
        os.kill(store.pid, signal.SIGKILL)  # nothing of it is wanted any more
    store.stop()


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server, running, whose database `migrated` has the newest schema."""
    with tempfile.TemporaryDirectory(prefix="zhupi-pg-", dir=_memory(), ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = PostgresServer(Path(folder) / "pg")
        server.start()
        server.execute("CREATE DATABASE migrated")
        migrate(_settings(scratch, server.url("migrated"), None))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated_file(scratch: Path) -> Path:
    """A SQLite file with the newest schema, to be copied."""
    path = scratch / "migrated.sqlite"
    migrate(_settings(scratch, f"sqlite:///{path}", None))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database; a test that needs one kind only says parametrize("database", ["sqlite"], indirect=True)."""
    if request.param == "sqlite":
        path = tmp_path / "zhupi.sqlite"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield Database("sqlite", f"sqlite:///{path}")
        return
    if os.environ.get("ZHUPI_TEST_DATABASE") == "sqlite":
        pytest.skip("ZHUPI_TEST_DATABASE=sqlite")
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create("migrated")
    yield Database("postgresql", server.url(name))
    server.drop(name)


@pytest.fixture
def settings(database: Database, s3: EmbeddedS3, tmp_path: Path) -> Settings:
    """Settings for one test: its own data folder and database, the shared object store."""
    return _settings(tmp_path, database.url, s3.endpoint)


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """The same settings as variables, for programs that the test starts."""
    return {
        **TEST_SECRETS,
        "ZHUPI_DATA": str(settings.data),
        "ZHUPI_DATABASE_URL": settings.database_url,
        "ZHUPI_S3_ENDPOINT": f"http://{settings.s3_endpoint}",
        "ZHUPI_S3_BUCKET": settings.s3_bucket,
    }


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at Friday 20 November 2026, 09:30 in Beijing, until it is told to go on."""
    return FixedClock(NOW)


@pytest.fixture
def ids() -> SeededIds:
    return SeededIds("tests")


@pytest.fixture
def app_context(settings: Settings) -> Iterator[Flask]:
    """An application with nothing but the database, its context pushed."""
    app = Flask("tests", root_path=str(Path(__file__).parent))
    init_database(app, settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def documents(s3: EmbeddedS3, scratch: Path) -> Documents:
    """The bucket of the tests, made."""
    documents = Documents(_settings(scratch, "sqlite:////nowhere", s3.endpoint))
    documents.prepare()
    return documents


@pytest.fixture
def uow(app_context: Flask, settings: Settings, clock: FixedClock, ids: SeededIds, documents: Documents) -> UnitOfWork:
    """A unit of work over the fixed clock and the seeded ids."""
    return build(settings, clock=clock, ids=ids, documents=documents)


@pytest.fixture
def system() -> object:
    """The actor that is nobody."""
    return SYSTEM


def _memory() -> Path | None:
    """A folder in memory where there is plenty: a database per test is made and dropped ten times as fast there."""
    memory = Path("/dev/shm")  # noqa: S108
    plenty = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 3 * 1024**3
    return memory if plenty else None


def _settings(data: Path, url: str, endpoint: str | None) -> Settings:
    settings = load_settings({**TEST_SECRETS, "ZHUPI_DATA": str(data), "ZHUPI_DATABASE_URL": url})
    return dataclasses.replace(settings, s3_endpoint=endpoint, s3_bucket="tests", s3_secure=False)
