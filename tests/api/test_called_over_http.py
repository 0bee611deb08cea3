"""A process that calls another, over HTTP: deployed by its owner, bound by an administrator, played by everybody."""

import io
import zipfile
from typing import Any

import pytest
from calling import opinion_files, purchase_files
from cast import Cast, begin_session
from drawing import Files
from flask import Flask
from flask.testing import FlaskClient
from journey import Journey

from config.settings import Settings
from storage.db import db
from storage.ports import FixedClock
from storage.unit_of_work import build
from workflows.commands.packages import find_newest

APPLIED = {"thing": "打印机", "amount": 800, "lines": [{"name": "墨盒", "price": 100}]}


def packed(files: Files) -> dict[str, Any]:
    """Return the upload of a package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, one in files.items():
            archive.writestr(path, one)
    return {"file": (io.BytesIO(content.getvalue()), "package.zip")}


class Purchase(Journey):
    """A purchase and everybody who works on it."""

    def deploy(self, files: Files, status: int = 201) -> dict[str, Any]:
        """Upload a package as its owner."""
        reply = self.call(
            "process_owner", "POST", "/definitions", data=packed(files), content_type="multipart/form-data"
        )
        assert reply.status_code == status, reply.get_data(as_text=True)
        return dict(reply.json or {})

    def prepare(self) -> None:
        """Deploy both and bind their lanes."""
        self.deploy(opinion_files())
        with self.client.application.app_context():
            files = purchase_files(find_newest(db.session))
        self.deploy(files)
        for process, lane, group in (
            ("purchase", "reviewer", "finance"),
            ("opinion", "reviewer", "review_agent"),
            ("opinion", "head", "production"),
        ):
            body = {"process_key": process, "lane": lane, "group_id": str(self.cast.groups[group])}
            self.ok("administrator", "PUT", "/bindings", json=body)

    def begin(self) -> None:
        """Start and hand in."""
        self.instance_id = self.ok("applicant", "POST", "/instances", json={"process_key": "purchase"})["id"]
        self.complete("applicant", "apply", "submitted", APPLIED)


@pytest.fixture
def purchase(client: FlaskClient, cast: Cast) -> Purchase:
    """Both packages deployed and bound."""
    made = Purchase(client, cast)
    made.prepare()
    return made


def test_an_application_goes_from_begin_to_delivery_through_what_it_calls(purchase: Purchase) -> None:
    purchase.begin()
    assert purchase.open_steps() == {"legal.review", "expert.review"}
    task = purchase.task("review_agent", "legal.review")
    assert (task["title"], task["lane_title"]) == ("caller element.legal · called element.review", "called lane.reviewer")
    draft = {"answers": {"opinion": "可以"}, "revision": 0}
    purchase.ok("review_agent", "PUT", f"/tasks/{task['id']}/draft", json=draft)
    purchase.complete("review_agent", "legal.review", "ask", {"opinion": "请说明"})
    purchase.complete("applicant", "legal.explain", "explained", {"text": "如下"})
    purchase.complete("review_agent", "legal.review", "no", {})
    purchase.complete("review_agent", "expert.review", "yes", {})
    assert purchase.open_steps() == {"review"}
    purchase.complete("finance", "review", "once_more", {})
    for call in ("legal", "expert"):
        purchase.complete("review_agent", f"{call}.review", "yes", {})
    diagram = purchase.ok("administrator", "GET", f"/instances/{purchase.instance_id}/diagram")
    assert "each" in str(diagram)
    assert "each.review" not in str(diagram)
    purchase.complete("review_agent", "each.review", "yes", {"remarks": [{"code": "A-1", "text": "可以"}]})
    instance = purchase.ok("applicant", "GET", f"/instances/{purchase.instance_id}")
    assert (instance["status"], instance["outcome"]) == ("completed", "done")
    entries = purchase.ok("applicant", "GET", "/registers/opinions/entries")["items"]
    assert [entry["values"]["code"] for entry in entries] == ["A-1"]
    journal = purchase.ok("auditor", "GET", f"/instances/{purchase.instance_id}/journal")
    assert journal["ok"] is True


def test_wrong_answers_within_a_call_name_their_fields(purchase: Purchase) -> None:
    purchase.begin()
    task = purchase.task("review_agent", "legal.review")
    body = {"outcome": "yes", "answers": {"thing": "x"}, "task_version": task["version"]}
    reply = purchase.call("review_agent", "POST", f"/tasks/{task['id']}/complete", json=body)
    assert reply.status_code == 422
    assert "thing" in reply.get_data(as_text=True)


def test_a_package_that_calls_nothing_known_is_refused_with_its_findings(client: FlaskClient, cast: Cast) -> None:
    told = Purchase(client, cast).deploy(purchase_files(lambda _key: None), status=422)
    assert "call_unknown" in str(told)


def test_pages_show_a_called_task_in_its_own_words(
    purchase: Purchase, app: Flask, settings: Settings, clock: FixedClock
) -> None:
    purchase.begin()
    purchase.complete("review_agent", "legal.review", "ask", {"opinion": "请说明来由"})
    with app.app_context():
        for who in ("review_agent", "applicant"):
            begin_session(build(settings, clock=clock), purchase.cast[who], f"session-{who}")
    task = purchase.task("review_agent", "expert.review")["id"]
    pages = {}
    for who in ("review_agent", "applicant"):
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = f"session-{who}"
        for path in (f"/tasks/{task}", f"/instances/{purchase.instance_id}", "/inbox", "/catalogue", f"/instances/{purchase.instance_id}/diagram.json"):
            pages[who, path] = client.get(path)
    desk = pages["review_agent", f"/tasks/{task}"]
    assert desk.status_code == 200
    assert all(word in desk.text for word in ("栏 opinion", "请补充", "评议须知", "栏 thing"))
    case = pages["applicant", f"/instances/{purchase.instance_id}"]
    assert case.status_code == 200
    assert all(word in case.text for word in ("请说明来由", "栏 opinion", "评议"))
    drawing = pages["applicant", f"/instances/{purchase.instance_id}/diagram.json"]
    assert set(drawing.json["now"]) == {"legal", "expert"}
