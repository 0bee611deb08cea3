"""One application from 开始办理 to 签收, by hand, in a browser."""

from pathlib import Path

import pytest
from browsing import Site, Visit, sideways
from desk_work import (
    choose,
    fill_application,
    number_of,
    open_claimable,
    papers,
    start,
    submit,
    today,
    upload,
)
from people import APPLICANT
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(
    ("language", "width"),
    [("zh_CN", 1440), ("en", 390), ("zh_CN", 390), ("en", 1440)],
    ids=lambda value: str(value),
)
def test_an_application_goes_from_start_to_receipt(
    visit: Visit, site: Site, tmp_path: Path, language: str, width: int
) -> None:
    files = papers(tmp_path)
    applicant = visit(APPLICANT, language, width)
    start(applicant, site.address)
    number = number_of(applicant)
    fill_application(applicant, files)
    assert sideways(applicant) == 0
    submit(applicant)
    case = applicant.url

    def staff(lane: str) -> Page:
        page = visit(site.house.staff[lane], language, width)
        open_claimable(page, site.address, number)
        assert sideways(page) == 0
        return page

    reviewer = staff("review_agent")
    choose(reviewer, "returned")
    reviewer.select_option("#f-marks-0-field", "mailing_address")
    reviewer.fill("#f-marks-0-reason", "缺门牌号，请补上。")
    reviewer.fill("#f-opinion", "其余没有问题。")
    submit(reviewer)

    applicant.goto(case)
    expect(applicant.locator(".zp-fix__why")).to_have_text("缺门牌号，请补上。")
    applicant.locator(".zp-now a.btn-primary").click()
    expect(applicant.locator("#f-mailing_address-m")).to_contain_text("缺门牌号，请补上。")
    applicant.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号 3 幢 1210 室")
    submit(applicant)

    open_claimable(reviewer, site.address, number)
    expect(reviewer.locator("[data-fact=mailing_address]")).to_contain_text("1210")
    choose(reviewer, "approved")
    submit(reviewer)

    applicant.goto(case)
    expect(applicant.locator(".zp-amount")).to_contain_text("1,200.00")
    applicant.locator(".zp-now a.btn-primary").click()
    applicant.fill("#f-paid_on", today(applicant))
    applicant.fill("#f-transfer_note", "组合资费 3 年")
    upload(applicant, "voucher", files["letter"])
    submit(applicant)

    cashier = staff("finance")
    choose(cashier, "confirmed")
    cashier.fill("#f-received_on", today(cashier))
    submit(cashier)
    open_claimable(cashier, site.address, number)
    cashier.fill("#f-invoice_number", number[-6:].zfill(8))
    cashier.fill("#f-issued_on", today(cashier))
    submit(cashier)

    maker = staff("production")
    maker.locator('button[value="add:keys"]').click()
    maker.locator("#f-keys-1-serial").wait_for()
    for row in (0, 1):
        maker.fill(f"#f-keys-{row}-serial", f"{number}-{row}")
        maker.select_option(f"#f-keys-{row}-package", "bundle")
        maker.select_option(f"#f-keys-{row}-years", "3")
    submit(maker)

    sender = staff("shipping")
    sender.fill("#f-tracking_number", "SF1234567890")
    sender.fill("#f-shipped_on", today(sender))
    submit(sender)

    applicant.goto(case)
    applicant.locator(".zp-now a.btn-primary").click()
    applicant.fill("#f-received_on", today(applicant))
    submit(applicant)
    expect(applicant.locator(".zp-head[data-decided]")).to_be_visible()
    expect(applicant.locator("[data-diagram][data-ready]")).to_be_visible()
    assert sideways(applicant) == 0

    expect(applicant.locator("[aria-labelledby=entries-title]")).not_to_contain_text("bundle")
    applicant.goto(f"{site.address}/registers/issued_keys?q={number}-1")
    expect(applicant.locator("tbody tr")).to_have_count(1)
    applicant.locator("tbody a").first.click()
    expect(applicant.locator("h1")).to_have_text(f"{number}-1")
    assert sideways(applicant) == 0
