"""What pages show only after somebody did something: two at one form, a file beside it, the keys, many at once, a table."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Site, Visit, sideways
from desk_work import choose, start
from inbox_work import correct, hand_in, number_of_task
from people import APPLICANT, COLLEAGUE, STRANGER
from playwright.sync_api import Page
from test_looks import MODES, violations
from test_pasting import paste
from test_tables import read, sheet


def write(page: Page, field: str, text: str) -> None:
    """Type into a field and wait until that has arrived, in any language."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/tasks/" in answer.url):
        page.fill(f"#f-{field}", text)
    page.wait_for_load_state("networkidle")


def of_the_applicant(
    visit: Visit, site: Site, folder: Path, mode: tuple[str, int, str]
) -> Iterator[tuple[str, Page]]:
    """Show an application whose colleagues type at once, and its rows from a spreadsheet."""
    page, other = visit(APPLICANT, *mode), visit(COLLEAGUE, *mode)
    task = start(page, site.address)
    write(page, "company", "青枫")
    other.goto(task)
    write(other, "company", "何氏售电")
    write(page, "company", "砚北售电")
    page.locator("#f-company-r").wait_for()
    yield "conflict", page
    page.focus("#f-lines-0-package")
    paste(page, "bundle\t3\t12\nbasic\t5\t7\nnone\t1\t2")
    page.locator("#f-lines-2").wait_for()
    yield "pasted", page
    page.goto(f"{task}/rows/lines")
    yield "table", page
    read(page, sheet(folder, ("package", "years", "quantity"), ("bundle", "3", 12), ("golden", "3", "two")))
    page.locator("#found-title").wait_for()
    yield "table_found", page


def of_the_reviewer(
    visit: Visit, site: Site, folder: Path, mode: tuple[str, int, str]
) -> Iterator[tuple[str, Page]]:
    """Show reviews: the list with its news, the keys, a file beside the case, and a verdict for many."""
    first, second = hand_in(site, STRANGER, folder, 2)
    who = site.house.staff["review_agent"]
    correct(site, STRANGER, first, who, company="栖川槐序储能集团有限公司")
    page = visit(who, *mode)
    page.goto(f"{site.address}/inbox?tab=claimable")
    yield "inbox", page
    page.keyboard.press("?")
    page.locator("dialog#keys[open]").wait_for()
    yield "keys", page
    page.goto(f"{site.address}/tasks/{second}")
    page.locator("[data-paper]").first.click()
    page.locator("#paper img").wait_for()
    yield "paper", page
    page.goto(f"{site.address}/tasks/{second}")
    choose(page, "returned")
    yield "returning", page
    page.goto(f"{site.address}/inbox?tab=claimable&q={number_of_task(site, second)}")
    page.locator("input[name=task]").first.check()
    page.locator("#batch button").click()
    page.locator("[name=_confirmed]").wait_for(state="attached")
    yield "batch", page
    page.locator("main form button[type=submit]").click()
    page.locator(".zp-row--batch .zp-pill").wait_for()
    yield "batch_done", page


@pytest.mark.parametrize("states", [of_the_applicant, of_the_reviewer], ids=["applicant", "reviewer"])
@pytest.mark.parametrize(("language", "width", "theme"), MODES, ids=lambda value: str(value))
def test_states_of_pages(
    visit: Visit, site: Site, tmp_path: Path, language: str, width: int, theme: str, states: object
) -> None:
    wrong: dict[str, list[str]] = {}
    for name, page in states(visit, site, tmp_path, (language, width, theme)):  # type: ignore[operator]
        found = violations(page) + ([f"{sideways(page)} px sideways"] if sideways(page) > 0 else [])
        wrong |= {name: found} if found else {}
    assert wrong == {}
