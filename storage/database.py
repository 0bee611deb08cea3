"""The database behind the models: engine options, pragmas, the safety check at start, and migrations."""

from __future__ import annotations

import contextlib
import functools
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

import storage.models  # noqa: F401 - the tables have to be known before the engine is used
from storage.db import db
from storage.errors import DatabaseUnavailable, UnsafeDatabase
from storage.statements import watch_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from flask import Flask

    from config.settings import Settings

BUSY_TIMEOUT_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 7_249_221
"""Key of the PostgreSQL advisory lock that lets one migration run at a time."""

_VERSIONS = sa.text("SELECT version_num FROM alembic_version")

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL lost acknowledged rows in power cuts
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is erased is overwritten in the file
)

_POSTGRESQL = {
    "application_name": "zhupi",
    "connect_timeout": 5,
    # A server that vanished is noticed within half a minute, not within the hours that TCP would wait.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c idle_in_transaction_session_timeout=120000",
}
"""Like SQLite's busy_timeout, a lock is waited for ten seconds; a transaction that was left open is ended."""


def init_database(app: Flask, settings: Settings) -> None:
    """Bind the models' database to an application and make its engine safe. Does not connect."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
    if settings.uses_sqlite:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.init_app(app)
    app.teardown_appcontext(_end_reading)
    with app.app_context():
        prepare_engine(db.engine)
        watch_statements(db.engine, settings.slow_statement_ms)


def _end_reading(_: BaseException | None) -> None:
    """End the read of a request; where the server is gone it has ended already, and what was answered stands.

    Runs before the session is removed, which would raise after the answer was made.
    """
    if not db.session.registry.has():
        return
    try:
        db.session().close()
    except sa.exc.DBAPIError:
        db.session().invalidate()


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return the options of the engine: a pool that fits the threads of one process, with one spare for each.

    A request may hold two connections: the read it is in, and the short transaction of an access record.
    """
    options: dict[str, Any] = {
        "pool_size": 2 * settings.web_threads,
        "max_overflow": 4,
        "pool_timeout": 15,
        "hide_parameters": True,  # an error text must not carry values into a log
    }
    if not settings.uses_sqlite:
        options["pool_pre_ping"] = True
        options["isolation_level"] = (
            "READ COMMITTED"  # after a lock is waited for, the next statement sees the newest
        )
        options["connect_args"] = _POSTGRESQL
    return options


def make_engine(settings: Settings) -> sa.Engine:
    """Return an engine of its own, outside any application: for migrations and checks."""
    engine = sa.create_engine(settings.database_url, poolclass=sa.NullPool, hide_parameters=True)
    prepare_engine(engine)
    return engine


def prepare_engine(engine: sa.Engine) -> None:
    """On SQLite set the pragmas and let every transaction begin as it asks: DEFERRED and read-only, or IMMEDIATE."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin, not the driver
        for pragma in _PRAGMAS:
            connection.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        driver: Any = connection.connection.dbapi_connection
        reads = mode == "DEFERRED"
        begin = f"BEGIN {mode}"
        try:
            # It survives ROLLBACK into the pool, and to set it makes SQLite compile every statement anew.
            if connection.info.get("query_only") is not reads:
                driver.execute(f"PRAGMA query_only={int(reads)}")
                connection.info["query_only"] = reads
            driver.execute(begin)
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(
                begin, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
            ) from error


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A short write transaction of its own, beside the session; it is committed when the block ends well.

    Only for what must not be part of a command: access records and the upkeep of the tables.
    """
    with engine.connect() as connection:
        connection = connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


def check_safety(engine: sa.Engine | None = None) -> None:
    """Refuse to start on a database that would lose acknowledged work in a power cut.

    Raises UnsafeDatabase with a sentence, DatabaseUnavailable when there is no answer.
    """
    engine = engine or db.engine
    try:
        with engine.connect() as connection:
            wrong = (
                _unsafe_sqlite(connection)
                if engine.dialect.name == "sqlite"
                else _unsafe_postgresql(connection)
            )
    except sa.exc.DBAPIError as error:
        raise DatabaseUnavailable from error
    if wrong:
        raise UnsafeDatabase(wrong)


def _unsafe_sqlite(connection: sa.Connection) -> str | None:
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")):
        found = str(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()).lower()
        if found != wanted:
            return f"The SQLite file does not accept {pragma}={wanted} (it is {found}): put the data on a local disk."
    return None


def _unsafe_postgresql(connection: sa.Connection) -> str | None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        found = connection.exec_driver_sql(f"SHOW {name}").scalar_one()
        if found == "off":
            return f"PostgreSQL runs with {name} = off and would lose acknowledged work: switch it on."
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        return f"The PostgreSQL database is encoded in {encoding}: create it with UTF8."
    return None


def migrate(settings: Settings) -> None:
    """Bring the schema to the newest revision; nothing happens when it is there already.

    Every migration runs in one transaction, one process at a time. Raises DatabaseUnavailable.
    """
    from alembic import command  # here alone: ten megabytes that no running process needs

    if settings.uses_sqlite:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = make_engine(settings)
    try:
        with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.OperationalError as error:
        raise DatabaseUnavailable from error
    finally:
        engine.dispose()


def is_migrated(engine: sa.Engine | None = None) -> bool:
    """Tell whether the schema is the one that this code expects. Raises DatabaseUnavailable."""
    try:
        with (engine or db.engine).connect() as connection:
            known = sa.inspect(connection).has_table("alembic_version")
            found = connection.execute(_VERSIONS).scalars().all() if known else []
    except sa.exc.DBAPIError as error:
        raise DatabaseUnavailable from error
    return list(found) == [newest_revision()]


@functools.cache
def newest_revision() -> str:
    """Return the id of the newest migration in the code: the one that no other comes after."""
    texts = [path.read_text("utf-8") for path in (MIGRATIONS / "versions").glob("*.py")]
    before, own = (
        {found for text in texts for found in re.findall(rf'^{name} = "(\w+)"', text, re.MULTILINE)}
        for name in ("down_revision", "revision")
    )
    newest: str
    (newest,) = own - before
    return newest


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
