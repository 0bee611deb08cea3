"""Operators at the pages: what stands still is seen, and settled with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import Site, Visit, sideways
from desk_work import choose, fill_application, number_of, open_claimable, papers, start, submit
from people import ADMINISTRATOR, APPLICANT
from playwright.sync_api import Page
from test_looks import MODES, look, violations

from service.worker import Rounds
from storage.documents import Documents
from storage.unit_of_work import build
from workflows import handlers
from workflows.handlers import Call, Effect, Outcome

ORDER = "payment.open_order"


def no_answer(_call: Call, _inputs: Mapping[str, Any]) -> Outcome:
    raise OSError


@pytest.fixture
def stuck(
    visit: Visit, site: Site, documents: Documents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """An approved application whose payment order is opened outside, where nobody answers: its number."""
    outside = replace(
        handlers.HANDLERS[ORDER], effect=Effect.OUTSIDE, run=no_answer, tries=1, errors=("no_account",)
    )
    monkeypatch.setitem(handlers.HANDLERS, ORDER, outside)  # type: ignore[arg-type]
    page = visit(APPLICANT)
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    number = number_of(page)
    submit(page)
    reviewer = visit(site.house.staff["review_agent"])
    open_claimable(reviewer, site.address, number)
    reviewer.locator("form[action$='/claim'] button").click()
    reviewer.locator("label[for=outcome-approved]").wait_for()
    choose(reviewer, "approved")
    submit(reviewer)
    with site.app.app_context():
        Rounds().run(build(site.settings, documents=documents))
    return number


def open_incident(page: Page, site: Site, number: str) -> None:
    page.goto(f"{site.address}/operations")
    page.locator(".zp-rail a[href='/operations/incidents']").click()
    page.locator("tr", has_text=number).locator("a").click()


def test_work_that_failed_is_settled_by_hand_and_cases_are_held(visit: Visit, site: Site, stuck: str) -> None:
    page = visit(ADMINISTRATOR)
    page.goto(f"{site.address}/operations")
    assert page.locator(".zp-table tr", has_text=ORDER).count() >= 2
    open_incident(page, site, stuck)
    page.locator("summary").nth(0).wait_for()
    skip = page.locator("details", has=page.locator("input[value=skip]"))
    skip.locator("summary").click()
    skip.locator("[name='value.reference']").fill("OUT-1")
    skip.locator("[name='value.amount']").fill("much")
    skip.locator("[name='value.status']").fill("open")
    skip.locator("[name=reason]").fill("财务已在银行开单")
    skip.locator("button").click()
    assert page.locator("[role=alert]").count() == 1
    assert skip.locator("[name=reason]").input_value() == "财务已在银行开单"
    skip.locator("[name='value.amount']").fill("700.00")
    skip.locator("button").click()
    page.locator("#notice .zp-tip").wait_for()
    assert page.locator("input[name=_action]").count() == 0
    page.locator(".zp-facts a").click()
    hold = page.locator("form[action$='/suspend']")
    page.locator("details", has=hold).locator("summary").click()
    hold.locator("[name=reason]").fill("等财务核实")
    hold.locator("button").click()
    page.goto(f"{site.address}/operations")
    page.locator("[aria-labelledby=held-title] a", has_text=stuck).click()
    page.locator("form[action$='/resume'] button").click()
    page.locator("#notice .zp-tip").wait_for()
    page.goto(f"{site.address}/operations")
    assert page.locator("[aria-labelledby=held-title] a", has_text=stuck).count() == 0


@pytest.mark.parametrize(("language", "width", "theme"), MODES, ids=lambda value: str(value))
def test_the_pages_of_operators_look_right(
    visit: Visit, site: Site, stuck: str, language: str, width: int, theme: str
) -> None:
    page = visit(ADMINISTRATOR, language, width, theme)
    wrong: dict[str, list[str]] = {}
    for path in (
        "/operations",
        "/operations/incidents",
        "/operations/incidents?status=closed",
        "/operations/calendar/2026",
    ):
        wrong |= look(page, f"{site.address}{path}")
    open_incident(page, site, stuck)
    for summary in page.locator("main summary").all():
        summary.click()
    found = violations(page)
    assert wrong | ({"incident": found} if found else {}) == {}
    assert sideways(page) <= 0


def test_a_year_is_changed_after_a_look_at_what_moves(visit: Visit, site: Site) -> None:
    page = visit(ADMINISTRATOR)
    page.goto(f"{site.address}/operations/calendar/2028")
    page.locator("main summary").click()
    page.fill("#f-days", "2028-01-03 休 元旦\nnot a day")
    page.locator("button[value=preview]").click()
    assert "2" in page.locator("[role=alert]").inner_text()
    assert page.locator("button[value=save]").count() == 0
    page.fill("#f-days", "2028-01-03 休 元旦\n2028-01-08 work 元旦")
    page.locator("button[value=preview]").click()
    page.locator("#moved-title").wait_for()
    assert violations(page) == []
    page.locator("button[value=save]").click()
    page.locator("#notice .zp-tip").wait_for()
    assert page.locator("[aria-labelledby=days-title] tbody tr").count() == 2
