"""A program lists the papers of an application and fetches each as it was issued."""

import hashlib

from cast import Cast
from flask.testing import FlaskClient
from journey import Journey

from config.settings import Settings
from service.press import press
from storage.documents import Documents
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import build
from workflows.notices.fanout import look_at_events
from workflows.worker_jobs import Hands, run_due


def test_a_receipt_is_listed_and_fetched_byte_for_byte(
    journey: Journey, client: FlaskClient, cast: Cast, settings: Settings, documents: Documents, clock: FixedClock
) -> None:
    at = f"/instances/{journey.instance_id}/papers"
    assert journey.ok("applicant", "GET", at) == {"items": []}
    with client.application.app_context():
        uow = build(settings, clock=clock, ids=SeededIds("worker"), documents=documents)
        while look_at_events(uow):
            pass
        while run_due(uow, Hands(press=press)):
            pass
    (receipt,) = journey.ok("applicant", "GET", at)["items"]
    assert (receipt["kind"], receipt["number"][-3:]) == ("receipt", "-02")
    answer = client.get(f"/api/v1{at}/{receipt['id']}", headers=cast["applicant"].headers)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (receipt["size"], receipt["sha256"])
    others = client.get(f"/api/v1{at}", headers=cast["neighbour"].headers)
    assert others.status_code == 404
