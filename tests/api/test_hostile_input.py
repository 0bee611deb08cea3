"""Whatever a caller sends: an answer with a sentence, never a 500."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journey import APPLICATION, Journey
from werkzeug.test import TestResponse

EXAMPLES = 400
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "\x00",
            "a\x00b",
            "%00",
            "../../etc/passwd",
            "' OR 1=1 --",
            "<script>",
            "💥" * 50,
            "x" * 5000,
            "²",
            "NaN",
        ]
    ),
)
numbers = st.one_of(
    st.integers(-(10**25), 10**25), st.floats(allow_nan=True), st.sampled_from([0, -1, 2**31, 2**63, 10**17])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "process_key", "reason", "outcome", "answers", "task_version", "revision", "field", "label", "days", "name",
    "username", "password", "roles", "organisation_id", "account_ids", "group_id", "lane", "language", "phone", "mail",
    "credit_code", "expires_in_days", "lines", "company",
]  # fmt: skip
bodies = st.dictionaries(st.sampled_from(NAMES), values, max_size=5) | values
queries = st.dictionaries(
    st.sampled_from(["after", "limit", "query", "tab", "status", "process_key", "x"]),
    texts
    | st.sampled_from(["1", "-1", "9" * 400, "todo", "W10", "WzFd", "bnVsbA", "eyJhIjoxfQ", "W1tbW11dXV0"]),
    max_size=3,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "Idempotency-Key",
            "Accept-Language",
            "X-Request-ID",
            "Content-Type",
            "If-Match",
            "Range",
            "X-Forwarded-Host",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=120)
    | st.sampled_from(
        ["application/json", "text/xml", "multipart/form-data", "zh-CN,zh;q=0.9", "*", "en;q=x"]
    ),
    max_size=2,
)


def check(reply: TestResponse, what: str) -> None:
    """A refusal is a problem document with a sentence; a 5xx never happens."""
    assert reply.status_code < 500, (what, reply.status_code, reply.get_data(as_text=True)[:300])
    if reply.status_code >= 400 and what.partition(" ")[2].startswith("/api/v1"):
        assert reply.content_type == "application/problem+json", what
        problem = reply.json
        assert problem is not None
        assert problem["detail"]
        assert not problem["detail"].startswith(("error.", "form."))
        for messages in problem.get("errors", {}).values():
            assert all(not one["message"].startswith("form.") for one in messages)


@pytest.fixture
def pool(client: FlaskClient, cast: Cast) -> dict[str, list[str]]:
    """Ids that exist, by the name of the path parameter."""
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    review = journey.task("administrator", "review")["id"]
    case = journey.instance_id
    journey.start()
    draft = journey.task("applicant", "application")["id"]
    file = journey.attach("applicant", "application", "application_form", "申请表.pdf")
    return {
        "instance_id": [case, journey.instance_id],
        "task_id": [review, draft],
        "attachment_id": [file],
        "account_id": [str(cast["neighbour"].account_id)],
        "organisation_id": [str(cast.organisations["neighbour"])],
        "group_id": [str(cast.groups["other_group"])],
        "register": ["issued_keys"],
        "process_key": ["certificate_issuance"],
        "lane": ["finance"],
    }


def test_any_request_is_answered(
    app: Flask, client: FlaskClient, cast: Cast, pool: dict[str, list[str]]
) -> None:
    routes = [
        (verb, rule.rule)
        for rule in app.url_map.iter_rules()
        for verb in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.rule not in ("/login", "/logout", "/static/<path:filename>")
    ]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        verb, rule = data.draw(st.sampled_from(routes))
        who = data.draw(st.sampled_from(["applicant", "administrator", "review_agent"]))

        def fill(found: re.Match[str]) -> str:
            known = pool.get(found[1], [])
            return str(
                data.draw(
                    st.sampled_from(
                        [*known, *known, str(uuid4()), str(UUID(int=0)), "x", "%00", "a%2Fb", "é" * 80]
                    )
                )
            )

        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", fill, rule)
        options: dict[str, Any] = {"query_string": data.draw(queries)}
        sent = {**cast[who].headers, **data.draw(headers)}
        if verb != "GET":
            if rule.startswith("/api"):
                body = data.draw(bodies)
                options["data"] = data.draw(
                    st.sampled_from([json.dumps(body), json.dumps(body).encode()[:-1], b"\xff", b""])
                )
                sent.setdefault("Content-Type", "application/json")
            else:
                options["data"] = data.draw(
                    st.dictionaries(
                        st.sampled_from([*NAMES, "_action", "_version", "_revision", "_key"]),
                        texts,
                        max_size=5,
                    )
                )
                sent.pop("Content-Type", None)
        reply = client.open(path, method=verb, headers=sent, **options)
        check(reply, f"{verb} {path}")

    ask()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_fields"),
        (b"{", "bad_json_malformed"),
        (b"[]", "bad_fields"),
        (b'"text"', "bad_fields"),
        (b"null", "bad_fields"),
        (b'{"process_key": 5}', "bad_fields"),
        (b'{"process_key": null}', "bad_fields"),
        (b'{"process_key": ["certificate_issuance"]}', "bad_fields"),
        (b'{"process_key": "x", "surprise": 1}', "bad_fields"),
        (b'{"process_key": "x", "process_key": "y"}', "bad_json_twice"),
        (b'{"process_key": "' + b"x" * 65 + b'"}', "bad_fields"),
        (b'{"process_key": "a\\u0000"}', "bad_json_text"),
        (b'{"process_key": NaN}', "bad_json_constant"),
        (b"[" * 5000, "bad_json_deep"),
        (b'{"process_key": "nothing_of_this_name"}', "not_found"),
    ],
)
def test_a_wrong_body_is_named(client: FlaskClient, cast: Cast, body: bytes, code: str) -> None:
    sent = {**cast["applicant"].headers, "Content-Type": "application/json"}
    reply = client.post("/api/v1/instances", data=body, headers=sent)
    assert 400 <= reply.status_code < 500
    assert reply.json is not None
    assert reply.json["code"] == code
    check(reply, "POST /api/v1/instances")


def test_another_media_type_is_refused(client: FlaskClient, cast: Cast) -> None:
    sent = {**cast["applicant"].headers, "Content-Type": "text/xml"}
    assert client.post("/api/v1/instances", data=b"<a/>", headers=sent).status_code == 415


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=" + "9" * 400,
        "surprise=1",
        "tab=everything",
        "after=",
        "after=x",
        "after=%00",
    ],
)
def test_a_wrong_query_is_refused(client: FlaskClient, cast: Cast, query: str) -> None:
    reply = client.get(f"/api/v1/tasks?{query}", headers=cast["applicant"].headers)
    assert reply.status_code in (400, 422)
    check(reply, "GET /api/v1/tasks")


def test_a_case_of_others_looks_like_none(
    client: FlaskClient, cast: Cast, pool: dict[str, list[str]]
) -> None:
    for path in (
        f"/instances/{pool['instance_id'][0]}",
        f"/tasks/{pool['task_id'][1]}",
        f"/attachments/{pool['attachment_id'][0]}",
    ):
        foreign = client.get(f"/api/v1{path}", headers=cast["neighbour"].headers)
        nothing = client.get(f"/api/v1{path.rpartition('/')[0]}/{uuid4()}", headers=cast["neighbour"].headers)
        assert foreign.status_code == nothing.status_code == 404
        assert {**foreign.json, "request_id": ""} == {**nothing.json, "request_id": ""}  # type: ignore[dict-item]


def test_foreign_files_cannot_be_handed_in(
    client: FlaskClient, cast: Cast, pool: dict[str, list[str]]
) -> None:
    journey = Journey(client, cast)
    journey.start("neighbour")
    task = journey.task("neighbour", "application")
    answers = {
        **APPLICATION,
        "application_form": pool["attachment_id"],
        "letter_of_authorisation": [str(uuid4())],
    }
    body = {"outcome": "submitted", "answers": answers, "task_version": task["version"]}
    sent = {**cast["neighbour"].headers, "Idempotency-Key": "k"}
    reply = client.post(f"/api/v1/tasks/{task['id']}/complete", json=body, headers=sent)
    assert reply.status_code == 422
    assert reply.json is not None
    assert {"application_form", "letter_of_authorisation"} <= set(reply.json["errors"])


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a b", "schlüssel"])
def test_a_wrong_idempotency_key_is_refused(client: FlaskClient, cast: Cast, key: str) -> None:
    sent = {**cast["applicant"].headers, "Idempotency-Key": key}
    reply = client.post("/api/v1/instances", json={"process_key": "x"}, headers=sent)
    assert reply.status_code == 400
    assert reply.json is not None
    assert reply.json["code"] == "bad_idempotency_key"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"not a zip", b"\x00" * 5000])
def test_what_is_no_package_is_refused(client: FlaskClient, cast: Cast, content: bytes) -> None:
    import io

    reply = client.post(
        "/api/v1/definitions",
        data={"file": (io.BytesIO(content), "package.zip")},
        content_type="multipart/form-data",
        headers=cast["process_owner"].headers,
    )
    assert reply.status_code == 422
    assert reply.json is not None
    assert reply.json["code"] == "bad_archive"


def test_an_archive_that_unpacks_into_too_much_is_refused(client: FlaskClient, cast: Cast) -> None:
    import io
    import zipfile

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("process.bpmn", b"0" * 40_000_000)
    reply = client.post(
        "/api/v1/definitions",
        data={"file": (io.BytesIO(bomb.getvalue()), "package.zip")},
        content_type="multipart/form-data",
        headers=cast["process_owner"].headers,
    )
    assert reply.status_code == 422


def test_a_package_with_faults_lists_them(client: FlaskClient, cast: Cast) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("process.bpmn", b"<!DOCTYPE a><a/>")
        archive.writestr("../escape.txt", b"x")
    reply = client.post(
        "/api/v1/definitions",
        data={"file": (io.BytesIO(packed.getvalue()), "package.zip")},
        content_type="multipart/form-data",
        headers=cast["process_owner"].headers,
    )
    assert reply.status_code == 422
    assert reply.json is not None
    assert reply.json["code"] == "package_invalid"
    assert {"file", "element", "line", "rule", "message"} == set(reply.json["findings"][0])


def test_any_answers_are_judged(client: FlaskClient, cast: Cast, pool: dict[str, list[str]]) -> None:
    """The form meets every kind of value in every field: accepted into the draft or refused field by field."""
    task_id = pool["task_id"][1]
    rows = st.lists(
        st.dictionaries(st.sampled_from(["package", "years", "quantity", "x"]), values, max_size=3) | values,
        max_size=3,
    )
    sheets = st.dictionaries(
        st.sampled_from([*APPLICATION, "application_form", "letter_of_authorisation", "x"]),
        values | rows,
        max_size=6,
    )

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(sheets, st.booleans())
    def ask(answers: dict[str, Any], draft: bool) -> None:
        verb, path, body = (
            "POST",
            f"/api/v1/tasks/{task_id}/complete",
            {"outcome": "submitted", "task_version": 1},
        )
        if draft:
            verb, path, body = "PUT", f"/api/v1/tasks/{task_id}/draft", {"revision": 0}
        sent = {**cast["applicant"].headers, "Content-Type": "application/json"}
        reply = client.open(path, method=verb, data=json.dumps({**body, "answers": answers}), headers=sent)
        check(reply, f"{verb} {path}")

    ask()
