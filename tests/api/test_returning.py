"""A case is sent back over HTTP where nobody drew a flow, and its pages say so to everybody who may know."""

import io
from typing import Any

import pytest
from cast import Cast, begin_session
from flask import Flask
from flask.testing import FlaskClient
from journey import PACKAGE, Journey

from config.settings import Settings
from service.errors import problem_of
from storage.actor import SYSTEM
from storage.unit_of_work import build
from workflows.commands.packages import deploy_package
from workflows.errors import FieldLocked, TooManyFiles
from workflows.packages import read_folder
from workflows.scenarios.files import sample_file

WHY = "汇款前请先改好单位名称"
MARKS = [{"field": "company", "reason": "与营业执照不一致"}]


@pytest.fixture
def confirming(app: Flask, client: FlaskClient, cast: Cast, settings: Settings) -> Journey:
    """A paid application; finance may send it back to the application or to the payment."""
    journey = Journey(client, cast)
    journey.prepare()
    files = read_folder(PACKAGE)
    place = "[tasks.payment_confirmation]"
    manifest = files["manifest.toml"].decode()
    assert place in manifest
    allowed = manifest.replace(place, f'{place}\nreturn_to = ["application", "payment"]')
    with app.app_context():
        uow = build(settings)
        deploy_package(uow, SYSTEM, {**files, "manifest.toml": allowed.encode()})
        for key in ("applicant", "finance"):
            begin_session(uow, cast[key], f"session-{key}")
    journey.fill_in()
    journey.complete("review_agent", "review", "approved", {})
    journey.pay()
    return journey


def send_back(journey: Journey, **changes: Any) -> Any:
    task = journey.task("finance", "payment_confirmation")
    body = {"to": "application", "reason": WHY, "marks": MARKS, "task_version": task["version"], **changes}
    return journey.call("finance", "POST", f"/tasks/{task['id']}/return", key=changes.get("key"), json=body)


def page(journey: Journey, who: str, path: str) -> str:
    client = journey.client.application.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = f"session-{who}"
    reply = client.get(path, headers={"Accept-Language": "zh-CN"})
    assert reply.status_code == 200, (path, reply.status_code)
    return reply.get_data(as_text=True)


def test_a_task_says_where_it_may_send_the_case(confirming: Journey) -> None:
    task = confirming.task("finance", "payment_confirmation")
    assert task["returns"] == [
        {"element_id": "application", "title": "Fill in the application"},
        {"element_id": "payment", "title": "Pay"},
    ]
    assert confirming.task("auditor", "payment_confirmation")["returns"] == []


def test_a_case_goes_back_with_reason_and_remarks(confirming: Journey) -> None:
    task = confirming.task("finance", "payment_confirmation")
    reply = send_back(confirming)
    assert (reply.status_code, reply.json["status"], reply.json["outcome"]) == (200, "completed", "returned")
    assert confirming.open_steps() == {"application"}
    mine = confirming.task("applicant", "application")
    assert (mine["return_reason"], mine["round"], mine["answers"]["company"]) == (WHY, 2, "青枫售电有限公司")
    assert mine["marks"] == [
        {"field": "company", "label": "Name of the enterprise", "reason": "与营业执照不一致"}
    ]
    case = confirming.ok("applicant", "GET", f"/instances/{confirming.instance_id}")
    last = case["timeline"][-1]
    assert (last["action"], last["outcome_kind"], last["by"]["name"]) == (
        "task.returned",
        "return",
        "Finance",
    )
    assert (last["opinion"], last["marks"]) == (WHY, mine["marks"])
    done = confirming.ok("finance", "GET", f"/tasks/{task['id']}")
    assert (done["status"], done["outcome"], done["returns"]) == ("completed", "returned", [])


