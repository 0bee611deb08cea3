"""K1–K13 over HTTP with tokens: from begin to delivery, with the second clicks and old tabs of real life."""

import io

import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import APPLICATION, ARRIVED, IN_HAND, INVOICE, KEYS, SENT, Journey

from storage.access import ACCESS_DENIED, ACCESS_GRANTED
from storage.db import db
from storage.models import AccessRecord
from workflows.scenarios.files import sample_file


@pytest.fixture
def journey(client: FlaskClient, cast: Cast) -> Journey:
    journey = Journey(client, cast)
    journey.prepare()
    return journey


def test_an_application_goes_from_begin_to_delivery(journey: Journey) -> None:
    journey.fill_in()
    assert journey.open_steps() == {"review"}
    review = journey.task("review_agent", "review")
    journey.ok("review_agent", "POST", f"/tasks/{review['id']}/claim", json={})
    journey.complete("review_agent", "review", "approved", {})
    assert journey.open_steps() == {"payment"}
    journey.pay()
    journey.complete("finance", "payment_confirmation", "confirmed", ARRIVED)
    assert journey.open_steps() == {"invoice", "key_production"}
    journey.complete("production", "key_production", "made", KEYS)
    journey.complete("finance", "invoice", "issued", INVOICE)
    journey.complete("shipping", "shipment", "shipped", SENT)
    journey.complete("applicant", "delivery", "received", IN_HAND)
    instance = journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")
    assert (instance["status"], instance["outcome"]) == ("completed", "delivered")
    entries = journey.ok("applicant", "GET", "/registers/issued_keys/entries")["items"]
    assert {entry["values"]["serial"] for entry in entries} == {"ZK-2026-0001", "ZK-2026-0002"}
    journal = journey.ok("auditor", "GET", f"/instances/{journey.instance_id}/journal")
    assert journal["ok"] is True
    assert [event["seq"] for event in journal["events"]] == list(range(1, len(journal["events"]) + 1))
    assert "青枫路" not in str(journal)


def test_the_price_comes_from_the_table(journey: Journey) -> None:
    journey.fill_in()
    journey.complete("review_agent", "review", "approved", {})
    payment = journey.task("applicant", "payment")
    assert [card["amount"] for card in payment["cards"]] == ["700.00"]


def test_a_repeated_request_is_done_once(journey: Journey) -> None:
    body = {"process_key": "certificate_issuance"}
    first = journey.call("applicant", "POST", "/instances", key="same", json=body)
    second = journey.call("applicant", "POST", "/instances", key="same", json=body)
    assert first.status_code == second.status_code == 201
    assert first.json is not None
    assert second.json is not None
    assert first.json["id"] == second.json["id"]
    assert len(journey.ok("applicant", "GET", "/instances")["items"]) == 1


def test_a_key_used_for_another_request_is_refused(journey: Journey) -> None:
    journey.start()
    task = journey.task("applicant", "application")
    path = f"/tasks/{task['id']}/attachments"
    for name, status in (("申请表.pdf", 201), ("授权书.jpg", 422)):
        data = {"field": "application_form", "file": (io.BytesIO(sample_file(name)), name)}
        reply = journey.call(
            "applicant", "POST", path, key="once", data=data, content_type="multipart/form-data"
        )
        assert reply.status_code == status
    assert reply.json is not None
    assert reply.json["code"] == "idempotency_mismatch"


def test_an_old_tab_is_told_who_was_faster(journey: Journey) -> None:
    journey.fill_in()
    review = journey.task("review_agent", "review")
    journey.complete("review_agent", "review", "approved", {})
    body = {"outcome": "approved", "answers": {}, "task_version": review["version"]}
    reply = journey.call("second_reviewer", "POST", f"/tasks/{review['id']}/complete", json=body)
    assert reply.status_code == 409
    assert reply.json is not None
    assert reply.json["code"] in ("task_not_open", "stale_task")
    assert "Name of review_agent" in reply.json["detail"]


