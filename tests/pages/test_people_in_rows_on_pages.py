"""Rows that are people on a page: the id of a row goes with it, whatever is typed, added and removed."""

from collections.abc import Iterator

import pytest
from browsing import Running, Site, Visit
from crew import ANN, BAO, CHEN, with_crew
from desk_work import start
from people import APPLICANT, PACKAGE, furnish
from playwright.sync_api import Page, expect
from sqlalchemy import select

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM
from storage.database import migrate
from storage.documents import Documents
from storage.models import Draft
from storage.unit_of_work import build
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder
from workflows.queries.drafts import read_draft


@pytest.fixture
def crewed(settings: Settings, documents: Documents) -> Iterator[Site]:
    """A house whose application lists people."""
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        uow = build(settings, documents=documents)
        house = furnish(uow)
        deploy_package(uow, SYSTEM, with_crew(read_folder(PACKAGE)))
    running = Running(app).start()
    yield Site(running.address, app, settings, house)
    running.stop()


def write(page: Page, number: int, person: dict[str, str]) -> None:
    """Write a person into a row."""
    for key, text in person.items():
        page.fill(f"#f-crew-{number}-{key}", text)


def ids(page: Page) -> list[str]:
    """Return the ids of the rows on the page."""
    return [one.get_attribute("value") or "" for one in page.locator("input[name$='._row']").all()]


def add(page: Page, number: int) -> None:
    """Add a row."""
    page.locator("button[value='add:crew']").click()
    page.locator(f"#f-crew-{number}-name").wait_for()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_row_carries_its_id_and_takes_it_along_when_another_is_removed(
    visit: Visit, crewed: Site, documents: Documents
) -> None:
    page = visit(APPLICANT, at=crewed)
    task = start(page, crewed.address)
    for number, person in enumerate((ANN, BAO)):
        add(page, number)
        write(page, number, person)
    add(page, 2)
    expect(page.locator("input[name$='._row']")).to_have_count(3)
    first = ids(page)
    page.locator("button[value='del:crew:0']").click()
    expect(page.locator("#f-crew-2-name")).to_have_count(0)
    assert ids(page) == first[1:]
    expect(page.locator("#f-crew-0-name")).to_have_value(BAO["name"])
    write(page, 1, CHEN)
    page.locator("button[value='add:crew']").click()
    page.locator("#f-crew-2-name").wait_for()
    page.goto(task)
    assert ids(page)[:2] == first[1:]
    expect(page.locator("#f-crew-1-mobile")).to_have_value(CHEN["mobile"])
    with crewed.app.app_context():
        uow = build(crewed.settings, documents=documents)
        kept = read_draft(uow, uow.session.scalars(select(Draft)).one())["crew"]
    assert [(str(row["_row"]), row.get("name")) for row in kept[:2]] == [
        (first[1], BAO["name"]),
        (first[2], CHEN["name"]),
    ]
