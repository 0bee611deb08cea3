"""Whoever fetches a file or looks at its pages is in the access stream before anything of it goes out."""

import io

import sqlalchemy as sa
from flask import Flask
from journey import Journey
from PIL import Image
from werkzeug.test import TestResponse

from storage.access import ACCESS_GRANTED
from storage.db import db
from storage.models import AccessRecord


def file_of(journey: Journey) -> str:
    """Return the id of a file that the reviewer may read."""
    task = journey.task("review_agent", "review")
    detail = journey.ok("review_agent", "GET", f"/tasks/{task['id']}")
    return str(detail["submissions"][0]["attachments"][0]["id"])


def looks(app: Flask, journey: Journey, file_id: str, who: str = "review_agent") -> int:
    """Return how often somebody is noted to have looked at a file."""
    with app.app_context():
        noted = db.session.scalars(
            sa.select(AccessRecord.actor_id).where(
                AccessRecord.target == f"attachment:{file_id}", AccessRecord.action == ACCESS_GRANTED
            )
        ).all()
    return noted.count(journey.cast[who].account_id)


def get(journey: Journey, path: str, who: str = "review_agent") -> TestResponse:
    """Fetch something as somebody."""
    return journey.client.get(path, headers=journey.cast[who].headers)


def test_fetching_a_file_leaves_a_record(app: Flask, journey: Journey) -> None:
    file_id = file_of(journey)
    for times, path in enumerate((f"/api/v1/attachments/{file_id}", f"/attachments/{file_id}"), 1):
        assert get(journey, path).status_code == 200
        assert looks(app, journey, file_id) == times


def test_looking_at_pages_leaves_one_record_for_each_look(app: Flask, journey: Journey) -> None:
    file_id = file_of(journey)
    opened = get(journey, f"/attachments/{file_id}/pages").json
    assert opened is not None
    assert opened["pages"] >= 1
    assert looks(app, journey, file_id) == 1
    for turn in (0, 90):
        page = get(journey, f"/attachments/{file_id}/pages/1?w=480&turn={turn}&view={opened['view']}")
        assert page.mimetype == "image/jpeg"
        assert page.headers["Cache-Control"] == "private, no-store"
        assert Image.open(io.BytesIO(page.data)).size[0] > 0
    assert looks(app, journey, file_id) == 1, "turning a page is the same look"
    get(journey, f"/attachments/{file_id}/pages")
    assert looks(app, journey, file_id) == 2


def test_a_page_without_the_mark_of_ones_own_look_is_noted(app: Flask, journey: Journey) -> None:
    file_id = file_of(journey)
    theirs = get(journey, f"/attachments/{file_id}/pages", "applicant").json
    assert theirs is not None
    for times, mark in enumerate(("", "?view=made-up", f"?view={theirs['view']}"), 1):
        assert get(journey, f"/attachments/{file_id}/pages/1{mark}").status_code == 200
        assert looks(app, journey, file_id) == times


def test_a_page_that_is_not_there_is_told(journey: Journey) -> None:
    reply = get(journey, f"/attachments/{file_of(journey)}/pages/99")
    assert reply.status_code == 422
