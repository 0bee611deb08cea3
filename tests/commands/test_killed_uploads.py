"""kill -9 at each step of an upload and of the collector, in real processes: no dangling row, no orphan beyond the term."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast
from sqlalchemy import select

from storage.models import Attachment
from workflows.scenarios.files import sample_file
from workflows.unused_files import LEASE, ORPHAN_AGE, UNUSED_FILE_TTL, collect_attachments, sweep_objects

CHILD = """
import io, os, signal, sys
from datetime import datetime
from uuid import UUID
from flask import Flask
from config.settings import load_settings
from storage.actor import Actor
from storage.database import init_database
from storage.documents import Documents
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork, build
from workflows import unused_files
from workflows.commands import attachments
verb, point, when, now, account, organisation, task, path, *pairs = sys.argv[1:]
settings = load_settings(dict(pair.split("=", 1) for pair in pairs))
owners = {"Documents": Documents, "UnitOfWork": UnitOfWork, "attachments": attachments, "unused_files": unused_files}
owner, name, count = point.split(".")
step, calls = getattr(owners[owner], name), []
def killed(*args, **kwargs):
    calls.append(1)
    if len(calls) == int(count) and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = step(*args, **kwargs)
    if len(calls) == int(count):
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(owners[owner], name, killed)
app = Flask("child")
init_database(app, settings)
with app.app_context():
    uow = build(settings, clock=FixedClock(datetime.fromisoformat(now)))
    if verb == "attach":
        who = Actor(UUID(account), UUID(organisation), frozenset(), frozenset())
        with open(path, "rb") as file:
            attachments.attach_file(uow, who, UUID(task), "application_form", file, "a.pdf")
    else:
        unused_files.collect_attachments(uow)
"""
UPLOAD = [
    ("Documents.receive.1", "before"),
    ("Documents._put.1", "before"),
    ("Documents._put.1", "after"),
    ("attachments.check_apart.1", "before"),
    ("Documents.promote.1", "before"),
    ("Documents.delete.1", "before"),
    ("Documents.promote.1", "after"),
    ("attachments._hold.1", "after"),
]
REFUSAL = [
    ("attachments.discard.1", "before"),
    ("unused_files._delete.1", "before"),
    ("Documents.delete.1", "after"),
    ("Documents.delete.2", "after"),
]
COLLECTOR = [
    ("unused_files._expire.1", "after"),
    ("unused_files._delete.1", "before"),
    ("Documents.delete.1", "after"),
    ("unused_files._delete.1", "after"),
]

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]


def run_and_kill(
    case: Case, environment: dict[str, str], tmp_path: Any, verb: str, at: tuple[str, str], content: bytes = b""
) -> None:
    """Let a process of its own do it, and see it die by the kill."""
    cast = case.cast
    path = tmp_path / "upload"
    path.write_bytes(content or sample_file("a.pdf"))
    asks = cast["asks"]
    cast.uow.session.rollback()
    done = subprocess.run(
        [
            sys.executable, "-c", CHILD, verb, *at, cast.uow.clock.now().isoformat(), str(asks.account_id),
            str(asks.organisation_id), str(case.task("application")), str(path),
            *(f"{name}={value}" for name, value in environment.items()),
        ],
        check=False, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def rows(cast: Cast) -> list[Attachment]:
    cast.uow.session.rollback()
    return list(cast.uow.session.scalars(select(Attachment)))


def objects(cast: Cast) -> set[str]:
    return set(cast.uow.documents.older_than(datetime.now(UTC) + timedelta(days=3650)))


def afterwards(cast: Cast, clock: Any) -> None:
    """Let the term pass and the collectors do what they do."""
    clock.advance(UNUSED_FILE_TTL + LEASE)
    while collect_attachments(cast.uow):
        pass


@pytest.mark.parametrize("at", UPLOAD, ids=" ".join)
def test_a_killed_upload_leaves_nothing_beyond_its_term(
    case: Case, cast: Cast, clock: Any, environment: dict[str, str], tmp_path: Any, at: tuple[str, str]
) -> None:
    before = objects(cast)
    run_and_kill(case, environment, tmp_path, "attach", at)
    assert [one.status for one in rows(cast)] == ["pending"]
    kept = case.attach("asks", "application", "application_form", "a.pdf")  # the person tries again
    afterwards(cast, clock)
    (row,) = rows(cast)
    assert (str(row.id), row.status) == (kept, "held")
    assert objects(cast) - before == {row.object_key}


@pytest.mark.parametrize("at", REFUSAL, ids=" ".join)
def test_a_killed_refusal_leaves_nothing_beyond_its_term(
    case: Case, cast: Cast, clock: Any, environment: dict[str, str], tmp_path: Any, at: tuple[str, str]
) -> None:
    before = objects(cast)
    run_and_kill(case, environment, tmp_path, "attach", at, b"%PDF-1.7 nothing")
    afterwards(cast, clock)
    assert (rows(cast), objects(cast)) == ([], before)


@pytest.mark.parametrize("at", COLLECTOR, ids=" ".join)
def test_a_killed_collector_is_followed_by_another(
    case: Case, cast: Cast, clock: Any, environment: dict[str, str], tmp_path: Any, at: tuple[str, str]
) -> None:
    before = objects(cast)
    case.attach("asks", "application", "application_form", "a.pdf")
    with cast.uow.begin(cast["asks"]):
        for row in cast.uow.session.scalars(select(Attachment)):
            row.status, row.expires_at = "pending", clock.now()
    run_and_kill(case, environment, tmp_path, "collect", at)
    afterwards(cast, clock)
    clock.advance(ORPHAN_AGE)
    sweep_objects(cast.uow)
    assert (rows(cast), objects(cast) - before) == ([], set())
