"""What the status page says is in the API: what may come next, why it went where it went, and how long it may take."""

import pytest
from cast import Cast
from flask.testing import FlaskClient
from journey import ARRIVED, Journey


@pytest.fixture
def journey(client: FlaskClient, cast: Cast) -> Journey:
    journey = Journey(client, cast)
    journey.prepare()
    return journey


def test_a_program_reads_what_the_status_page_says(journey: Journey) -> None:
    journey.fill_in()
    one = journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")
    (returned,) = [way for way in one["ahead"] if way["steps"][0]["element_id"] == "application"]
    assert returned["when"] == [{"question": "Result of the review", "answer": "Returned"}]
    assert (returned["event"], returned["joined"], returned["back"]) == (None, False, None)
    assert returned["steps"][0]["mine"] is True
    assert one["expected"]["limit"] == {
        "days": 3, "start": "Check the payment", "end": "Produce the keys", "used": None, "met": False,
    }  # fmt: skip
    assert (one["expected"]["used"], one["expected"]["usual"]) == (0, None)

    journey.complete("review_agent", "review", "approved", {})
    journey.pay()
    journey.complete("finance", "payment_confirmation", "confirmed", ARRIVED)
    one = journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")
    reasons = [reason for line in one["timeline"] for reason in line["reasons"]]
    (price,) = [reason for reason in reasons if reason["said"]]
    assert {"label", "value"} == set(price["said"][0]) == set(price["facts"][0])
    assert [way["event"] for way in one["ahead"] if way["event"]] == ["Not ready after 3 working days"]


def test_a_closed_application_has_nothing_ahead(journey: Journey) -> None:
    journey.fill_in()
    journey.ok("applicant", "POST", f"/instances/{journey.instance_id}/withdraw", json={"reason": "no"})
    one = journey.ok("applicant", "GET", f"/instances/{journey.instance_id}")
    assert (one["ahead"], one["expected"]) == ([], None)
