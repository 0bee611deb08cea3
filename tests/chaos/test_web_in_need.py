"""A real web server on a full disk, and one that is told to end: only 503, nothing lost, and what is in hand is finished."""

import dataclasses
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from cast import LANES, Cast, make_cast
from flask import Flask

from config.settings import Settings
from storage.actor import SYSTEM
from storage.database import init_database
from storage.db import db
from storage.documents import Documents
from storage.models import Instance
from storage.unit_of_work import UnitOfWork, build
from tests.bench.town import Web, web
from workflows.commands.organisations import bind_lane
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PACKAGE = Path(__file__).parents[2] / "bpmn" / "certificate_issuance"
MIB = 1024 * 1024


@contextmanager
def served(folder: Path, migrated: Path, settings: Settings, environment: dict[str, str], documents: Documents) -> Iterator[tuple[Web, Cast, UnitOfWork]]:
    """A house on a SQLite file in a folder."""
    file = folder / "zhupi.sqlite"
    shutil.copyfile(migrated, file)
    own = dataclasses.replace(settings, database_url=f"sqlite:///{file}")
    app = Flask("need")
    init_database(app, own)
    with app.app_context():
        uow = build(own, documents=documents)
        cast = make_cast(uow, own)
        deploy_package(uow, SYSTEM, read_folder(PACKAGE))
        for lane in LANES:
            bind_lane(uow, SYSTEM, "certificate_issuance", lane, cast.groups[lane])
        uow.session.rollback()
        with web({**environment, "ZHUPI_DATABASE_URL": own.database_url}) as server:
            yield server, cast, uow
        db.session.remove()
        db.engine.dispose()


def send(server: Web, cast: Cast, method: str, path: str, key: str | None = None) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {**cast["applicant"].headers, "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": key} if key else {}
    body = json.dumps({"process_key": "certificate_issuance"}) if method == "POST" else None
    try:
        connection.request(method, f"/api/v1{path}", body, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


Limit = Callable[[Web, bool], None]
"""Let a web server's disk be full, or have room again."""


@pytest.fixture(params=[pytest.param("tmpfs", marks=pytest.mark.slow), "limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Limit]]:
    """A folder and what fills its disk: a small one in memory where we may mount it, and a limit that the kernel sets."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if request.param == "limit":
        yield folder, _limit
        return
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "zhupi-test", str(folder)], check=False, capture_output=True
    ).returncode
    if not mounted:
        pytest.skip("no disk of its own may be mounted here")
    try:
        yield folder, lambda _, full: _fill(folder) if full else (folder / "ballast").unlink()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _limit(server: Web, full: bool) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for pid in server.pids():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 if full else hard, hard))


def _fill(folder: Path) -> None:
    with (folder / "ballast").open("wb") as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    os.write(file.fileno(), b"x" * size)
            except OSError:
                continue


def test_a_full_disk_is_answered_with_503_and_heals_without_a_restart(
    disk: tuple[Path, Limit], migrated_file: Path, settings: Settings, environment: dict[str, str], documents: Documents
) -> None:
    folder, limit = disk
    with served(folder, migrated_file, settings, environment, documents) as (server, cast, uow):
        keys = [uuid4().hex for _ in range(40)]
        first = [send(server, cast, "POST", "/instances", key) for key in keys[:5]]
        assert {status for status, _ in first} == {201}
        acknowledged = {key: body["id"] for key, (_, body) in zip(keys, first, strict=False)}
        limit(server, True)
        answers = {}
        for key in keys[5:]:
            status, body = send(server, cast, "POST", "/instances", key)
            answers[key] = status
            if status == 201:
                acknowledged[key] = body["id"]
        assert set(answers.values()) <= {201, 503}
        assert list(answers.values()).count(503) >= 20
        assert send(server, cast, "GET", f"/instances/{first[0][1]['id']}")[0] == 200
        limit(server, False)
        for key in keys:
            status, body = send(server, cast, "POST", "/instances", key)
            assert status == 201
            assert acknowledged.setdefault(key, body["id"]) == body["id"]
        uow.session.rollback()
        assert {str(one) for one in uow.session.scalars(db.select(Instance.id))} == set(acknowledged.values())
        for one in acknowledged.values():
            assert uow.journal.verify(f"instance:{one}").ok


def test_a_web_server_that_is_told_to_end_answers_what_it_has_begun(
    tmp_path: Path, migrated_file: Path, settings: Settings, environment: dict[str, str], documents: Documents
) -> None:
    with served(tmp_path, migrated_file, settings, environment, documents) as (server, cast, uow):
        body = json.dumps({"process_key": "certificate_issuance"}).encode()
        head = (
            f"POST /api/v1/instances HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {cast['applicant'].token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(head.encode() + body[:5])
            time.sleep(0.5)  # it is being read now
            server.process.send_signal(signal.SIGTERM)
            rest = threading.Timer(1.0, connection.sendall, (body[5:],))
            rest.start()
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            rest.join()
        assert answer.split(b" ", 2)[1] == b"201"
        assert server.process.wait(20) == 0
        assert len(uow.session.scalars(db.select(Instance.id)).all()) == 1
