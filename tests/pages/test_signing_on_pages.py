"""Signers at the page: who signs, how far it is, and nothing to give back."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from browsing import Running, Site, Visit
from people import APPLICANT, furnish
from playwright.sync_api import expect
from signed_package import KEY, signed_files
from sqlalchemy import select

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM, Actor
from storage.database import migrate
from storage.documents import Documents
from storage.models import Account, Membership, Task
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.instances import start_instance
from workflows.commands.organisations import bind_lane, create_group, put_group_members
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task


@dataclass
class Signing:
    """A house in which two sign: the address of the application, and of each part by the user name of its signer."""

    site: Site
    case: UUID
    parts: dict[str, UUID]


def bring_to_signers(uow: UnitOfWork) -> tuple[UUID, dict[str, UUID]]:
    """Let the reviewer and customer service sign an application."""
    accounts = {row.username: row.id for row in uow.session.execute(select(Account.username, Account.id))}
    homes = {row.account_id: row.organisation_id for row in uow.session.execute(select(Membership.account_id, Membership.organisation_id))}  # fmt: skip
    office = [accounts["gu_nanqiao"], accounts["ye_guizhou"]]
    for lane in ("office", "design", "safety", "legal"):
        who = [accounts["lin_yuan"]] if lane == "legal" else office
        group = create_group(uow, SYSTEM, homes[who[0]], f"{lane} signs")
        put_group_members(uow, SYSTEM, group.id, who)
        bind_lane(uow, SYSTEM, KEY, lane, group.id)
    applicant = Actor(accounts[APPLICANT], homes[accounts[APPLICANT]])
    case = start_instance(uow, applicant, KEY)
    complete_task(uow, applicant, case.tasks[0].id, "submitted", {"way": "all_sign", "departments": []})
    names = {account_id: name for name, account_id in accounts.items()}
    rows = uow.session.scalars(select(Task).where(Task.instance_id == case.id, Task.status == "open")).all()
    parts = {names[row.assignee_id]: row.id for row in rows if row.assignee_id}
    uow.session.rollback()
    return case.id, parts


@pytest.fixture
def signing(settings: Settings, documents: Documents) -> Iterator[Signing]:
    """A house where two people sign one application."""
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        uow = build(settings, documents=documents)
        house = furnish(uow)
        deploy_package(uow, SYSTEM, signed_files())
        case, parts = bring_to_signers(uow)
    running = Running(app).start()
    yield Signing(Site(running.address, app, settings, house), case, parts)
    running.stop()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_signer_sees_who_signs_and_signs(visit: Visit, signing: Signing) -> None:
    at = signing.site.address
    page = visit("gu_nanqiao", at=signing.site)
    page.goto(f"{at}/tasks/{signing.parts['gu_nanqiao']}")
    signatures = page.locator("section[aria-labelledby^=signing-]")
    expect(signatures).to_contain_text("已签 0／2")
    expect(signatures).to_contain_text("全部同意方通过")
    for name in ("顾南乔", "叶归舟"):
        expect(signatures.locator("dt", has_text=name)).to_be_visible()
    expect(page.locator("form[action$='/release']")).to_have_count(0)
    page.locator("label", has_text="同意").first.click()
    page.locator("[data-main]").click()
    page.wait_for_url(f"{at}/inbox**")

    other = visit("ye_guizhou", at=signing.site)
    other.goto(f"{at}/tasks/{signing.parts['ye_guizhou']}")
    expect(other.locator("section[aria-labelledby^=signing-]")).to_contain_text("已签 1／2，同意 1")
    other.goto(f"{at}/tasks/{signing.parts['gu_nanqiao']}")
    expect(other.locator(".zp-tip")).to_contain_text("须由会签人本人签署")

    applicant = visit(APPLICANT, at=signing.site)
    applicant.goto(f"{at}/instances/{signing.case}")
    section = applicant.locator("section[aria-labelledby^=signing-]")
    expect(section).to_contain_text("已签 1／2，同意 1")
    expect(section).not_to_contain_text("顾南乔")
    expect(applicant.locator(".zp-now__lead b")).to_have_text("联审办")
    expect(applicant.locator(".zp-trail")).to_contain_text("已签 1／2，同意 1")
