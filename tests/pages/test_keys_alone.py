"""One application without a mouse: filled, files chosen, handed in; claimed, opened and approved, each stop in sight."""

from pathlib import Path

import pytest
from browsing import Site, Visit
from desk_work import CREDIT_CODE, number_of, papers
from people import APPLICANT, PASSWORD
from playwright.sync_api import Page, expect

MOST_STOPS = 120
HERE = """selector => {
  const one = document.activeElement;
  const at = one.getBoundingClientRect();
  const seen = document.elementFromPoint(at.x + at.width / 2, at.y + Math.min(at.height / 2, 12));
  return {
    there: one.matches(selector),
    what: one.id || one.name || one.textContent.trim().slice(0, 40),
    seen: !seen || one.contains(seen) || seen.contains(one) || [...(one.labels ?? [])].some((l) => l.contains(seen)),
  };
}"""


def to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus; nothing on the way may lie under a bar."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE, selector)
        for _ in range(10):  # the page may still be on its way there
            if here["seen"]:
                break
            page.wait_for_timeout(100)
            here = page.evaluate(HERE, selector)
        assert here["seen"], f"{here['what']} is covered where it has the focus"
        if here["there"]:
            return
        passed.append(here["what"])
    pytest.fail(f"{selector} is not reached with Tab: {passed}")


def write(page: Page, field: str, text: str) -> None:
    to(page, f"#f-{field}")
    page.keyboard.type(text)


def pick(page: Page, field: str, value: str) -> None:
    """Go down the choices with the arrow; the server draws what depends on each."""
    to(page, f"#f-{field}")
    for _ in range(8):
        if page.locator(f"#f-{field}").input_value() == value:
            return
        page.keyboard.press("ArrowDown")
        page.wait_for_load_state("networkidle")
    pytest.fail(f"{value} is not among the choices of {field}")


def sign_in(visit: Visit, site: Site, who: str) -> Page:
    page = visit()
    page.goto(f"{site.address}/login")
    to(page, "#f-username")
    page.keyboard.type(who)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox**")
    return page


def follow(page: Page, selector: str, address: str) -> None:
    """Go to a link or button and press Enter."""
    to(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_url(address)
    page.wait_for_load_state()


def attach(page: Page, field: str, path: Path) -> None:
    to(page, f"#f-{field}")
    page.wait_for_timeout(1_500)  # what was typed before is on its way
    page.wait_for_load_state("networkidle")
    expect(page.locator(f"#f-{field}")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(path)
    page.locator(f"#f-{field}-files a.zp-file__name").last.wait_for()


def find(page: Page, number: str) -> None:
    """Search the list with "/" and go to its first row with J."""
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**q={number}**")
    page.keyboard.press("j")
    expect(page.locator("[data-row][aria-current] .zp-row__title")).to_be_focused()


def test_an_application_is_handed_in_and_approved_without_a_mouse(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    files = papers(tmp_path)
    page = sign_in(visit, site, APPLICANT)
    follow(page, "nav a[href$='/catalogue']", "**/catalogue")
    follow(page, ".zp-offer__go button", "**/tasks/**")
    number = number_of(page)
    write(page, "company", "栖川砚北能源服务有限公司")
    write(page, "credit_code", CREDIT_CODE)
    write(page, "contact_name", "沈砚秋")
    write(page, "contact_mobile", "13800138000")
    write(page, "contact_mail", "shen@example.com")
    write(page, "mailing_address", "栖川市云汀区临渊路 88 号")
    pick(page, "lines-0-package", "bundle")
    write(page, "lines-0-quantity", "2")
    write(page, "invoice_title", "栖川砚北能源服务有限公司")
    write(page, "invoice_tax_number", CREDIT_CODE)
    attach(page, "application_form", files["form"])
    attach(page, "letter_of_authorisation", files["letter"])
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/instances/**")
    expect(page.locator("#notice .zp-tip")).to_be_visible()

    staff = sign_in(visit, site, site.house.staff["review_agent"])
    follow(staff, ".zp-rail a[href*='claimable']", "**tab=claimable**")
    find(staff, number)
    staff.keyboard.press("c")
    staff.locator("#notice .zp-tip").wait_for()
    follow(staff, ".zp-rail a[href*='tab=todo']", "**tab=todo**")
    find(staff, number)
    staff.keyboard.press("Enter")
    staff.wait_for_url("**/tasks/**")
    staff.keyboard.press("1")
    expect(staff.locator("#outcome-approved")).to_be_focused()
    staff.locator(".zp-then").wait_for()
    write(staff, "opinion", "材料齐全。")
    staff.keyboard.press("Control+Enter")
    staff.locator("#notice .zp-tip").wait_for()
    page.reload()
    expect(page.locator(".zp-now")).to_contain_text("缴费")
