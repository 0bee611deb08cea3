"""Countersigning over HTTP: who signs is shown, signers come and go, and wrong requests are told why."""

from typing import Any

import pytest
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey
from signed_package import KEY, signed_files

from config.settings import Settings
from storage.actor import SYSTEM
from storage.unit_of_work import build
from workflows.commands.organisations import bind_lane
from workflows.commands.packages import deploy_package
from workflows.replay import replay_by_name

LANES = {"office": "review_agent", "design": "customer_service", "safety": "review_agent", "legal": "finance"}


@pytest.fixture
def signing(app: Flask, client: FlaskClient, cast: Cast, settings: Settings) -> Journey:
    """The package of the tests, with two people in the office."""
    with app.app_context():
        uow = build(settings)
        deploy_package(uow, SYSTEM, signed_files())
        for lane, group in LANES.items():
            bind_lane(uow, SYSTEM, KEY, lane, cast.groups[group])
    return Journey(client, cast)


def submit(journey: Journey, way: str, *departments: str) -> list[dict[str, Any]]:
    """Hand an application in; return the tasks that are open then."""
    journey.instance_id = journey.ok("applicant", "POST", "/instances", json={"process_key": KEY})["id"]
    journey.complete("applicant", "application", "submitted", {"way": way, "departments": list(departments)})
    return parts(journey)


def parts(journey: Journey) -> list[dict[str, Any]]:
    return list(journey.ok("administrator", "GET", f"/instances/{journey.instance_id}")["open_tasks"])


def sign(journey: Journey, who: str, task_id: str, outcome: str = "approve") -> Any:
    version = journey.ok(who, "GET", f"/tasks/{task_id}")["version"]
    body = {"outcome": outcome, "answers": {}, "task_version": version}
    return journey.ok(who, "POST", f"/tasks/{task_id}/complete", json=body)


def part_of(journey: Journey, who: str) -> str:
    account = str(journey.cast[who].account_id)
    return next(str(one["id"]) for one in parts(journey) if one["holder"] and one["holder"]["id"] == account)


def test_a_task_tells_who_signs_and_how_far_it_is(signing: Journey, client: FlaskClient) -> None:
    assert len(submit(signing, "all_sign")) == 2
    mine = part_of(signing, "review_agent")
    sign(signing, "second_reviewer", part_of(signing, "second_reviewer"))
    read = signing.ok("review_agent", "GET", f"/tasks/{mine}")
    assert read["signing"]["mode"] == "all"
    assert read["signing"]["tally"] == {
        "signed": 1, "total": 2, "outcome": None,
        "outcomes": [{"key": "approve", "title": "English outcome.all_sign.approve", "count": 1}],
    }  # fmt: skip
    assert {one["name"]: one["state"] for one in read["signing"]["signers"]} == {
        "Name of review_agent": "open", "Name of second_reviewer": "signed",
    }  # fmt: skip
    for path in (f"/tasks/{mine}", f"/instances/{signing.instance_id}"):
        page = client.get(path, headers=signing.cast["review_agent"].headers).get_data(as_text=True)
        assert "1 of 2 signed, 1 × English outcome.all_sign.approve" in page
        assert "Everybody has to agree" in page
        assert "Name of second_reviewer" in page
    page = client.get(f"/instances/{signing.instance_id}", headers=signing.cast["applicant"].headers)
    assert "Name of second_reviewer" not in page.get_data(as_text=True)
    assert "1 of 2 signed" in page.get_data(as_text=True)
    told = signing.ok("applicant", "GET", f"/instances/{signing.instance_id}")["timeline"]
    assert [one["tally"]["signed"] for one in told if one["tally"]] == [1]
    refused = signing.call("review_agent", "POST", f"/tasks/{mine}/release", json={})
    assert (refused.status_code, refused.json["code"]) == (403, "signature_in_person")  # type: ignore[index]


def test_signers_come_and_go(signing: Journey, app: Flask, settings: Settings) -> None:
    submit(signing, "all_sign")
    mine, other = part_of(signing, "review_agent"), str(signing.cast["second_reviewer"].account_id)
    path = f"/tasks/{mine}/signers"
    gone = signing.ok("review_agent", "POST", f"{path}/{other}/remove", json={"reason": "on leave"})
    assert gone["id"] == mine
    assert len(parts(signing)) == 1
    again = signing.ok("operator", "POST", path, json={"signer": other, "reason": "back again"})
    assert again["status"] == "open"
    assert len(parts(signing)) == 2
    for who in ("review_agent", "second_reviewer"):
        sign(signing, who, part_of(signing, who))
    with app.app_context():
        replayed = replay_by_name(build(settings), signing.instance_id)
        assert replayed is not None
        assert replayed.ok


def test_departments_sign_over_http(signing: Journey) -> None:
    (task,) = submit(signing, "lanes_sign", "design")
    path = f"/tasks/{task['id']}/signers"
    signing.ok("customer_service", "POST", path, json={"signer": "safety"})
    assert {one["lane"] for one in parts(signing)} == {"design", "safety"}
    assert [one["lane"] for one in signing.ok("second_reviewer", "GET", "/tasks?tab=claimable")["items"]] == ["safety"]
    refused = signing.call("customer_service", "POST", path, json={"signer": "applicant"})
    assert (refused.status_code, refused.json["code"]) == (422, "signer_no_lane")  # type: ignore[index]


def test_wrong_requests_are_told_why(signing: Journey) -> None:
    submit(signing, "all_sign")
    mine, other = part_of(signing, "review_agent"), str(signing.cast["second_reviewer"].account_id)
    path = f"/tasks/{mine}/signers"
    for who, wanted, body, status, code in (
        ("review_agent", path, {}, 422, "bad_fields"),
        ("review_agent", path, {"signer": 7}, 422, "bad_fields"),
        ("review_agent", path, {"signer": "nobody"}, 422, "signer_unfit"),
        ("review_agent", path, {"signer": other}, 409, "signer_twice"),
        ("review_agent", path, {"signer": str(signing.cast["finance"].account_id)}, 422, "signer_unfit"),
        ("review_agent", f"{path}/{other}/remove", {}, 422, "reason_missing"),
        ("review_agent", f"{path}/nobody/remove", {"reason": "x"}, 422, "signer_unfit"),
        ("auditor", path, {"signer": other}, 403, "not_allowed"),
        ("finance", path, {"signer": other}, 404, "not_found"),
    ):
        refused = signing.call(who, "POST", wanted, json=body)
        found = refused.json or {}
        assert (refused.status_code, found.get("code")) == (status, code), (who, body, found)
        assert found["detail"]
    (task,) = submit(signing, "in_turn")[:1]
    refused = signing.call("operator", "POST", f"/tasks/{mine}/signers", json={"signer": other})
    assert refused.status_code == 409
    assert task["id"] != mine
