"""A long form has pages: each with its own address and its own tally, and none of them loses what was typed."""

import re
from pathlib import Path

from browsing import Site, Visit, sideways
from desk_work import CREDIT_CODE, papers, start, submit, upload
from people import APPLICANT, COLLEAGUE
from playwright.sync_api import Browser, Page, expect


def following(page: Page) -> None:
    """Press 下一步."""
    with page.expect_navigation():
        page.locator("[data-main]").click()


def fill_pages(page: Page, files: dict[str, Path]) -> None:
    """Fill all pages, the last one included."""
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.fill("#f-credit_code", CREDIT_CODE)
    following(page)
    page.fill("#f-contact_name", "沈砚秋")
    page.fill("#f-contact_mobile", "13800138000")
    page.fill("#f-contact_mail", "shen@example.com")
    following(page)
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号 3 幢 12 层")
    following(page)
    page.select_option("#f-lines-0-package", "bundle")
    page.fill("#f-lines-0-quantity", "2")
    following(page)
    page.fill("#f-invoice_title", "栖川砚北能源服务有限公司")
    page.fill("#f-invoice_tax_number", CREDIT_CODE)
    following(page)
    upload(page, "application_form", files["form"])
    upload(page, "letter_of_authorisation", files["letter"])


def test_each_page_has_an_address_and_the_back_button_works(visit: Visit, paged_site: Site) -> None:
    page = visit(APPLICANT, at=paged_site)
    start(page, paged_site.address)
    expect(page.locator(".zp-formsteps li")).to_have_count(6)
    expect(page.locator(".zp-formsteps [aria-current=step]")).to_contain_text("申请单位")
    expect(page.locator("#f-contact_name")).to_have_count(0)
    page.fill("#f-company", "青枫")
    following(page)
    expect(page).to_have_url(re.compile(r"\?page=contact$"))
    page.fill("#f-contact_name", "沈砚秋")
    page.get_by_role("button", name="上一步").click()
    expect(page).to_have_url(re.compile(r"\?page=enterprise$"))
    expect(page.locator("#f-company")).to_have_value("青枫")
    page.go_back()
    expect(page.locator("#f-contact_name")).to_have_value("沈砚秋")
    expect(page.locator(".zp-formsteps li").first).to_contain_text("还缺 1 项")


def test_all_pages_are_handed_in_together(visit: Visit, paged_site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT, at=paged_site)
    start(page, paged_site.address)
    fill_pages(page, papers(tmp_path))
    expect(page.locator(".zp-formsteps li[data-s=done]")).to_have_count(5)
    expect(page.locator("#missing")).to_contain_text("材料 2 / 2")
    submit(page)
    page.locator(".zp-facts").first.wait_for()
    expect(page.locator("[data-fact=company]").first).to_contain_text("砚北")


def test_what_is_missing_leads_to_its_page_and_field(visit: Visit, paged_site: Site) -> None:
    page = visit(APPLICANT, at=paged_site)
    task = start(page, paged_site.address)
    page.goto(f"{task}?page=files")
    page.locator("[data-main]").click()
    page.locator("#problems").get_by_role("button", name="手机").click()
    expect(page).to_have_url(re.compile(r"\?page=contact&checked=1#f-contact_mobile$"))
    expect(page.locator("#f-contact_mobile")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".zp-formsteps li").first).to_contain_text("处要改")
    page.locator("#missing").get_by_role("button", name="单位名称").click()
    expect(page).to_have_url(re.compile(r"\?page=enterprise&checked=1#f-company$"))


def test_two_people_on_two_pages_are_never_in_each_others_way(visit: Visit, paged_site: Site) -> None:
    page = visit(APPLICANT, at=paged_site)
    task = start(page, paged_site.address)
    other = visit(COLLEAGUE, at=paged_site)
    other.goto(f"{task}?page=contact")
    other.fill("#f-contact_name", "何见山")
    following(other)
    page.fill("#f-company", "青枫")
    following(page)
    expect(page.locator("#f-contact_name")).to_have_value("何见山")
    other.goto(task)
    expect(other.locator("#f-company")).to_have_value("青枫")


def test_pages_work_without_a_script(visit: Visit, paged_site: Site, browser: Browser) -> None:
    page = visit(APPLICANT, at=paged_site)
    task = start(page, paged_site.address)
    context = browser.new_context(
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
        viewport={"width": 390, "height": 800},
    )
    plain = context.new_page()
    plain.goto(task)
    plain.fill("#f-company", "青枫")
    plain.locator(".zp-formsteps").get_by_role("button", name="发票").click()
    expect(plain).to_have_url(re.compile(r"\?page=invoice_data$"))
    plain.fill("#f-invoice_title", "青枫")
    plain.get_by_role("button", name="上一步").click()
    expect(plain.locator("#f-lines-0-quantity")).to_be_visible()
    plain.goto(task)
    expect(plain.locator("#f-company")).to_have_value("青枫")
    context.close()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{task}?page=invoice_data")
    expect(page.locator("#f-invoice_title")).to_have_value("青枫")
    assert sideways(page) == 0
