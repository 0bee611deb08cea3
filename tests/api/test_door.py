"""Who comes through, and what is said to those who do not."""

import dataclasses

import pytest
from cast import Cast
from flask import Flask, request
from flask.testing import FlaskClient

from config.settings import Settings
from service.access import RouteWithoutPolicy, access, parse_policy, require_policies
from service.app import create_app
from service.headers import RequestIdFilter


def test_a_route_without_a_policy_keeps_the_app_from_starting() -> None:
    app = Flask("bare", static_folder=None)
    app.add_url_rule("/open", "open", access("public")(lambda: "yes"))
    require_policies(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "oops")
    with pytest.raises(RouteWithoutPolicy, match="/forgotten"):
        require_policies(app)


@pytest.mark.parametrize("rule", ["", "everybody", "role:", "role:king", "signed_in:x"])
def test_a_policy_is_one_of_few_words(rule: str) -> None:
    with pytest.raises(ValueError, match=r"policy|Role"):
        parse_policy(rule)


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient) -> None:
    reply = client.get("/api/v1/me", headers={"Accept-Language": "en"})
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert reply.content_type == "application/problem+json"
    assert reply.json is not None
    assert reply.json["code"] == "sign_in_needed"
    assert reply.json["detail"].startswith("You are not signed in.")


def test_a_stranger_on_a_page_is_led_to_the_login_and_back(client: FlaskClient) -> None:
    reply = client.get("/inbox?tab=done")
    assert reply.status_code == 302
    assert reply.headers["Location"] == "/login?next=%2Finbox%3Ftab%3Ddone"


def test_a_token_says_who_asks(client: FlaskClient, cast: Cast) -> None:
    reply = client.get("/api/v1/me", headers=cast["applicant"].headers)
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["username"] == "applicant"
    assert reply.json["organisation_id"] == str(cast.organisations["applicant"])
    assert reply.json["auth_level"] == "token"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer zp_expired", "Bearer zp_revoked", "Bearer zp_unknown", "Bearer x", "Bearer", "Basic YTpi", "",
        "Bearer zp_" + "x" * 5000, "Bearer zp_\xff",
    ],
)  # fmt: skip
def test_a_wrong_token_is_refused_even_where_strangers_may_go(
    client: FlaskClient, cast: Cast, header: str
) -> None:
    for path in ("/api/v1/me", "/api/v1/openapi.json"):
        reply = client.get(path, headers={"Authorization": header})
        assert reply.status_code == 401
        assert reply.json is not None
        assert reply.json["code"] == "token_refused"


def test_every_answer_bears_the_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/v1/me", "/api/v1/nothing", "/nothing", "/login"):
        headers = client.get(path).headers
        csp = headers["Content-Security-Policy"]
        assert "script-src 'self';" in csp
        assert "style-src 'self';" in csp
        assert "frame-ancestors 'none'" in csp
        assert "unsafe" not in csp
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert len(headers["X-Request-ID"]) >= 8
        assert "Strict-Transport-Security" not in headers


def test_over_https_cookies_are_bound_to_the_host(settings: Settings) -> None:
    app = create_app(dataclasses.replace(settings, public_url="https://zhupi.example"))
    reply = app.test_client().get("/login", base_url="https://zhupi.example")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-zhupi=")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert reply.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("public_url", "seen"), [("https://zhupi.example", "5.6.7.8"), ("http://localhost", "127.0.0.1")]
)
def test_only_behind_our_proxy_the_caller_is_who_it_says(
    settings: Settings, public_url: str, seen: str
) -> None:
    app = create_app(dataclasses.replace(settings, public_url=public_url))
    addresses: list[str | None] = []
    app.before_request(lambda: addresses.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": "1.2.3.4, 5.6.7.8"})
    assert addresses == [seen]


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    reply = client.get("/healthz", headers={"Host": "evil.example"})
    assert reply.status_code == 400


def test_the_request_id_of_a_proxy_is_kept_and_a_strange_one_is_not(client: FlaskClient) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-ID": "abcdef-12345"}).headers["X-Request-ID"]
        == "abcdef-12345"
    )
    assert client.get("/healthz", headers={"X-Request-ID": "a b<c>d"}).headers["X-Request-ID"] != "a b<c>d"


def test_a_body_over_the_limit_gets_a_sentence(client: FlaskClient, cast: Cast) -> None:
    headers = {**cast["applicant"].headers, "Content-Type": "application/json"}
    reply = client.post(
        "/api/v1/instances", data=b'{"process_key": "' + b"x" * 2_000_000 + b'"}', headers=headers
    )
    assert reply.status_code == 413
    assert reply.json is not None
    assert reply.json["code"] == "too_large"
    assert "the limit is 1 MB" in reply.json["detail"]


def test_a_wrong_verb_names_those_that_work(client: FlaskClient, cast: Cast) -> None:
    reply = client.delete("/api/v1/me", headers=cast["applicant"].headers)
    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]


def test_the_language_is_that_of_the_program_else_of_the_account(client: FlaskClient, cast: Cast) -> None:
    token = {"Authorization": cast["applicant"].headers["Authorization"]}
    path = "/api/v1/tasks?limit=0"
    english = client.get(path, headers={**token, "Accept-Language": "en-GB,en;q=0.8"}).json
    account = client.get(path, headers=token).json
    assert english is not None
    assert account is not None
    assert english["detail"].startswith("Fields to correct: 1")
    assert account["detail"].startswith("有 1 项")


def test_health_needs_nothing_and_readiness_names_the_parts(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    reply = client.get("/readyz")
    assert reply.status_code == 200
    assert reply.json == {"status": "ok", "database": True, "migrations": True, "object_store": True}


def test_what_is_logged_during_a_request_bears_its_id(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    caplog.set_level("DEBUG", "zhupi.requests")
    app.test_client().get("/api/v1/tasks?query=13900000001", headers={"X-Request-ID": "abcdef-12345"})
    record = next(record for record in caplog.records if record.name == "zhupi.requests")
    assert record.request_id == "abcdef-12345"  # type: ignore[attr-defined]
    told = (record.method, record.route, record.status)  # type: ignore[attr-defined]
    assert told == ("GET", "/api/v1/tasks", 401)
    assert "13900000001" not in caplog.text
