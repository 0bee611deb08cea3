"""Browser sessions: rows, cookies, CSRF; what ends them; attempts counted over all processes."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cast import PASSWORD, Cast
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM
from storage.db import db
from storage.documents import Documents
from storage.models import Account, LoginSession
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import build
from workflows.queries.actors import digest_of

FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf_of(client: FlaskClient, path: str = "/login") -> str:
    """Return the CSRF token of the form on a page."""
    found = FIELD.search(client.get(path).get_data(as_text=True))
    assert found, path
    return found[1]


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD) -> int:
    """Sign in through the form; return the status."""
    form = {"csrf_token": csrf_of(client), "username": username, "password": password}
    return client.post("/login", data=form).status_code


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("zhupi")
    assert cookie is not None
    return cookie.value


def test_a_session_is_a_row_with_a_hash(app: Flask, client: FlaskClient, cast: Cast) -> None:
    assert sign_in(client, "applicant") == 303
    me = client.get("/api/v1/me")
    assert me.status_code == 200
    assert me.json is not None
    assert me.json["auth_level"] == "password"
    with client.session_transaction() as session:
        token = session["_user_id"]
    with app.app_context():
        rows = db.session.scalars(sa.select(LoginSession.token_sha256)).all()
        assert rows == [digest_of(token)]


def test_a_new_session_keeps_nothing_of_the_one_before(client: FlaskClient, cast: Cast) -> None:
    planted_csrf = csrf_of(client)
    with client.session_transaction() as session:
        session["planted"] = "by an attacker"
    assert sign_in(client, "applicant") == 303
    first = cookie_of(client)
    with client.session_transaction() as session:
        assert "planted" not in session
        first_token = session["_user_id"]
    reply = client.post("/api/v1/tokens", json={"label": "x"}, headers={"X-CSRFToken": planted_csrf})
    assert reply.status_code == 400
    client.post("/logout", data={"csrf_token": csrf_of(client, "/account")})
    assert sign_in(client, "applicant") == 303
    with client.session_transaction() as session:
        assert session["_user_id"] != first_token
    thief = client.application.test_client()
    thief.set_cookie("zhupi", first)
    assert thief.get("/api/v1/me").status_code == 401


def test_a_cookie_alone_changes_nothing(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, "applicant")
    for headers in ({}, {"X-CSRFToken": "forged"}):
        reply = client.post("/api/v1/tokens", json={"label": "x"}, headers=headers)
        assert reply.status_code == 400
        assert reply.json is not None
        assert reply.json["code"] == "csrf"
    token = csrf_of(client, "/account")
    reply = client.post("/api/v1/tokens", json={"label": "x"}, headers={"X-CSRFToken": token})
    assert reply.status_code == 201
    assert reply.json is not None
    secret = reply.json["secret"]
    bearer = {"Authorization": f"Bearer {secret}"}
    stranger = client.application.test_client()
    assert stranger.get("/api/v1/me", headers=bearer).status_code == 200
    assert stranger.post("/api/v1/tokens", json={"label": "y"}, headers=bearer).status_code == 403


def test_the_login_form_is_protected_too(client: FlaskClient, cast: Cast) -> None:
    assert client.post("/login", data={"username": "applicant", "password": PASSWORD}).status_code == 400


def test_a_disabled_person_is_out_at_once(app: Flask, client: FlaskClient, cast: Cast) -> None:
    sign_in(client, "applicant")
    assert client.get("/api/v1/me").status_code == 200
    path = f"/api/v1/accounts/{cast['applicant'].account_id}/disable"
    reply = app.test_client().post(path, headers=cast["administrator"].headers)
    assert reply.status_code == 200
    assert client.get("/api/v1/me").status_code == 401
    assert app.test_client().get("/api/v1/me", headers=cast["applicant"].headers).status_code == 401
    assert sign_in(client, "applicant") == 401


def test_a_session_ends_by_itself(client: FlaskClient, cast: Cast, clock: FixedClock) -> None:
    sign_in(client, "applicant")
    clock.advance(timedelta(hours=13))
    assert client.get("/api/v1/me").status_code == 401


def test_a_first_password_opens_one_door_only(
    app: Flask, client: FlaskClient, cast: Cast, settings: Settings, documents: Documents
) -> None:
    with app.app_context():
        uow = build(settings, documents=documents)
        with uow.begin(SYSTEM):
            uow.session.execute(
                sa.update(Account).where(Account.username == "applicant").values(must_change_password=True)
            )
    sign_in(client, "applicant")
    assert client.get("/api/v1/me").status_code == 200
    refused = client.get("/api/v1/tasks")
    assert refused.status_code == 403
    assert refused.json is not None
    assert refused.json["code"] == "password_must_change"
    page = client.get("/inbox")
    assert (page.status_code, page.headers["Location"]) == (302, "/account/password")


def test_attempts_are_counted_over_all_processes(
    settings: Settings, clock: FixedClock, documents: Documents, cast: Cast
) -> None:
    clients = []
    for number in range(2):
        app = create_app(settings, clock=clock, ids=SeededIds(f"process {number}"))
        app.extensions["zhupi"]["documents"] = documents
        clients.append(app.test_client())
    statuses = [sign_in(clients[attempt % 2], "applicant", "wrong") for attempt in range(8)]
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    assert sign_in(clients[0], "applicant") == 429
    clock.advance(timedelta(minutes=20))
    assert sign_in(clients[1], "applicant") == 303
    for client in clients:
        with client.application.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("username", ["applicant", "nobody_of_this_name", "", "x" * 5000, "' OR 1=1 --"])
def test_a_wrong_login_says_the_same_for_everybody(client: FlaskClient, cast: Cast, username: str) -> None:
    form = {"csrf_token": csrf_of(client), "username": username, "password": "wrong"}
    client.set_cookie("language", "en")
    reply = client.post("/login", data=form)
    assert reply.status_code == 401
    assert "The user name or password is wrong." in reply.get_data(as_text=True)
