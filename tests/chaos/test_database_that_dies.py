"""A PostgreSQL that is killed at the worst moments: the key tells afterwards what became of a command."""

import dataclasses
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cast import TEST_SECRETS
from flask import Flask
from postgres import PostgresServer

from config.settings import Settings, load_settings
from storage.actor import SYSTEM
from storage.database import init_database, migrate
from storage.db import db
from storage.errors import DatabaseUnavailable
from storage.unit_of_work import UnitOfWork, build

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def server(scratch: Path) -> Iterator[PostgresServer]:
    """A server of our own, that may be killed, with the newest schema in its database `fresh`."""
    own = PostgresServer(scratch / "dies")
    own.start()
    own.execute("CREATE DATABASE fresh")
    secrets = {"ZHUPI_DATA": str(scratch), "ZHUPI_DATABASE_URL": own.url("fresh"), **TEST_SECRETS}
    migrate(load_settings(secrets))
    yield own
    own.stop()
    shutil.rmtree(scratch / "dies")


@pytest.fixture
def work(server: PostgresServer, settings: Settings, documents: Any) -> Iterator[tuple[Flask, UnitOfWork]]:
    own = dataclasses.replace(settings, database_url=server.url(server.create("fresh")))
    app = Flask("dies")
    init_database(app, own)
    with app.app_context():
        yield app, build(own, documents=documents)
        db.session.remove()
        db.engine.dispose()


def command(uow: UnitOfWork, key: str) -> bool:
    """Do one thing under a key; tell whether it was done before."""
    with uow.begin(SYSTEM, key, b"f") as done:
        if not done.repeated:
            uow.journal.record("x", stream="system", details={"key": key})
            done(None, uow.ids.new())
    return done.repeated


def start_anew(server: PostgresServer) -> None:
    """Start a killed server, as soon as what it left lets it."""
    while True:
        try:
            server.start()
        except RuntimeError:
            continue
        return


def dies_at_commit(monkeypatch: pytest.MonkeyPatch, kill: Callable[[], None], *, before: bool) -> None:
    """Let the server die once: before the COMMIT reaches it, or after, while its answer is on the way."""
    dialect, real = db.engine.dialect, db.engine.dialect.do_commit
    killed: list[bool] = []

    def do_commit(connection: Any) -> None:
        if not killed:
            killed.append(True)
            if not before:
                real(connection)
            kill()
            if not before:
                message = "server closed the connection unexpectedly"
                raise psycopg.OperationalError(message)
        real(connection)

    monkeypatch.setattr(dialect, "do_commit", do_commit)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_commit_without_an_answer_is_told_as_such_and_the_key_tells_what_became_of_it(
    server: PostgresServer,
    work: tuple[Flask, UnitOfWork],
    monkeypatch: pytest.MonkeyPatch,
    before: bool,
) -> None:
    _, uow = work
    command(uow, "first")
    dies_at_commit(monkeypatch, server.kill, before=before)
    with pytest.raises(DatabaseUnavailable):
        command(uow, "in question")
    start_anew(server)
    assert command(uow, "in question") is not before
    assert [event["details"]["key"] for event in uow.journal.read("system")] == ["first", "in question"]
    assert uow.journal.verify("system").ok


def test_what_was_read_is_answered_although_the_server_dies_before_the_read_ends(
    server: PostgresServer, settings: Settings
) -> None:
    app = Flask("reads")
    init_database(app, dataclasses.replace(settings, database_url=server.url()))

    @app.get("/read")
    def read() -> str:
        found = str(db.session.scalar(db.text("SELECT 41 + 1")))
        server.kill()
        return found

    try:
        reply = app.test_client().get("/read")
        assert (reply.status_code, reply.text) == (200, "42")
    finally:
        start_anew(server)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.slow
def test_a_server_that_is_killed_again_while_it_recovers_loses_nothing_acknowledged(
    server: PostgresServer, work: tuple[Flask, UnitOfWork]
) -> None:
    app, uow = work
    acknowledged: list[str] = []
    stop = threading.Event()

    def write(name: int) -> None:
        with app.app_context():
            mine = build(uow.settings, documents=uow.documents)
            number = 0
            while not stop.is_set():
                key = f"{name}-{number}"
                try:
                    command(mine, key)
                except DatabaseUnavailable:
                    stop.wait(0.02)
                    continue
                acknowledged.append(key)
                number += 1
            db.session.remove()

    writers = [threading.Thread(target=write, args=(name,)) for name in range(3)]
    for writer in writers:
        writer.start()
    try:
        for pause in (0.02, 0.05, 0.1):
            stop.wait(0.5)
            server.kill()
            dead = server._process
            hurried = threading.Thread(target=start_hurriedly, args=(server,))
            hurried.start()
            while server._process is dead:
                stop.wait(0.005)
            stop.wait(pause)  # while it reads its log again
            server.kill()
            hurried.join()
            start_anew(server)
        stop.wait(0.5)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    times = Counter(event["details"]["key"] for event in uow.journal.read("system"))
    assert len(acknowledged) > 10
    assert [key for key in acknowledged if times[key] != 1] == []
    assert [key for key, count in times.items() if count > 1] == []
    assert uow.journal.verify("system").ok


def start_hurriedly(server: PostgresServer) -> None:
    try:
        server.start()
    except RuntimeError:  # it was killed meanwhile, or the last one still held its memory
        return
