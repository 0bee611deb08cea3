"""No GET takes SQLite's one write lock, so reading goes on while somebody writes for long; access records are the exception."""

import sqlite3
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from matrix import ROWS, Row
from world import World

from config.settings import Settings
from storage import database as storage_database
from storage.db import db
from storage.documents import Documents
from storage.ports import FixedClock

READERS = [row for row in ROWS if row.verb == "GET"]
NOTED = {
    "/api/v1/attachments/<uuid:attachment_id>",
    "/attachments/<uuid:attachment_id>",
    "/attachments/<uuid:attachment_id>/pages",
    "/attachments/<uuid:attachment_id>/pages/<int:number>",
    "/instances/<uuid:instance_id>/papers/<uuid:paper_id>.pdf",
    "/api/v1/instances/<uuid:instance_id>/papers/<uuid:paper_id>",
}
"""Files and personal values are noted as seen before the first byte goes out."""


@pytest.fixture
def world(settings: Settings, documents: Documents, clock: FixedClock) -> Iterator[World]:
    world = World(settings, documents, clock)
    yield world
    world._close()


def reader_of(row: Row) -> str:
    """Somebody who gets through: a program before a browser."""
    return sorted(row.allowed, key=lambda who: (who == "anonymous", who.startswith("session:"), who))[0]


def read(world: World, row: Row) -> int:
    """Read it to its end; return the status."""
    reply = world.ask(reader_of(row), row)
    reply.get_data()
    reply.close()
    return reply.status_code


def test_only_reads_that_are_noted_take_the_write_lock(world: World) -> None:
    wrote: set[str] = set()
    with world.app.app_context():
        engine = db.engine
    current: list[str] = []

    def note(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            wrote.add(current[-1])

    sa.event.listen(engine, "begin", note)
    try:
        for row in READERS:
            current.append(row.rule)
            assert read(world, row) < 400, row.name
    finally:
        sa.event.remove(engine, "begin", note)
    assert wrote == NOTED


def test_reading_goes_on_while_somebody_holds_the_write_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = [pragma for pragma in storage_database._PRAGMAS if "busy_timeout" not in pragma]
    monkeypatch.setattr(storage_database, "_PRAGMAS", (*patient, "busy_timeout=1"))
    world._close()
    writer = sqlite3.connect(world.file, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        answers = {row.name: read(world, row) for row in READERS if row.rule not in NOTED}
        noted = {row.rule: read(world, row) for row in READERS if row.rule in NOTED}
    finally:
        writer.execute("ROLLBACK")
        writer.close()
    assert {name: status for name, status in answers.items() if status >= 400} == {}
    assert set(noted.values()) == {503}
