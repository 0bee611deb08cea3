"""Wrong requests, one kind at a time: each is named by its code, in a sentence."""

import io
import zipfile
from uuid import uuid4

import pytest
from cast import Cast
from flask.testing import FlaskClient
from journey import APPLICATION, Journey
from test_hostile_input import check


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
    reply = client.post(
        "/api/v1/definitions",
        data={"file": (io.BytesIO(content), "package.zip")},
        content_type="multipart/form-data",
        headers=cast["process_owner"].headers,
    )
    assert reply.status_code == 422
    assert reply.json is not None
    assert reply.json["code"] == "bad_archive"


@pytest.mark.parametrize("packer", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_with_damaged_content_is_refused(client: FlaskClient, cast: Cast, packer: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packer) as archive:
        archive.writestr("process.bpmn", bytes(range(256)) * 40)
    damaged = bytearray(packed.getvalue())
    damaged[50:120] = b"\xff" * 70
    reply = client.post(
        "/api/v1/definitions",
        data={"file": (io.BytesIO(damaged), "package.zip")},
        content_type="multipart/form-data",
        headers=cast["process_owner"].headers,
    )
    assert reply.status_code == 422
    assert reply.json is not None
    assert reply.json["code"] == "bad_archive"


class BrokenChunk(Exception):
    """What a server raises for a chunk that it cannot read, in its own words."""


class BrokenStream(io.BytesIO):
    """A body whose next chunk has no size."""

    def read(self, _size: int | None = -1) -> bytes:
        raise BrokenChunk


@pytest.mark.parametrize(
    ("stream", "status", "code"),
    [
        (io.BytesIO(b'{"process_key": "x"}'), 404, "not_found"),
        (io.BytesIO(b'{"process_key": "x"}' + b" " * 2_000_000), 413, "too_large"),
        (BrokenStream(), 400, "bad_request"),
    ],
    ids=["whole", "too large", "broken"],
)
def test_a_body_without_a_length_is_bounded_too(
    client: FlaskClient, cast: Cast, stream: io.BytesIO, status: int, code: str
) -> None:
    reply = client.post(
        "/api/v1/instances",
        input_stream=stream,
        content_type="application/json",
        headers={**cast["applicant"].headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert reply.status_code == status
    assert reply.json is not None
    assert reply.json["code"] == code


def test_an_archive_that_unpacks_into_too_much_is_refused(client: FlaskClient, cast: Cast) -> None:
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
