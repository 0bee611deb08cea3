"""Uploads as programs send them: exactly the limit, one byte more, half a body, malware, and no scanner."""

import dataclasses
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cast import Cast, begin_session
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey
from scanner import EICAR, FOUND, PROGRAM, clamd

from config.settings import Settings
from storage.db import db
from storage.documents import Documents
from storage.models import Attachment, Incident
from storage.unit_of_work import build
from workflows.scenarios.files import sample_file

MIB = 1024 * 1024
FIELD = "application_form"


# Werkzeug leaves a body that was refused half-way to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


@pytest.fixture
def journey(client: FlaskClient, cast: Cast) -> Journey:
    """An application that was just begun."""
    journey = Journey(client, cast)
    journey.prepare()
    journey.start()
    return journey


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    if PROGRAM is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    with clamd("StreamMaxLength 25M") as address:
        yield address


def padded(size: int) -> bytes:
    """A sound PDF of so many bytes: scanners pad with line breaks."""
    content = sample_file("a.pdf")
    return content + b"\n" * (size - len(content))


def send(journey: Journey, content: bytes, name: str = "申请表.pdf", *, english: bool = False) -> tuple[int, str, str]:
    """Upload and return status, code and sentence."""
    task = journey.task("applicant", "application")
    reply = journey.client.post(
        f"/api/v1/tasks/{task['id']}/attachments",
        data={"field": FIELD, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
        headers={**journey.cast["applicant"].headers, "Accept-Language": "en" if english else "zh-CN"},
    )
    assert reply.json is not None
    return reply.status_code, reply.json.get("code", ""), reply.json.get("detail", "")


def rows(app: Flask) -> list[Attachment]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Attachment)))


def objects(documents: Documents) -> set[str]:
    return set(documents.older_than(datetime.now(UTC) + timedelta(days=1)))


def test_exactly_the_limit_is_taken_and_one_byte_more_is_not(app: Flask, journey: Journey) -> None:
    status, code, sentence = send(journey, padded(20 * MIB + 1))
    assert (status, code) == (413, "file_too_large")
    assert "20 MB" in sentence
    assert rows(app) == []
    assert send(journey, padded(20 * MIB))[0] == 201
    assert [row.size for row in rows(app)] == [20 * MIB]


def test_a_body_beyond_the_limit_of_the_house_is_refused_unread(app: Flask, journey: Journey) -> None:
    assert send(journey, padded(26 * MIB))[:2] == (413, "too_large")
    assert rows(app) == []


def test_an_empty_file_is_refused_with_a_sentence(app: Flask, journey: Journey) -> None:
    status, code, sentence = send(journey, b"")
    assert (status, code) == (422, "file_empty")
    assert sentence
    assert rows(app) == []


def test_the_content_decides_whatever_the_name_says(app: Flask, journey: Journey) -> None:
    status, code, sentence = send(journey, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "scan.pdf")
    assert (status, code) == (422, "file_type_mismatch")
    assert "SVG" in sentence
    assert send(journey, sample_file("a.jpg"), "scan.pdf")[0] == 201
    assert [row.media_type for row in rows(app)] == ["image/jpeg"]


def test_a_sender_that_breaks_off_leaves_nothing(app: Flask, journey: Journey, documents: Documents) -> None:
    before = objects(documents)
    task = journey.task("applicant", "application")
    boundary = "b"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="field"\r\n\r\n{FIELD}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    ).encode() + sample_file("a.pdf")
    reply = journey.client.post(
        f"/api/v1/tasks/{task['id']}/attachments",
        input_stream=io.BytesIO(body),
        content_length=len(body) + 5_000_000,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers=journey.cast["applicant"].headers,
    )
    assert 400 <= reply.status_code < 500
    assert json.loads(reply.get_data(as_text=True))["code"]
    assert (rows(app), objects(documents)) == ([], before)


def test_malware_is_refused_with_what_to_do_and_operators_are_told(
    app: Flask, journey: Journey, scanner: str
) -> None:
    guard(app, scanner)
    status, code, sentence = send(journey, padded(2000).replace(b"%%EOF", EICAR + b"\n%%EOF"))
    assert (status, code) == (422, "file_infected")
    assert FOUND in sentence
    assert "隔离" in sentence
    (row,) = rows(app)
    for who in ("applicant", "administrator", "operator"):
        assert journey.call(who, "GET", f"/attachments/{row.id}").status_code == 404
    assert journey.task("applicant", "application")["attachments"] == []
    with app.app_context():
        assert db.session.scalars(sa.select(Incident.kind)).all() == ["file_infected"]
    assert [one["kind"] for one in journey.ok("operator", "GET", "/incidents")["items"]] == ["file_infected"]
    assert send(journey, sample_file("a.pdf"))[0] == 201


def test_without_the_scanner_an_upload_says_so_and_succeeds_later(
    app: Flask, journey: Journey, scanner: str, documents: Documents
) -> None:
    before = objects(documents)
    guard(app, "127.0.0.1:1")
    status, code, sentence = send(journey, sample_file("a.pdf"), english=True)
    assert (status, code) == (503, "check_unavailable")
    assert "a few minutes" in sentence
    assert (rows(app), objects(documents)) == ([], before)
    guard(app, scanner)
    assert send(journey, sample_file("a.pdf"))[0] == 201


def test_files_inside_a_file_are_told_to_its_reader(app: Flask, journey: Journey) -> None:
    import pikepdf

    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.attachments["list.txt"] = b"a list"
    document.save(out)
    assert send(journey, out.getvalue())[0] == 201
    (shown,) = journey.task("applicant", "application")["attachments"]
    assert shown["embedded"] == 1


def guard(app: Flask, address: str) -> None:
    """Let the house use a scanner."""
    house = app.extensions["zhupi"]
    house["settings"] = dataclasses.replace(house["settings"], clamd=address)


@pytest.mark.parametrize(("language", "words"), [("zh_CN", "文件被换过"), ("en", "Swapped file")])
def test_a_swapped_file_is_refused_and_an_operator_reads_of_it(
    app: Flask,
    journey: Journey,
    documents: Documents,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: str,
) -> None:
    promote = Documents.promote

    def swapped(self: Documents, key: str) -> str:
        kept = promote(self, key)
        documents._connected().put_object(documents._bucket, kept, io.BytesIO(b"other"), 5)
        return kept

    monkeypatch.setattr(Documents, "promote", swapped)
    assert send(journey, sample_file("a.pdf"))[:2] == (422, "file_swapped")
    (incident,) = journey.ok("operator", "GET", "/incidents")["items"]
    assert (incident["kind"], incident["instance_id"]) == ("file_swapped", journey.instance_id)
    with app.app_context():
        begin_session(build(settings), journey.cast["operator"], "an operator")
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "an operator"
    browser.set_cookie("language", language)
    page = browser.get(f"/operations/incidents/{incident['id']}")
    assert f"<h1>{words}</h1>" in page.get_data(as_text=True)
    assert "operations." not in page.get_data(as_text=True)
