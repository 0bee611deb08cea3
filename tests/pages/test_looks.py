"""Every page in both themes and widths: nothing sideways, nothing that axe finds."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from browsing import Site, Visit, sideways
from desk_work import fill_application, number_of, open_claimable, papers, start, submit
from people import ADMINISTRATOR, APPLICANT
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
OPEN = ["/", "/login", "/setup", "/catalogue", "/nowhere"]
APPLICANT_PAGES = [
    "/inbox",
    "/inbox?tab=mine",
    "/applications",
    "/registers",
    "/registers/issued_keys",
    "/notifications",
    "/notifications?tab=all",
    "/account",
    "/account/password",
]
ADMIN_PAGES = [
    "/admin/people", "/admin/people/new", "/admin/organisations", "/admin/bindings", "/admin/packages",
    "/admin/messages", "/admin/messages?status=failed",
]  # fmt: skip
USUAL = {("zh_CN", 1440, "light"), ("en", 390, "dark")}
MODES = [
    pytest.param(*mode, marks=() if mode in USUAL else pytest.mark.slow)
    for mode in product(("zh_CN", "en"), (1440, 390), ("light", "dark"))
]
"""All of them; those that are looked at in the ordinary tests differ in everything."""


def violations(page: Page) -> list[str]:
    """Run axe beside the page's own scripts, from a world that its policy does not bind."""
    # What lies under a bar by chance is not too small: it can be scrolled out.
    page.evaluate(
        "for (const bar of document.querySelectorAll('.zp-bar, .zp-foot, .zp-papertabs')) bar.style.position = 'static'"
    )
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})[
        "executionContextId"
    ]
    session.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8"), "contextId": world})
    found: dict[str, Any] = session.send(
        "Runtime.evaluate",
        {
            "expression": f"axe.run(document, {RULES!r}).then((r) => r.violations.map((v) => "
            "`${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`))",
            "contextId": world,
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    return list(found["result"]["value"])


def look(page: Page, address: str) -> dict[str, list[str]]:
    """Return what is wrong with a page."""
    page.goto(address)
    wrong = violations(page)
    if sideways(page) > 0:
        wrong.append(f"{sideways(page)} px sideways")
    return {address.split("/", 3)[3]: wrong} if wrong else {}


@pytest.mark.parametrize(("language", "width", "theme"), MODES, ids=lambda value: str(value))
def test_lists_and_forms_of_the_house(
    visit: Visit, site: Site, language: str, width: int, theme: str
) -> None:
    wrong: dict[str, list[str]] = {}
    for who, paths in ((None, OPEN), (APPLICANT, APPLICANT_PAGES), (ADMINISTRATOR, ADMIN_PAGES)):
        page = visit(who, language, width, theme)
        for path in paths:
            wrong |= look(page, f"{site.address}{path}")
    assert wrong == {}


@pytest.mark.parametrize(("language", "width", "theme"), MODES, ids=lambda value: str(value))
def test_a_task_and_its_case(
    visit: Visit, site: Site, tmp_path: Path, language: str, width: int, theme: str
) -> None:
    page = visit(APPLICANT, language, width, theme)
    wrong = look(page, start(page, site.address))
    page.locator("[data-main]").click()
    page.locator("#problems").wait_for()
    found = violations(page)
    wrong |= {"errors": found} if found else {}
    number = number_of(page)
    fill_application(page, papers(tmp_path))
    submit(page)
    page.locator("[data-diagram][data-ready]").wait_for()
    wrong |= look(page, page.url)
    reviewer = visit(site.house.staff["review_agent"], language, width, theme)
    open_claimable(reviewer, site.address, number)
    wrong |= look(reviewer, reviewer.url)
    assert wrong == {}


def test_a_chosen_theme_and_language_stay(visit: Visit, site: Site) -> None:
    page = visit()
    page.locator("header a[hreflang=en]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.locator("header .zp-tool[href*=theme]").first.click()
    page.goto(f"{site.address}/login")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.locator("html").get_attribute("lang") == "en"