def test_a_second_click_with_the_same_key_is_success(journey: Journey) -> None:
    journey.fill_in()
    review = journey.task("review_agent", "review")
    body = {"outcome": "approved", "answers": {}, "task_version": review["version"]}
    replies = [
        journey.call("review_agent", "POST", f"/tasks/{review['id']}/complete", key="click", json=body)
        for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json == replies[1].json


def test_wrong_answers_are_named_field_by_field(journey: Journey) -> None:
    journey.start()
    task = journey.task("applicant", "application")
    answers = {
        **APPLICATION,
        "contact_mobile": "12",
        "surprise": 1,
        "lines": [{"package": "gold", "quantity": -1}],
    }
    body = {"outcome": "submitted", "answers": answers, "task_version": task["version"]}
    reply = journey.call("applicant", "POST", f"/tasks/{task['id']}/complete", json=body)
    assert reply.status_code == 422
    assert reply.json is not None
    assert reply.json["code"] == "invalid_form"
    errors = reply.json["errors"]
    assert {"contact_mobile", "surprise", "lines[0].package", "lines[0].quantity"} <= set(errors)
    for messages in errors.values():
        for message in messages:
            assert message["code"]
            assert not message["message"].startswith("form.")


def test_a_draft_is_kept_and_read_back(journey: Journey) -> None:
    journey.start()
    task = journey.task("applicant", "application")
    path = f"/tasks/{task['id']}/draft"
    saved = journey.ok("applicant", "PUT", path, json={"answers": {"contact_name": "林"}, "revision": 0})
    assert saved["revision"] == 1
    assert journey.task("colleague", "application")["draft"]["answers"] == {"contact_name": "林"}
    late = journey.call("colleague", "PUT", path, json={"answers": {}, "revision": 0})
    assert late.status_code == 409


def test_files_are_judged_by_content_and_come_back_safely(journey: Journey) -> None:
    journey.start()
    task = journey.task("applicant", "application")
    path = f"/tasks/{task['id']}/attachments"
    data = {"field": "application_form", "file": (io.BytesIO(b"<script>alert(1)</script>"), "申请表.pdf")}
    refused = journey.call("applicant", "POST", path, data=data, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert refused.json is not None
    assert not refused.json["detail"].startswith("error.")
    kept = journey.attach("applicant", "application", "application_form", "申请表.pdf")
    reply = journey.call("applicant", "GET", f"/attachments/{kept}")
    assert reply.data == sample_file("申请表.pdf")
    assert reply.headers["Content-Disposition"].startswith("attachment;")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert journey.call("neighbour", "GET", f"/attachments/{kept}").status_code == 404
    assert journey.call("applicant", "DELETE", f"/attachments/{kept}").status_code == 204


def test_pages_of_a_list_hang_together(journey: Journey) -> None:
    made = {journey.start() for _ in range(5)}
    seen: list[str] = []
    after = None
    while True:
        path = "/instances?limit=2" + (f"&after={after}" if after else "")
        page = journey.ok("applicant", "GET", path)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 5
    assert set(seen) == made


def test_a_withdrawn_application_is_closed(journey: Journey) -> None:
    journey.start()
    reply = journey.ok(
        "applicant", "POST", f"/instances/{journey.instance_id}/withdraw", json={"reason": "later"}
    )
    assert (reply["status"], reply["outcome"]) == ("cancelled", "withdrawn")
    again = journey.call(
        "applicant", "POST", f"/instances/{journey.instance_id}/withdraw", json={"reason": "later"}
    )
    assert again.status_code in (200, 409)


def test_whoever_looks_or_is_refused_is_noted(app: Flask, journey: Journey) -> None:
    journey.fill_in()
    journey.task("review_agent", "review")
    journey.call("neighbour", "GET", f"/instances/{journey.instance_id}")
    journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")
    with app.app_context():
        rows = db.session.execute(
            sa.select(AccessRecord.actor_id, AccessRecord.action, AccessRecord.stream)
        ).all()
    noted = {(row.actor_id, row.action) for row in rows}
    assert (journey.cast["review_agent"].account_id, ACCESS_GRANTED) in noted
    assert (journey.cast["neighbour"].account_id, ACCESS_DENIED) in noted
    assert journey.cast["applicant"].account_id not in {row.actor_id for row in rows}
    assert {row.stream for row in rows} == {f"access:{journey.instance_id}"}
