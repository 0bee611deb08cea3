"""A page that is posted again before its answer was drawn: its new rows are there once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from behind_the_scenes import at_work, open_task, person, whole_application
from browsing import Site
from flask.testing import FlaskClient
from people import APPLICANT, PASSWORD
from sqlalchemy import select
from test_any_form_posts import Browser

from storage import canonical
from storage.models import Draft, Submission
from workflows.commands import tasks
from workflows.commands.drafts import save_draft
from workflows.commands.instances import start_instance
from workflows.queries.drafts import read_draft


class Form:
    """The form of an application in a browser without a script: what it would post, and what was answered."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with at_work(site) as uow:
            case = start_instance(uow, person(APPLICANT), "certificate_issuance")
            self.task: UUID = open_task(uow, case.id, "application")
        self.client: FlaskClient = site.app.test_client()
        token = Browser(self.client.get("/login").get_data(as_text=True)).posted["csrf_token"]
        self.client.post("/login", data={"username": APPLICANT, "password": PASSWORD, "csrf_token": token})
        self.page = self.open()

    def open(self) -> dict[str, list[str]]:
        return Browser(self.client.get(f"/tasks/{self.task}").get_data(as_text=True)).posted.to_dict(flat=False)

    def post(self, page: dict[str, list[str]], action: str, **fields: Any) -> Any:
        """Post a page as it stands, with other values in some fields."""
        data = {name: values for name, values in page.items() if name != "_action"}
        answer = self.client.post(f"/tasks/{self.task}", data={**data, "_action": action, **fields})
        return answer.status_code, Browser(answer.get_data(as_text=True)).posted.to_dict(flat=False)

    def kept(self) -> list[Any]:
        """Return the quantities of the rows of the draft."""
        with at_work(self.site) as uow:
            row = uow.session.scalars(select(Draft).where(Draft.task_id == self.task)).one()
            return [row.get("quantity") for row in read_draft(uow, row)["lines"]]


PASTED = {"_row:lines": ["0", "1"], "_new:lines": "1", "lines[0].quantity": "4", "lines[1].quantity": "5"}


def test_pasted_rows_that_are_saved_twice_are_there_once(site: Site) -> None:
    form = Form(site)
    form.post(form.page, "draft", **PASTED)  # its answer is lost, or older than the next keystroke
    status, page = form.post(form.page, "draft", **PASTED, company="栖川砚北能源服务有限公司")
    assert status == 200
    assert form.kept() == [4, 5]
    assert page["_row:lines"] == ["0", "1"]


def test_a_refused_hand_in_of_an_older_page_does_not_double_a_new_row(site: Site) -> None:
    form = Form(site)
    form.post(form.page, "add:lines", **{"lines[0].quantity": "4"})
    status, page = form.post(form.page, "complete", **{"lines[0].quantity": "4"})
    assert status == 422
    assert page["_row:lines"] == ["0", "1"]
    form.post(page, "save", **{"lines[1].quantity": "5"})
    assert form.kept() == [4, 5]


def test_a_row_that_goes_while_its_form_is_handed_in_does_not_come_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = Form(site)
    with at_work(site) as uow:
        actor = person(APPLICANT)
        save_draft(uow, actor, form.task, whole_application(uow, actor, form.task))
    form.page = form.open()
    _, newer = form.post(form.page, "add:lines")
    _, newer = form.post(newer, "draft", **{"lines[1].quantity": "5"})
    real: Callable[..., Any] = tasks.complete_task
    late = [newer]

    def overtaken(*given: Any, **named: Any) -> Any:
        if late:
            assert form.post(late.pop(), "del:lines:1")[0] == 200
        return real(*given, **named)

    monkeypatch.setattr(tasks, "complete_task", overtaken)
    assert form.post(form.page, "complete")[0] == 303
    assert not late
    with at_work(site) as uow:
        kept = uow.session.scalars(select(Submission).where(Submission.task_id == form.task)).one()
        assert len(canonical.decode(kept.answers)["lines"]) == 1
