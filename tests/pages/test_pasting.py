"""A table copied out of a spreadsheet is pasted into the form itself: from the cell on, told, and undone."""

import pytest
from browsing import Site, Visit, sideways
from desk_work import start
from people import APPLICANT
from playwright.sync_api import Page, expect


def paste(page: Page, text: str) -> None:
    """Copy a text and paste it with the keys, as somebody does who comes from a spreadsheet."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def quantities(page: Page) -> list[str]:
    return [one.input_value() for one in page.locator("#f-lines input[inputmode=decimal]").all()]


@pytest.mark.parametrize("width", [1440, 390])
def test_rows_and_columns_are_filled_from_the_cell_on(visit: Visit, site: Site, width: int) -> None:
    page = visit(APPLICANT, width=width)
    task = start(page, site.address)
    page.focus("#f-lines-0-package")
    paste(page, "资费\t年限\t数量\r\n组合资费\t３ 年\t１２\r\nbasic\t5 年\t1,000\r\n金色资费\t1 年\t7\r\n")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(3)
    assert quantities(page) == ["12", "1000", "7"]
    expect(page.locator("#f-lines-0-package")).to_have_value("bundle")
    expect(page.locator("#f-lines-1-years")).to_have_value("5")
    expect(page.locator("#f-lines-2-package")).to_have_value("")
    expect(page.locator("#pasted")).to_contain_text("填好了 8 格")
    expect(page.locator("#paste-said")).to_contain_text("新增 2 行。1 格的内容这里填不进去")
    assert sideways(page) == 0
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    page.goto(task)
    assert quantities(page) == ["12", "1000", "7"]


def test_what_was_pasted_is_undone_with_the_keys(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    page.fill("#f-lines-0-quantity", "3")
    page.focus("#f-lines-0-quantity")
    paste(page, "4\n5\n")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(2)
    expect(page.locator("#f-lines-1-package")).to_have_value("basic")  # as in a row that is added with the button
    expect(page.locator("#f-lines-1-years")).to_have_value("3")
    page.keyboard.press("Control+z")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(1)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("3")
    expect(page.locator("#paste-said")).to_have_text("已恢复到粘贴之前。")
    expect(page.locator("[data-paste-undo]")).to_be_hidden()
    page.wait_for_timeout(1500)
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    page.goto(task)
    assert quantities(page) == ["3"]


def test_a_full_list_says_how_many_rows_it_did_not_take(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT, "en")
    start(page, site.address)
    most = int(page.locator("#f-lines .zp-rows").get_attribute("data-most") or "")
    page.focus("#f-lines-0-quantity")
    paste(page, "\n".join(str(n) for n in range(1, most + 3)))
    expect(page.locator("#pasted")).to_contain_text("rows not pasted: 2")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(most)
    page.locator("[data-paste-undo]").click()
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(1)


def test_one_cell_is_pasted_as_ever(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.focus("#f-company")
    paste(page, "栖川砚北\t能源\n")
    expect(page.locator("#pasted")).to_be_hidden()
    page.focus("#f-lines-0-quantity")
    paste(page, "12")
    expect(page.locator("#f-lines-0-quantity")).to_have_value("12")
    expect(page.locator("#pasted")).to_be_hidden()
