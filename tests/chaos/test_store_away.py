"""The object store goes away: what needs it says so, everything else goes on, and when it is back so are the files."""

import dataclasses
import io
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cast import Cast as People
from cast import make_cast
from flask import Flask
from journey import Journey
from werkzeug.test import TestResponse

from config.settings import Settings
from service.app import create_app
from storage.db import db
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.unit_of_work import build
from workflows.scenarios.files import sample_file

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[EmbeddedS3]:
    """A store of our own, that may be killed."""
    own = EmbeddedS3(tmp_path, settings.s3_access_key, settings.s3_secret_key)
    own.start()
    yield own
    own.stop()


@pytest.fixture
def house(settings: Settings, store: EmbeddedS3) -> Iterator[Flask]:
    app = create_app(dataclasses.replace(settings, s3_endpoint=None))
    with app.app_context():
        Documents(dataclasses.replace(settings, s3_endpoint=None)).prepare()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def people(house: Flask, settings: Settings) -> People:
    with house.app_context():
        return make_cast(build(settings), settings)


def upload(journey: Journey, task: str, field: str = "application_form") -> TestResponse:
    data = {"field": field, "file": (io.BytesIO(sample_file("a.pdf")), "a.pdf")}
    return journey.call(
        "applicant", "POST", f"/tasks/{task}/attachments", data=data, content_type="multipart/form-data"
    )


def test_without_the_store_only_files_wait_and_it_heals_by_itself(
    house: Flask, people: People, store: EmbeddedS3
) -> None:
    journey = Journey(house.test_client(), people)
    journey.prepare()
    journey.fill_in()
    submitted = journey.instance_id
    begun = journey.start()
    task = journey.task("applicant", "application")["id"]
    kept = upload(journey, task)
    assert kept.status_code == 201
    file = f"/attachments/{kept.json['id']}"
    assert store.pid is not None
    os.kill(store.pid, signal.SIGKILL)
    while store.alive():
        time.sleep(0.02)
    assert upload(journey, task).status_code == 503
    assert journey.call("applicant", "GET", file).status_code == 503
    for path in ("/me", "/tasks", "/instances", f"/instances/{begun}", f"/tasks/{task}"):
        assert journey.call("applicant", "GET", path).status_code == 200, path
    draft = {"answers": {"company": "青枫"}, "revision": 0}
    assert journey.call("applicant", "PUT", f"/tasks/{task}/draft", json=draft).status_code == 200
    journey.start()
    journey.instance_id = submitted
    journey.complete("review_agent", "review", "approved", {})
    store.start_again()
    deadline = time.monotonic() + 20
    while (reply := upload(journey, task, "letter_of_authorisation")).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert reply.status_code == 201
    assert journey.call("applicant", "GET", file).status_code == 200
