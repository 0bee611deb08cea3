"""What the house stands on goes away: 503 with a sentence, and nothing is half done."""

import dataclasses
import io
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey

from config.settings import Settings
from service.app import create_app
from storage.db import db
from storage.documents import Documents
from workflows.scenarios.files import sample_file


@pytest.fixture
def without_database(settings: Settings) -> Iterator[FlaskClient]:
    away = dataclasses.replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(away)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def test_without_a_database_everything_says_so(without_database: FlaskClient) -> None:
    token = {"Authorization": "Bearer zp_x", "Accept-Language": "en"}
    reply = without_database.get("/api/v1/me", headers=token)
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "5"
    assert reply.json is not None
    assert reply.json["code"] == "database_unavailable"
    assert "did not answer" in reply.json["detail"]
    ready = without_database.get("/readyz")
    assert ready.status_code == 503
    assert ready.json is not None
    assert ready.json["database"] is False
    assert without_database.get("/healthz").status_code == 200


def test_a_page_without_a_database_is_still_a_page(without_database: FlaskClient) -> None:
    with without_database.session_transaction() as session:
        session["_user_id"] = "somebody"
    reply = without_database.get("/inbox")
    assert reply.status_code == 503
    assert reply.content_type.startswith("text/html")
    assert "Traceback" not in reply.get_data(as_text=True)


def test_without_the_store_an_upload_says_so_and_leaves_nothing(
    app: Flask, client: FlaskClient, cast: Cast, settings: Settings
) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.start()
    task = journey.task("applicant", "application")
    app.extensions["zhupi"]["documents"] = Documents(dataclasses.replace(settings, s3_endpoint="127.0.0.1:1"))
    data = {"field": "application_form", "file": (io.BytesIO(sample_file("申请表.pdf")), "申请表.pdf")}
    path = f"/tasks/{task['id']}/attachments"
    reply = journey.call("applicant", "POST", path, data=data, content_type="multipart/form-data")
    assert reply.status_code == 503
    assert reply.json is not None
    assert reply.json["code"] == "store_unavailable"
    assert journey.task("applicant", "application")["attachments"] == []
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json is not None
    assert (ready.json["object_store"], ready.json["database"]) == (False, True)


def test_a_mistake_of_ours_tells_nothing_but_its_number(
    app: Flask, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        message = "secret 13900000001"
        raise ValueError(message)

    app.view_functions["health.healthz"] = _like(app.view_functions["health.healthz"], broken)
    reply = app.test_client().get("/healthz", headers={"Accept-Language": "en"})
    assert reply.status_code == 500
    assert reply.json is not None
    assert reply.json["request_id"] in reply.json["detail"]
    assert "secret" not in reply.get_data(as_text=True)
    assert "13900000001" not in caplog.text
    assert "ValueError" in caplog.text


def test_reading_takes_no_write_lock(app: Flask, client: FlaskClient, cast: Cast) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    begun: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(connection: sa.Connection) -> None:
        begun.append(str(connection.get_execution_options().get("sqlite_begin", "DEFERRED")))

    sa.event.listen(engine, "begin", note)
    try:
        for who in ("applicant", "administrator"):
            for path in (
                "/me",
                "/tasks",
                "/instances",
                f"/instances/{journey.instance_id}",
                "/registers",
                "/definitions",
                "/organisations",
                "/tokens",
            ):
                assert journey.call(who, "GET", path).status_code in (200, 404)
    finally:
        sa.event.remove(engine, "begin", note)
    assert set(begun) == {"DEFERRED"}


def _like(view: object, other: object) -> object:
    other.__dict__.update(view.__dict__)  # type: ignore[attr-defined]  # its policy too
    return other
