"""Many reviews for the pages of the inbox: one case as applicants hand it in, and copies of its open task."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from browsing import Site
from people import PACKAGE

from storage.actor import SYSTEM, Actor
from storage.documents import Documents
from storage.models import Account, GroupMember, Instance, Membership, Task
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.attachments import attach_file
from workflows.commands.instances import start_instance
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.packages import read_folder
from workflows.queries import read_task

FORM: Mapping[str, Any] = {
    "company": "栖川槐序储能有限公司",
    "credit_code": "91310115MA1QFAP100",
    "contact_name": "宋未央",
    "contact_mobile": "13800138000",
    "contact_mail": "song@example.com",
    "mailing_address": "栖川市云汀区临渊路 88 号",
    "lines": [{"package": "bundle", "years": "3", "quantity": 2}, {"package": "basic", "years": "1", "quantity": 1}],
    "invoice_title": "栖川槐序储能有限公司",
    "invoice_tax_number": "91310115MA1QFAP100",
    "invoice_delivery": "paper",
}


def with_batches(uow: UnitOfWork) -> None:
    """Deploy the certificate process with a review that may send back where nobody drew it."""
    files = dict(read_folder(PACKAGE))
    more = '[tasks.review]\nreturn_to = ["application"]\n'
    files["manifest.toml"] = files["manifest.toml"].replace(b"[tasks.review]\n", more.encode())
    deploy_package(uow, SYSTEM, files)


def hand_in(site: Site, who: str, folder: Path, count: int) -> list[UUID]:
    """Hand in applications by the commands; return their open reviews, the first one first."""
    found = []
    with site.app.app_context():
        uow = build(site.settings, documents=Documents(site.settings))
        session = uow.session
        actor = actor_of(uow, who)
        for _ in range(count):
            case = start_instance(uow, actor, PACKAGE.name)
            answers = dict(FORM)
            for field, name in (("application_form", "form"), ("letter_of_authorisation", "letter")):
                with files_of(folder)[name].open("rb") as stream:
                    kept = attach_file(uow, actor, case.tasks[0].id, field, stream, files_of(folder)[name].name)
                answers[field] = [str(kept.id)]
            complete_task(uow, actor, case.tasks[0].id, "submitted", answers)
            review = session.scalars(
                sa.select(Task.id).where(Task.instance_id == case.id, Task.element_id == "review")
            ).one()
            session.rollback()
            found.append(review)
        now = uow.clock.now()
        dues = (-30, 2, 200)
        with uow.begin(SYSTEM):
            for at, task_id in enumerate(found):
                due = now + timedelta(hours=dues[at % len(dues)], seconds=at)
                session.execute(sa.update(Task).where(Task.id == task_id).values(due_at=due))
    return found


def correct(site: Site, who: str, task_id: UUID, reviewer: str, **changes: Any) -> None:
    """Send an application back by the reviewer, and hand it in again with these changes."""
    with site.app.app_context():
        uow = build(site.settings, documents=Documents(site.settings))
        staff, owner = (actor_of(uow, name) for name in (reviewer, who))
        case = read_task(uow, staff, task_id)
        files = {name: case.submissions[-1].answers[name] for name in ("application_form", "letter_of_authorisation")}
        complete_task(uow, staff, task_id, "returned", {"opinion": "请改。", "marks": marks_of(*changes)})
        again = uow.session.scalars(
            sa.select(Task.id).where(Task.instance_id == case.instance_id, Task.status == "open")
        ).one()
        complete_task(uow, owner, again, "submitted", {**FORM, **files, **changes})


def send_back(site: Site, task_id: UUID, reviewer: str, opinion: str) -> None:
    """Send an application back with these words."""
    with site.app.app_context():
        uow = build(site.settings)
        complete_task(
            uow, actor_of(uow, reviewer), task_id, "returned", {"opinion": opinion, "marks": marks_of("company")}
        )


def marks_of(*fields: str) -> list[dict[str, str]]:
    """Return a remark beside each field."""
    return [{"field": one, "reason": "请写全称"} for one in fields]


def actor_of(uow: UnitOfWork, username: str) -> Actor:
    """Return who somebody is at work."""
    account = uow.session.scalars(sa.select(Account.id).where(Account.username == username)).one()
    home = uow.session.scalars(sa.select(Membership.organisation_id).where(Membership.account_id == account)).first()
    groups = uow.session.scalars(sa.select(GroupMember.group_id).where(GroupMember.account_id == account)).all()
    uow.session.rollback()
    return Actor(account, home, frozenset(groups))


def files_of(folder: Path) -> dict[str, Path]:
    """Return the files that an applicant has at hand."""
    from desk_work import papers

    return papers(folder)


def number_of_task(site: Site, task_id: UUID) -> str:
    """Return the number of the case of a task."""
    with site.app.app_context():
        session = build(site.settings).session
        number = session.scalar(
            sa.select(Instance.number).join(Task, Task.instance_id == Instance.id).where(Task.id == task_id)
        )
        session.rollback()
    return str(number)
