"""No start on a database that would lose acknowledged work."""

import dataclasses
import shutil

import pytest
import sqlalchemy as sa
from flask import Flask
from postgres import PostgresServer

from storage.actor import SYSTEM
from storage.database import check_safety, init_database, is_migrated, make_engine, migrate
from storage.db import db
from storage.errors import DatabaseUnavailable, UnsafeDatabase
from storage.unit_of_work import build


def test_the_databases_of_the_tests_are_safe(app_context):
    check_safety()
    assert is_migrated()


def test_sqlite_runs_with_the_pragmas_that_keep_acknowledged_rows(app_context, database):
    if database.kind != "sqlite":
        pytest.skip("pragmas are SQLite's")
    wanted = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10000, "foreign_keys": 1, "secure_delete": 1}
    with db.engine.connect() as connection:
        for pragma, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_sqlite_that_syncs_too_little_is_refused(settings):
    engine = make_engine(settings)

    @sa.event.listens_for(engine, "connect")
    def _(connection, _record):
        connection.execute("PRAGMA synchronous=NORMAL")

    with pytest.raises(UnsafeDatabase) as refused:
        check_safety(engine)
    assert "synchronous" in refused.value.why
    engine.dispose()


@pytest.fixture
def own_server(scratch):
    """A PostgreSQL that the test may stop and start as it likes."""
    server = PostgresServer(scratch / "own")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(scratch / "own")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_postgresql_without_sync_is_refused_and_a_lost_server_is_unavailable(own_server, settings):
    own = dataclasses.replace(settings, database_url=own_server.url())
    migrate(own)
    engine = make_engine(own)
    check_safety(engine)
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        own_server.execute(f"ALTER SYSTEM SET {name} = off", "SELECT pg_reload_conf()")
        with pytest.raises(UnsafeDatabase, match=name):
            check_safety(engine)
        own_server.execute(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")
    own_server.stop()
    for ask in (check_safety, is_migrated):
        with pytest.raises(DatabaseUnavailable):
            ask(engine)
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_server_killed_in_a_command_loses_nothing_acknowledged_and_the_next_command_works(own_server, settings, documents):
    own = dataclasses.replace(settings, database_url=own_server.url())
    migrate(own)
    app = Flask("killed")
    init_database(app, own)
    with app.app_context():
        uow = build(own, documents=documents)
        with uow.begin(SYSTEM):
            uow.journal.record("acknowledged", stream="system")

        def killed() -> None:
            uow.journal.record("never", stream="system")
            own_server.kill()

        with pytest.raises(DatabaseUnavailable), uow.begin(SYSTEM):
            killed()
        with pytest.raises(DatabaseUnavailable), uow.begin(SYSTEM):
            pass
        with pytest.raises(DatabaseUnavailable):
            uow.record_access(SYSTEM, "x")
        own_server.start()
        assert [event["action"] for event in uow.journal.read("system")] == ["acknowledged"]
        with uow.begin(SYSTEM):
            uow.journal.record("after", stream="system")
        assert uow.journal.verify("system").events == 2
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_unavailable_and_heals(app_context, uow):
    with db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def limit(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count={limit.pages}")

    limit.pages = pages
    sa.event.listen(db.engine, "checkout", limit)

    def fill() -> None:
        for _ in range(200):
            uow.journal.record("x", stream="system", details={"text": "x" * 2000})
            uow.session.flush()

    with pytest.raises(DatabaseUnavailable), uow.begin(SYSTEM):
        fill()
    assert uow.journal.read("system") == []
    limit.pages = 1_000_000
    with uow.begin(SYSTEM):
        fill()
    assert uow.journal.verify("system").events == 200