def test_the_pages_show_it_like_a_drawn_return(confirming: Journey) -> None:
    send_back(confirming)
    task_id = confirming.task("applicant", "application")["id"]
    form = page(confirming, "applicant", f"/tasks/{task_id}")
    case = page(confirming, "applicant", f"/instances/{confirming.instance_id}")
    for shown in (form, case):
        assert WHY in shown
        assert "与营业执照不一致" in shown
    assert "Name of finance" not in case
    assert 'data-v="return">退回</span>' in case
    theirs = page(confirming, "finance", f"/instances/{confirming.instance_id}")
    assert "Name of finance" in theirs
    assert "退回" in page(confirming, "finance", "/inbox?tab=done")


@pytest.mark.parametrize(
    ("changes", "status", "code", "says"),
    [
        ({"to": "delivery"}, 422, "return_not_allowed", "Confirm delivery"),
        ({"to": "nirvana"}, 422, "return_not_allowed", "nirvana"),
        ({"marks": [{"field": "colour", "reason": "x"}]}, 422, "unknown_field", "colour"),
        ({"marks": [{"field": "company"}]}, 422, "bad_fields", ""),
        ({"marks": [{"field": "company", "reason": "x", "more": 1}]}, 422, "bad_fields", ""),
        ({"marks": "company"}, 422, "bad_fields", ""),
        ({"reason": ""}, 422, "bad_fields", ""),
        ({"reason": "  "}, 422, "reason_missing", ""),
        ({"task_version": 99}, 409, "stale_task", ""),
    ],
)
def test_what_is_wrong_is_named(
    confirming: Journey, changes: dict[str, Any], status: int, code: str, says: str
) -> None:
    reply = send_back(confirming, **changes)
    assert (reply.status_code, reply.json["code"]) == (status, code), reply.json
    assert says in reply.json["detail"]
    assert confirming.open_steps() == {"payment_confirmation"}


def test_a_second_click_is_one_return_and_another_day_s_is_told_who_did_it(confirming: Journey) -> None:
    task = confirming.task("finance", "payment_confirmation")
    body = {"to": "payment", "reason": WHY, "marks": [], "task_version": task["version"]}
    path = f"/tasks/{task['id']}/return"
    first = confirming.call("finance", "POST", path, key="same", json=body)
    assert confirming.call("finance", "POST", path, key="same", json=body).json == first.json
    again = confirming.call("finance", "POST", path, json={**body, "reason": "x"})
    assert (again.status_code, again.json["code"]) == (409, "task_not_open")  # type: ignore[index]
    assert "Name of finance" in again.json["detail"]  # type: ignore[index]


def test_a_business_error_is_for_operators_and_names_the_incident(confirming: Journey) -> None:
    path = f"/incidents/{confirming.instance_id}/fail"
    body = {"error": "bank_refuses", "reason": "x"}
    assert confirming.call("operator", "POST", path, json=body).status_code == 404
    assert confirming.call("finance", "POST", path, json=body).status_code == 403
    assert confirming.call("operator", "POST", path, json={"reason": "x"}).status_code == 422


@pytest.mark.parametrize(
    ("language", "label", "cell"),
    [("zh-CN", "「企业证书申请表」", "「附件（第 3 行）」"), ("en", "“Certificate application form”", "“附件 (row 3)”")],
)
def test_a_locked_field_is_refused_by_its_label(
    confirming: Journey, language: str, label: str, cell: str
) -> None:
    assert send_back(confirming).status_code == 200
    task, head = confirming.task("applicant", "application"), {"Accept-Language": language}
    reply = confirming.call(
        "applicant",
        "POST",
        f"/tasks/{task['id']}/attachments",
        headers=head,
        data={"field": "application_form", "file": (io.BytesIO(sample_file("a.pdf")), "a.pdf")},
    )
    assert (reply.status_code, reply.json["code"]) == (422, "field_locked")
    assert label in reply.json["detail"]
    with confirming.client.application.test_request_context(headers=head):
        for refused in (FieldLocked("lines[2].paper", "附件"), TooManyFiles("lines[2].paper", "附件", 1)):
            assert cell in problem_of(refused).detail
