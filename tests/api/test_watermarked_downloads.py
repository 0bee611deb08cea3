"""Staff get a file with their name and the time across it, the applicant gets what was handed in; the store keeps its bytes."""

import hashlib

import pypdfium2
import pytest
from journey import Journey

from storage.errors import FileRefused
from workflows.scenarios.files import sample_file

FORM = sample_file("form.pdf")


def form_of(journey: Journey, who: str = "review_agent") -> dict:
    """Return the PDF of the application as `who` reads of it."""
    detail = journey.ok(who, "GET", f"/instances/{journey.instance_id}")
    found = [one for shown in detail["submissions"] for one in shown["attachments"]]
    return next(one for one in found if one["field"] == "application_form")


def text_in(pdf: bytes) -> str:
    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize("place", ["/api/v1/attachments/{}", "/attachments/{}", "/attachments/{}?download=1"])
def test_staff_get_their_name_and_the_minute_across_each_page(journey: Journey, place: str) -> None:
    path = place.format(form_of(journey)["id"])
    reply = journey.client.get(path, headers=journey.cast["review_agent"].headers)
    assert reply.status_code == 200
    assert int(reply.headers["Content-Length"]) == len(reply.data)
    assert reply.headers["Cache-Control"] == "private, no-store"
    assert "Name of review_agent review_agent" in text_in(reply.data)
    assert "2026-11-20 09:30" in text_in(reply.data)


def test_the_applicant_gets_the_very_bytes(journey: Journey) -> None:
    for who in ("applicant", "colleague"):
        file = form_of(journey, who)
        assert file["watermark"] is False
        assert journey.call(who, "GET", f"/attachments/{file['id']}").data == FORM


def test_size_and_digest_stay_those_of_the_original(journey: Journey) -> None:
    file = form_of(journey)
    journey.call("review_agent", "GET", f"/attachments/{file['id']}")
    assert file["watermark"] is True
    assert (file["size"], file["sha256"]) == (len(FORM), hashlib.sha256(FORM).hexdigest())
    assert journey.call("applicant", "GET", f"/attachments/{file['id']}").data == FORM, "the store was not touched"


def test_a_page_that_is_looked_at_carries_it_for_staff_only(journey: Journey) -> None:
    file_id = form_of(journey)["id"]
    looks = {
        who: journey.client.get(f"/attachments/{file_id}/pages/1?w=800", headers=journey.cast[who].headers).data
        for who in ("review_agent", "second_reviewer", "applicant", "colleague")
    }
    assert looks["applicant"] == looks["colleague"]
    assert len({looks[who] for who in ("review_agent", "second_reviewer", "applicant")}) == 3


def test_a_file_that_the_package_does_not_name_goes_out_as_it_is(journey: Journey) -> None:
    journey.ok("review_agent", "POST", f"/tasks/{journey.task('review_agent', 'review')['id']}/claim")
    journey.complete("review_agent", "review", "approved", {"opinion": "好。"})
    journey.pay()
    journey.complete("finance", "payment_confirmation", "confirmed", {"received_on": "2026-11-20"})
    invoice = journey.attach("finance", "invoice", "invoice_file", "invoice.pdf")
    reply = journey.call("finance", "GET", f"/attachments/{invoice}")
    assert reply.data == sample_file("invoice.pdf")


def test_a_file_that_takes_no_watermark_is_not_handed_out(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise FileRefused(code="file_damaged", name="")

    monkeypatch.setattr("storage.watermarked_copies.watermarked", refuse)
    reply = journey.call("review_agent", "GET", f"/attachments/{form_of(journey)['id']}")
    assert reply.status_code == 422
    assert reply.json["code"] == "watermark_failed"
    assert "print it to PDF" in reply.json["detail"]
