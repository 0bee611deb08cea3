"""Two people, or two windows, at one form: both keep what they typed, and each hears of the other."""

from pathlib import Path

import pytest
from browsing import Site, Visit
from desk_work import fill_application, papers, start, submit
from people import APPLICANT, COLLEAGUE, PASSWORD
from playwright.sync_api import Browser, Page, expect

FREE = "已保存"


def write(page: Page, field: str, text: str) -> None:
    """Type into a field and wait until that has arrived."""
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/tasks/" in answer.url):
        page.fill(f"#f-{field}", text)
    expect(page.locator(".zp-saved")).to_contain_text(FREE)


@pytest.fixture
def two(visit: Visit, site: Site) -> tuple[Page, Page]:
    """Two people of one organisation who have the same form open."""
    page = visit(APPLICANT)
    task = start(page, site.address)
    write(page, "company", "青枫")
    other = visit(COLLEAGUE)
    other.goto(task)
    return page, other


def test_both_keep_what_they_typed_and_each_hears_of_the_other(two: tuple[Page, Page]) -> None:
    page, other = two
    write(other, "contact_name", "何见山")
    write(page, "invoice_title", "栖川砚北能源服务有限公司")
    expect(page.locator("#f-contact_name")).to_have_value("何见山")
    expect(page.locator(".zp-news")).to_contain_text("何见山刚改了 1 处")
    other.reload()
    expect(other.locator("#f-invoice_title")).to_have_value("栖川砚北能源服务有限公司")
    expect(other.locator("#f-company")).to_have_value("青枫")


def test_what_both_changed_stands_there_twice_until_one_is_taken(two: tuple[Page, Page]) -> None:
    page, other = two
    write(other, "company", "何氏售电")
    write(page, "company", "砚北售电")
    beside = page.locator("#f-company-r")
    expect(beside).to_contain_text("何见山")
    expect(beside).to_contain_text("「何氏售电」")
    expect(page.locator("#f-company")).to_have_value("砚北售电")
    other.reload()
    expect(other.locator("#f-company")).to_have_value("何氏售电")
    expect(other.locator("#f-company-r")).to_contain_text("「砚北售电」")
    beside.get_by_role("button", name="用这个").click()
    expect(page.locator("#f-company")).to_have_value("何氏售电")
    expect(page.locator("#f-company-r")).to_have_count(0)
    write(page, "company", "何氏售电有限公司")
    write(other, "company", "何氏售电公司")
    other.locator("#f-company-r").get_by_role("button", name="保留框里的").click()
    expect(other.locator("#f-company-r")).to_have_count(0)
    page.reload()
    expect(page.locator("#f-company")).to_have_value("何氏售电公司")


def test_rows_of_both_stay(two: tuple[Page, Page]) -> None:
    page, other = two
    write(other, "lines-0-quantity", "5")
    other.locator('button[value="add:lines"]').click()
    other.locator("#f-lines-1-quantity").fill("7")
    expect(other.locator("#f-keys_total")).to_have_text("12")
    page.locator('button[value="add:lines"]').click()
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(3)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("5")
    expect(page.locator("#f-lines-1-quantity")).to_have_value("7")


def test_nothing_is_handed_in_unseen(two: tuple[Page, Page], tmp_path: Path) -> None:
    page, other = two
    fill_application(page, papers(tmp_path))
    expect(page.locator("#missing .zp-check [data-s=miss]")).to_have_count(0)
    other.reload()
    write(other, "contact_name", "何见山")
    page.locator("[data-main]").click()
    expect(page.locator(".zp-tip[data-s=soon]").first).to_contain_text("何见山改过这份表")
    expect(page.locator("#f-contact_name")).to_have_value("何见山")
    submit(page)


def test_a_session_that_ends_overwrites_nobody(two: tuple[Page, Page]) -> None:
    page, other = two
    page.context.clear_cookies(name="zhupi")
    page.fill("#f-contact_name", "沈砚秋")
    page.fill("#f-company", "砚北")
    write(other, "company", "云汀")
    page.locator("[data-main]").click()
    page.locator("#f-username").wait_for()
    page.fill("#f-username", APPLICANT)
    page.fill("#f-password", PASSWORD)
    page.locator("form.zp-login button[type=submit]").click()
    page.locator("#task-form").wait_for()
    expect(page.locator("#f-contact_name")).to_have_value("沈砚秋")
    expect(page.locator("#f-company")).to_have_value("云汀")
    expect(page.locator("#f-company-r")).to_contain_text("「砚北」")


def test_without_a_script_it_is_the_same(two: tuple[Page, Page], browser: Browser) -> None:
    page, other = two
    context = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(page.url)
    write(other, "company", "云汀")
    write(other, "contact_name", "何见山")
    plain.fill("#f-company", "砚北")
    plain.fill("#f-invoice_title", "栖川砚北能源服务有限公司")
    plain.locator(".zp-foot button[value=save]").click()
    expect(plain.locator("#f-contact_name")).to_have_value("何见山")
    expect(plain.locator("#f-company")).to_have_value("砚北")
    plain.locator("#f-company-r").get_by_role("button", name="用这个").click()
    expect(plain.locator("#f-company")).to_have_value("云汀")
    expect(plain.locator("#f-invoice_title")).to_have_value("栖川砚北能源服务有限公司")
    context.close()


def test_the_last_keystrokes_survive_a_closed_page(two: tuple[Page, Page]) -> None:
    page, other = two
    page.locator("#f-company").press_sequentially("能源服务有限公司")
    page.goto("about:blank")  # at once: nothing waits for the next save
    other.wait_for_timeout(500)
    other.reload()
    expect(other.locator("#f-company")).to_have_value("青枫能源服务有限公司")


PRESS_TWICE = """() => {
    const button = document.querySelector("[data-main]");
    button.click();
    button.click();
    return [button.dataset.busy, button.getAttribute("aria-disabled")];
}"""


def test_a_button_that_works_cannot_be_pressed_twice(two: tuple[Page, Page]) -> None:
    page, _ = two
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    with page.expect_navigation():
        assert page.evaluate(PRESS_TWICE) == ["", "true"]
    assert len(sent) == 1


WATCH = """() => {
    window.zpShifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            for (const source of entry.sources ?? [])
                window.zpShifts.push([entry.value, source.node?.className ?? source.node?.nodeName]);
    }).observe({ type: "layout-shift", buffered: false });
}"""


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_while_somebody_types(visit: Visit, site: Site, width: int) -> None:
    page = visit(APPLICANT, "zh_CN", width)
    start(page, site.address)
    write(page, "postal_code", "200000")
    page.evaluate(WATCH)
    for field, text in (
        ("company", "栖川砚北能源"),
        ("contact_name", "沈砚秋"),
        ("mailing_address", "临渊路"),
        ("lines-0-quantity", "3"),
    ):
        page.locator(f"#f-{field}").press_sequentially(text, delay=30)
        page.wait_for_timeout(1600)
    expect(page.locator("#missing [data-s=ok]").first).to_be_visible()
    expect(page.locator("#f-keys_total")).to_have_text("3")
    assert page.evaluate("window.zpShifts") == []
