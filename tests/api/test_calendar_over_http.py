"""The calendar of working days over HTTP, the deadlines that it moves, and what the pages say of time."""

from datetime import timedelta
from typing import Any

import pytest
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import ARRIVED, Journey
from test_hostile_input import check

from storage.documents import Documents
from storage.ports import FixedClock
from storage.unit_of_work import build
from workflows.worker_jobs import run_due

DUE, LATER = "2026-11-25T16:00:00+00:00", "2026-11-26T16:00:00+00:00"
OFF = {"day": "2026-11-24", "working": False, "name": "临时放假"}


@pytest.fixture
def journey(client: FlaskClient, cast: Cast) -> Journey:
    journey = Journey(client, cast)
    journey.prepare()
    return journey


def work(app: Flask, clock: FixedClock) -> None:
    """Let the worker do what is due."""
    zhupi = app.extensions["zhupi"]
    documents: Documents = zhupi["documents"]
    with app.app_context():
        uow = build(zhupi["settings"], clock=clock, documents=documents)
        while run_due(uow):
            pass


def test_a_change_is_previewed_made_and_moves_what_is_open(
    app: Flask, journey: Journey, clock: FixedClock
) -> None:
    journey.fill_in()
    journey.complete("review_agent", "review", "approved", {})
    journey.pay()
    journey.complete("finance", "payment_confirmation", "confirmed", ARRIVED)
    assert journey.task("production", "key_production")["due_at"] == DUE
    year = journey.ok("applicant", "GET", "/calendar/2026")
    assert (year["year"], year["provisional"], year["version"]) == (2026, False, 1)
    days = [*year["days"], OFF]
    found = journey.ok("administrator", "POST", "/calendar/2026/preview", json={"days": days})
    assert found["count"] == 1
    (moved,) = found["items"]
    assert moved == {
        "instance_id": journey.instance_id,
        "number": moved["number"],
        "element_id": "production_overdue",
        "title": "Not ready after 3 working days",
        "was": DUE,
        "due": LATER,
    }
    assert journey.task("production", "key_production")["due_at"] == DUE
    body = {"days": days, "version": year["version"]}
    assert journey.ok("administrator", "PUT", "/calendar/2026", json=body)["version"] == 2
    again = journey.call("administrator", "PUT", "/calendar/2026", json=body)
    assert (again.status_code, again.json and again.json["code"]) == (409, "calendar_changed")
    work(app, clock)
    assert journey.task("production", "key_production")["due_at"] == LATER
    item = journey.ok("production", "GET", "/tasks?tab=claimable")["items"][0]
    assert item["due_at"] == LATER
    events = journey.ok("auditor", "GET", f"/instances/{journey.instance_id}/journal")["events"]
    assert events[-1]["action"] == "timer.moved"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/calendar/2026", {}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [{**OFF, "day": "24.11.2026"}]}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [{**OFF, "day": "2026-02-30"}]}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [{**OFF, "day": 20261124}]}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [{**OFF, "working": 1}]}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [{**OFF, "name": ""}]}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [OFF] * 367}, 422, "bad_fields"),
        ("/calendar/2026", {"days": [OFF, OFF]}, 422, "field_invalid"),
        ("/calendar/2027", {"days": [OFF]}, 422, "field_invalid"),
        ("/calendar/2003", {"days": []}, 422, "field_invalid"),
        ("/calendar/" + "9" * 40, {"days": []}, 422, "field_invalid"),
    ],
)
def test_a_wrong_year_is_named(
    journey: Journey, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    for method, where in (("PUT", path), ("POST", f"{path}/preview")):
        reply = journey.call("administrator", method, where, json=body)
        assert (reply.status_code, reply.json and reply.json["code"]) == (status, code)
        check(reply, f"{method} {where}")
    assert journey.ok("administrator", "GET", "/calendar/2026")["version"] == 1


def test_a_year_that_nobody_could_mean_is_not_found(journey: Journey) -> None:
    assert journey.call("applicant", "GET", "/calendar/" + "9" * 40).status_code == 404
    assert journey.ok("applicant", "GET", "/calendar/2060")["days"] == []


def page(client: FlaskClient, cast: Cast, path: str, language: str = "zh_CN") -> str:
    """Read a page as the applicant's program does; pages take tokens too."""
    headers = {**cast["applicant"].headers, "Accept-Language": language.replace("_", "-")}
    reply = client.get(path, headers=headers)
    assert reply.status_code == 200, reply.status_code
    return reply.get_data(as_text=True)


def test_pages_say_until_when_to_hand_in_and_that_a_case_expired(
    app: Flask, client: FlaskClient, cast: Cast, journey: Journey, clock: FixedClock
) -> None:
    case = journey.start()
    task = journey.task("applicant", "application")
    assert task["due_at"] == task["expires_at"] == "2026-12-20T16:00:00+00:00"
    text = page(client, cast, f"/tasks/{task['id']}")
    assert "请于 12 月 20 日 24:00 前提交" in text
    assert "12 月 20 日 24:00" in page(client, cast, "/inbox")
    clock.advance(timedelta(days=31))
    work(app, clock)
    instance = journey.ok("applicant", "GET", f"/instances/{case}")
    assert (instance["status"], instance["outcome"]) == ("cancelled", "expired")
    text = page(client, cast, f"/instances/{case}")
    assert "已经作废" in text
    assert "已逾期" in text
    assert "逾期作废" in text
    assert 'href="/catalogue">重新申请' in text
    late = journey.call("applicant", "POST", f"/tasks/{task['id']}/claim", json={})
    assert (late.status_code, late.json and late.json["code"]) == (409, "instance_ended")
