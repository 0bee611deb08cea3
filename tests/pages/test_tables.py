"""Rows go out as a spreadsheet and come back: read cell by cell, nothing taken unasked, good rows not kept out by bad ones."""

import io
from pathlib import Path

import openpyxl
from browsing import Site, Visit, sideways
from desk_work import start
from people import APPLICANT, COLLEAGUE
from playwright.sync_api import Page, expect


def sheet(folder: Path, *rows: tuple[object, ...]) -> Path:
    """Write a spreadsheet as an applicant does."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    path = folder / "table.xlsx"
    book.save(path)
    return path


def read(page: Page, path: Path) -> None:
    """Choose a spreadsheet and let it be checked."""
    page.set_input_files("#table-file", path)
    page.locator("#table-file").locator("xpath=ancestor::form").locator("button").click()


def open_table(page: Page, site: Site) -> str:
    """Begin an application and go to the page of its rows; return the address of the task."""
    task = start(page, site.address)
    page.locator("#f-lines a", has_text="从 Excel 导入").click()
    page.locator("#table-file").wait_for()
    return task


def test_good_rows_are_taken_and_each_fault_has_its_cell(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    open_table(page, site)
    read(
        page,
        sheet(
            tmp_path,
            ("资费", "年限", "数量"),
            ("组合资费", "3 年", "１２"),
            ("金色资费", "3 年", 2),
            ("basic", "5 年", "两把"),
            ("基础资费", "1 年", 7),
        ),
    )
    expect(page.locator("#found-title")).to_have_text("2 行可以导入，2 行有错")
    faults = page.locator("tbody tr")
    expect(faults).to_have_count(2)
    expect(faults.nth(0)).to_contain_text("A3")
    expect(faults.nth(0)).to_contain_text("金色资费")
    expect(faults.nth(1)).to_contain_text("C4")
    expect(faults.nth(1)).to_contain_text("两把")
    page.get_by_role("button", name="导入 2 行").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(2)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("12")
    expect(page.locator("#f-lines-0-package")).to_have_value("bundle")
    expect(page.locator("#f-lines-1-quantity")).to_have_value("7")


def test_nothing_is_taken_before_it_is_confirmed(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    task = open_table(page, site)
    read(page, sheet(tmp_path, ("资费", "年限", "数量"), ("组合资费", "3 年", 12)))
    expect(page.locator("#found-title")).to_have_text("1 行都可以导入")
    page.get_by_role("link", name="先不导入").click()
    page.wait_for_url(task)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("")


def test_a_pasted_table_with_full_width_digits_comes_behind_the_rows(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    page.fill("#f-lines-0-quantity", "1")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    page.goto(f"{task}/rows/lines")
    page.fill("#table-text", "基础资费\t３ 年\t１２０\n组合资费\t5 年\t４")
    page.locator("#table-text").locator("xpath=ancestor::form").locator("button").click()
    expect(page.locator("#how-append")).to_be_checked()
    page.get_by_role("button", name="导入 2 行").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("#f-lines-0-quantity")).to_have_value("1")
    expect(page.locator("#f-lines-1-quantity")).to_have_value("120")
    expect(page.locator("#f-lines-2-quantity")).to_have_value("4")


def test_five_thousand_rows_get_a_kind_answer(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    open_table(page, site)
    read(page, sheet(tmp_path, ("资费", "年限", "数量"), *[("基础资费", "3 年", 1)] * 5000))
    said = page.locator("[role=alert]")
    expect(said).to_contain_text("行，「要办的电子钥匙」最多")
    expect(said).to_contain_text("5,00")


def test_a_formula_is_refused_with_its_cell(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    open_table(page, site)
    read(page, sheet(tmp_path, ("资费", "年限", "数量"), ("基础资费", "3 年", "=1+1")))
    expect(page.locator("[role=alert]")).to_contain_text("单元格 C2 里是公式")


def test_what_goes_out_comes_back_the_same(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT, width=390)
    start(page, site.address)
    page.fill("#f-lines-0-quantity", "3")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    with page.expect_download() as download:
        page.locator("#f-lines a", has_text="导出 Excel").click()
    content = Path(download.value.path()).read_bytes()
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values)
    assert rows == [("资费", "年限", "数量"), ("基础资费", "3 年", "3")]
    page.locator("#f-lines a", has_text="从 Excel 导入").click()
    file = tmp_path / "again.xlsx"
    file.write_bytes(content)
    read(page, file)
    expect(page.locator("#found-title")).to_have_text("1 行都可以导入")
    assert sideways(page) == 0


def test_a_table_without_a_column_says_what_goes_and_its_rows_begin_with_the_defaults(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    page.select_option("#f-lines-0-package", "bundle")
    page.fill("#f-lines-0-quantity", "1")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    page.goto(f"{task}/rows/lines")
    read(page, sheet(tmp_path, ("数量", "年限"), (12, "5 年"), (3, "1 年")))
    expect(page.locator("#columns-that-go")).to_contain_text("表格中没有这些列：资费。")
    page.get_by_role("button", name="导入 2 行").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("#f-lines-1-quantity")).to_have_value("3")
    expect(page.locator("#f-lines-1-package")).to_have_value("basic")
    expect(page.locator("#f-lines-1-years")).to_have_value("1")
    page.goto(f"{task}/rows/lines")
    read(page, sheet(tmp_path, ("数量", "年限"), (12, "5 年")))
    expect(page.locator("#found-title")).to_have_text("1 行都可以导入")
    expect(page.locator("#columns-that-go")).to_have_count(0)


def test_what_a_colleague_types_while_a_table_is_looked_at_is_not_replaced_unseen(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page, other = visit(APPLICANT), visit(COLLEAGUE)
    task = start(page, site.address)
    page.goto(f"{task}/rows/lines")
    read(page, sheet(tmp_path, ("资费", "年限", "数量"), ("组合资费", "3 年", 12)))
    expect(page.locator("#found-title")).to_have_text("1 行都可以导入")
    other.goto(task)
    other.fill("#f-lines-0-quantity", "4")
    expect(other.locator(".zp-saved")).to_contain_text("已保存")
    page.get_by_role("button", name="导入 1 行").click()
    expect(page.locator("[role=alert]")).to_contain_text("还没有导入")
    expect(page.locator("#how-replace")).to_be_checked()
    page.get_by_role("button", name="导入 1 行").click()
    page.wait_for_url("**/tasks/*")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(1)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("12")
