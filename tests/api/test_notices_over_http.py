"""Notices over HTTP: listed, read, wanted otherwise; and counts that cost no body while nothing changes."""

from collections.abc import Callable

import pytest
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey

from config.settings import Settings
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import build
from workflows.notices.fanout import look_at_events


@pytest.fixture
def look(app: Flask, settings: Settings, clock: FixedClock) -> Callable[[], None]:
    """Let the worker look at what happened."""

    def run() -> None:
        with app.app_context():
            while look_at_events(build(settings, clock=clock, ids=SeededIds("worker"))):
                pass

    return run


@pytest.fixture
def journey(client: FlaskClient, cast: Cast, clock: FixedClock) -> Journey:
    """An application that was handed in a second after it was begun: what happens at one instant is one step."""
    from datetime import timedelta

    journey = Journey(client, cast)
    journey.prepare()
    journey.start()
    clock.advance(timedelta(seconds=1))
    journey.hand_in()
    return journey


def test_a_notice_is_listed_in_words_and_read(journey: Journey, look: Callable[[], None]) -> None:
    look()
    page = journey.ok("review_agent", "GET", "/notifications?unread=true", headers={"Accept-Language": "zh-CN"})
    assert page["unread"] == 1
    notice = page["items"][0]
    assert (notice["kind"], notice["title"]) == ("task_opened", "「资质审核」等你办理")
    assert notice["path"] == f"/tasks/{notice['task_id']}"
    assert journey.call("review_agent", "POST", f"/notifications/{notice['id']}/read").status_code == 204
    assert journey.call("second_reviewer", "POST", f"/notifications/{notice['id']}/read").status_code == 404
    assert journey.ok("review_agent", "GET", "/notifications?unread=true")["items"] == []
    assert len(journey.ok("review_agent", "GET", "/notifications")["items"]) == 1
    assert journey.ok("second_reviewer", "POST", "/notifications/read") == {"read": 1}
    assert journey.ok("neighbour", "GET", "/notifications")["items"] == []


def test_unchanged_counts_are_answered_without_a_body(
    journey: Journey, cast: Cast, client: FlaskClient, look: Callable[[], None]
) -> None:
    headers = dict(cast["review_agent"].headers)
    first = client.get("/badge", headers=headers)
    assert first.get_json()["unread"] == ""
    again = client.get("/badge", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    look()
    changed = client.get("/badge", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.get_json()["unread"]) == (200, "1")


def test_wishes_are_kept_and_those_that_cannot_be_are_refused(journey: Journey) -> None:
    wish = {"kind": "task_opened", "channel": "mail", "mode": "never"}
    found = journey.ok("applicant", "PUT", "/notifications/preferences", json={"preferences": [wish]})
    assert wish in found["preferences"]
    assert len(found["preferences"]) == 21
    digest = {"kind": "task_opened", "channel": "sms", "mode": "daily"}
    refused = journey.call("applicant", "PUT", "/notifications/preferences", json={"preferences": [digest]})
    assert refused.status_code == 422
    unknown = {"kind": "birthday", "channel": "sms", "mode": "now"}
    assert journey.call("applicant", "PUT", "/notifications/preferences", json={"preferences": [unknown]}).status_code == 422
