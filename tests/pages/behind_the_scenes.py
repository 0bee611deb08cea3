"""What happens while nobody looks at a page: others act through the commands, and the worker does its work."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from browsing import Site
from desk_work import CREDIT_CODE
from people import APPLICANT
from sqlalchemy import select

from service.notices import wording_for
from service.press import press
from storage.actor import Actor
from storage.documents import Documents
from storage.messages import KeptHere
from storage.models import Task
from storage.ports import SystemClock
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import change_account
from workflows.commands.attachments import attach_file
from workflows.commands.instances import start_instance
from workflows.commands.tasks import complete_task
from workflows.notices.fanout import look_at_events
from workflows.notices.keeping import QUIET
from workflows.notices.sending import Post
from workflows.queries.actors import person_named
from workflows.scenarios.files import sample_file
from workflows.worker_jobs import Hands, run_due


class Later(SystemClock):
    """The clock of a worker a little later, when messages leave."""

    def now(self) -> datetime:
        return super().now() + 2 * QUIET


@contextmanager
def at_work(site: Site) -> Iterator[UnitOfWork]:
    """Give a unit of work in the house of the pages."""
    with site.app.app_context():
        yield build(site.settings, documents=Documents(site.settings))


def person(username: str) -> Actor:
    """Return somebody as an actor."""
    found = person_named(username)
    assert found is not None
    return found.actor


def work(site: Site) -> None:
    """Look at what happened, send what is due, which is kept, and issue papers."""
    with at_work(site) as uow:
        while look_at_events(uow):
            pass
    with site.app.app_context():
        post = Post({"mail": KeptHere(), "sms": KeptHere()}, wording_for(site.address))
        while run_due(build(site.settings, clock=Later()), Hands(post=post, press=press)):
            pass


def reach(site: Site, username: str, mail: str) -> None:
    """Give somebody a mail address."""
    with at_work(site) as uow:
        actor = person(username)
        assert actor.account_id is not None
        change_account(uow, actor, actor.account_id, mail=mail)


def hand_in(site: Site) -> tuple[UUID, str]:
    """Hand in an application; return its id and number."""
    with at_work(site) as uow:
        actor = person(APPLICANT)
        case = start_instance(uow, actor, "certificate_issuance")
        task = open_task(uow, case.id, "application")
        complete_task(uow, actor, task, "submitted", whole_application(uow, actor, task))
        return case.id, case.number


def whole_application(uow: UnitOfWork, actor: Actor, task: UUID) -> dict[str, Any]:
    """Return answers with which an application can be handed in, its files uploaded."""
    files = {
        name: [str(attach_file(uow, actor, task, name, io.BytesIO(sample_file("申请表.pdf")), "申请表.pdf").id)]
        for name in ("application_form", "letter_of_authorisation")
    }
    company = "栖川砚北能源服务有限公司"
    return {
        "company": company, "credit_code": CREDIT_CODE, "contact_name": "沈砚秋", "contact_mobile": "13800138000",
        "contact_mail": "shen@example.com", "mailing_address": "栖川市云汀区临渊路 88 号", "postal_code": "100000",
        "lines": [{"package": "basic", "years": "3", "quantity": 1}], "invoice_title": company,
        "invoice_tax_number": CREDIT_CODE, "invoice_delivery": "paper", **files,
    }  # fmt: skip


def give_back(site: Site, instance_id: UUID) -> None:
    """Return an application for correction."""
    with at_work(site) as uow:
        marks = [{"field": "company", "reason": "与执照不一致"}]
        reviewer = person(site.house.staff["review_agent"])
        task = open_task(uow, instance_id, "review")
        complete_task(uow, reviewer, task, "returned", {"opinion": "请改", "marks": marks})


def open_task(uow: UnitOfWork, instance_id: UUID, element_id: str) -> UUID:
    """Return the open task of a step."""
    uow.session.rollback()
    found = select(Task.id).where(
        Task.instance_id == instance_id, Task.element_id == element_id, Task.status == "open"
    )
    return uow.session.scalars(found).one()
