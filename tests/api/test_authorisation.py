"""Every route × everybody, own and other: generated from the declared table, complete by test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import NOW, TEST_SECRETS
from matrix import BAD_TOKENS, EVERYBODY, PEOPLE, ROWS, Row
from werkzeug.test import TestResponse
from world import World

from config.settings import load_settings
from service.access import policy_of
from storage.db import db
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.ports import FixedClock


@pytest.fixture(scope="module")
def world(
    migrated_file: Path, s3: EmbeddedS3, documents: Documents, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    shutil.copyfile(migrated_file, folder / "zhupi.sqlite")
    settings = load_settings({**TEST_SECRETS, "ZHUPI_DATA": str(folder)})
    world = World(settings, documents, FixedClock(NOW))
    yield world
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_every_route_has_its_row(world: World) -> None:
    routes = {
        f"{verb} {rule.rule}"
        for rule in world.app.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    rows = [row.name for row in ROWS]
    assert sorted(routes - set(rows)) == []
    assert sorted(set(rows) - routes) == []
    assert len(rows) == len(set(rows))


def test_nothing_is_open_by_accident(world: World) -> None:
    """What a stranger may call is declared public, and the other way round."""
    for rule in world.app.url_map.iter_rules():
        policy = policy_of(world.app, rule.endpoint)
        assert policy is not None
        for row in ROWS:
            if row.rule == rule.rule and row.verb in (rule.methods or ()):
                assert policy.public == ("anonymous" in row.allowed), row.name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_route_lets_in_whom_it_names_and_nobody_else(world: World, row: Row) -> None:
    wrong = []
    for who in sorted(EVERYBODY | BAD_TOKENS):
        reply = world.ask(who, row)
        if row.verb != "GET":
            world.restore()
        expected, found = _expected(row, who), _outcome(row, reply)
        reply.close()
        if found != expected:
            wrong.append(f"{who}: {found} ({reply.status_code}), expected {expected}")
    assert wrong == [], row.name


def _expected(row: Row, who: str) -> str:
    if who in BAD_TOKENS:
        return "sign in"
    if who in row.allowed:
        return "in"
    if who not in PEOPLE:
        return "sign in"
    return "may not" if who in row.seen or not row.hidden else "nothing there"


def _outcome(row: Row, reply: TestResponse) -> str:
    if reply.status_code == 302 and reply.headers.get("Location", "").startswith("/login"):
        return "sign in"
    if "WWW-Authenticate" in reply.headers or (reply.status_code == 401 and "anonymous" not in row.allowed):
        return "sign in"  # a page shows the login in place, with what was typed
    if reply.status_code >= 500:
        return "broken"
    return {403: "may not", 404: "nothing there"}.get(reply.status_code, "in")
