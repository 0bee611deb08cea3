"""Words that nobody else would write are planted wherever a person or a secret can be; no log may hold one.

The mask knows patterns, but no pattern knows a name: so these canaries are plain words beside numbers and secrets.
"""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from cast import PASSWORD, TEST_SECRETS, Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import APPLICATION, PROCESS, Journey

from config.logging import JsonLines, TextLines, configure_logging
from config.settings import Settings
from service.headers import name_requests
from service.worker import Rounds
from storage.documents import Documents
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import build
from workflows import worker_jobs
from workflows.scenarios.files import sample_file

ROOT = Path(__file__).resolve().parents[2]
NAME, STREET, QUERY, SECRET = "Rosmarinchen", "锦葵巷七号", "Wacholderbeere", "Sternanis9!Kardamom"
ID_NUMBER, MOBILE, MAIL = "11010519491231002X", "13912345678", "rosmarinchen@gewuerz.example"
CANARIES = (NAME, STREET, QUERY, SECRET, ID_NUMBER, MOBILE, MAIL)


@pytest.fixture(params=["json", "text"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that this process logs, down to DEBUG, as its handlers write it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging("DEBUG", request.param)
    name_requests()
    written = io.StringIO()
    ours = root.handlers[0]
    assert isinstance(ours, logging.StreamHandler)
    assert isinstance(ours.formatter, JsonLines if request.param == "json" else TextLines)
    ours.setStream(written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


def assert_clean(text: str) -> None:
    assert text.strip(), "nothing was logged at all"
    assert [one for one in CANARIES if one.lower() in text.lower()] == []


def typed() -> dict[str, object]:
    return {
        **APPLICATION,
        "company": NAME,
        "contact_name": NAME,
        "contact_mobile": MOBILE,
        "contact_mail": MAIL,
        "mailing_address": STREET,
        "postal_code": ID_NUMBER,
        QUERY: SECRET,
    }


def test_web_and_worker_write_down_nothing_personal_and_no_secret(
    app: Flask,
    client: FlaskClient,
    cast: Cast,
    settings: Settings,
    clock: FixedClock,
    documents: Documents,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.start()
    case = journey.instance_id
    task = journey.task("applicant", "application")
    path = f"/tasks/{task['id']}"
    # forms, good and bad
    journey.call("applicant", "PUT", f"{path}/draft", json={"answers": typed(), "revision": 0})
    body = {"answers": typed(), "outcome": "submitted", "task_version": task["version"]}
    assert journey.call("applicant", "POST", f"{path}/complete", json=body).status_code == 422
    journey.call(
        "applicant",
        "POST",
        f"{path}/complete",
        data=f'{{"{NAME}": "{SECRET}',
        content_type="application/json",
    )
    # uploads
    for content in (sample_file("申请表.pdf"), SECRET.encode()):
        data = {"field": "application_form", "file": (io.BytesIO(content), f"{NAME}-{ID_NUMBER}.pdf")}
        journey.call(
            "applicant", "POST", f"{path}/attachments", data=data, content_type="multipart/form-data"
        )
    # searches, addresses, headers
    for address in (
        f"/instances?query={QUERY}",
        f"/tasks?query={NAME}&{QUERY}=1",
        f"/{QUERY}",
        f"/registers/{QUERY}/entries",
    ):
        journey.call("administrator", "GET", address)
    client.get(
        f"/inbox?q={QUERY}",
        headers={"Referer": f"http://x/{QUERY}", "User-Agent": NAME, "X-Request-ID": QUERY + "!"},
    )
    client.open(f"/{NAME}", method=NAME.upper())
    # refused sign-ins and tokens, right ones, and what follows
    client.get("/api/v1/me", headers={"Authorization": f"Bearer zp_{SECRET}"})
    page = client.get("/login").get_data(as_text=True)
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    for username, password in ((NAME, SECRET), ("applicant", SECRET), ("applicant", PASSWORD)):
        client.post(
            "/login",
            data={"csrf_token": csrf, "username": username, "password": password, "next": f"/{QUERY}"},
        )
    client.post("/account/password", data={"old": SECRET, "new": SECRET})
    client.post(
        "/setup",
        data={"csrf_token": csrf, "token": SECRET, "username": NAME, "password": SECRET, "name": NAME},
    )
    # commands with reasons, and a fault of ours that quotes what was typed
    journey.call("operator", "POST", f"/instances/{case}/suspend", json={"reason": NAME})
    journey.call("operator", "POST", f"/instances/{case}/resume", json={"reason": STREET})
    journey.call("operator", "POST", "/messages", json={"message": QUERY, "values": {"who": NAME}})

    def broken(*_args: object, **_more: object) -> None:
        raise ValueError(NAME + SECRET)

    with monkeypatch.context() as patch:
        patch.setattr("workflows.queries.read_process", broken)
        patch.setattr("workflows.queries.list_instances", broken)
        assert journey.call("applicant", "GET", f"/instances?query={QUERY}").status_code == 500
    # the worker: a job that quotes, one that nobody knows, a round that breaks
    with app.app_context():
        uow = build(settings, clock=clock, ids=SeededIds("worker"), documents=documents)
        patched = {**worker_jobs.OWN_KINDS, "canary": broken}
        monkeypatch.setattr(worker_jobs, "OWN_KINDS", patched)
        from storage.actor import SYSTEM

        with uow.begin(SYSTEM):
            uow.jobs.put("canary", "canary", {"who": NAME, "secret": SECRET}, clock.now(), UUID(case))
            uow.jobs.put(
                "message",
                "canary-2",
                {"message": NAME, "correlation": STREET, "values": {NAME: SECRET}},
                clock.now(),
            )
        Rounds().run(uow)
    text = log.getvalue()
    assert_clean(text)
    assert "job " in text
    assert f"{PROCESS}" in text or case in text


def test_a_line_names_request_route_case_and_how_long_it_took(
    client: FlaskClient, cast: Cast, log: io.StringIO
) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.start()
    log.truncate(0)
    number = journey.ok(
        "operator", "GET", f"/instances/{journey.instance_id}", headers={"X-Request-ID": "abcdefgh-1"}
    )["number"]
    line = log.getvalue().strip("\0 \n").splitlines()[-1]
    if line.startswith("{"):
        told = json.loads(line)
        assert told["time"].endswith("+00:00")
        assert isinstance(told["duration_ms"], int)
        expected = {
            "level": "INFO", "logger": "zhupi.requests", "request_id": "abcdefgh-1", "instance": journey.instance_id,
            "number": number, "method": "GET", "route": "/api/v1/instances/<uuid:instance_id>", "status": 200,
        }  # fmt: skip
        assert {name: told[name] for name in expected} == expected
    else:
        assert f"number={number}" in line
        assert "request_id=abcdefgh-1" in line
    log.truncate(0)
    client.get("/login")
    assert number not in log.getvalue()


def test_the_steps_before_a_start_write_down_no_secret(tmp_path: Path) -> None:
    """`prepare` on a database that does not answer says so without the password in its address."""
    environment = {
        **os.environ,
        **TEST_SECRETS,
        "ZHUPI_SECRET_KEY": SECRET * 2,
        "ZHUPI_DATA": str(tmp_path),
        "ZHUPI_DATABASE_URL": f"postgresql://zhupi:{SECRET.replace('!', '')}@127.0.0.1:1/zhupi",
    }
    for program in (["service.prepare"], ["service.cli", "worker"]):
        command = [sys.executable, "-m", *program]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=8, check=False
            )
            text = done.stdout + done.stderr
        except subprocess.TimeoutExpired as running:
            text = (running.stderr or b"").decode() + (running.stdout or b"").decode()
        assert_clean(text)
        assert SECRET.replace("!", "") not in text
