"""A file beside the page it belongs to: pages, turned, larger, by keyboard; on a phone the other of two tabs."""

import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from browsing import Site, Visit, sideways
from desk_work import fill_application, number_of, open_claimable, papers, start, submit, upload
from people import APPLICANT
from playwright.sync_api import Page, expect
from test_looks import violations

SHAPE = "(i => i.complete && i.naturalHeight && i.naturalWidth / i.naturalHeight)(document.querySelector('#paper img'))"


def three_pages(folder: Path) -> Path:
    """Write a PDF of three pages, the second of them across."""
    path = folder / "three.pdf"
    with pikepdf.new() as pdf:
        for size in ((595, 842), (842, 595), (595, 842)):
            pdf.add_blank_page(page_size=size)
        pdf.save(path)
    return path


def shape(page: Page, wanted: float = 0.0) -> float:
    """Return how wide the drawn page is for its height, once it is there and, where one is wanted, of that shape."""
    for _ in range(200):
        found = page.evaluate(SHAPE)
        if found and (not wanted or found == pytest.approx(wanted, abs=0.02)):
            break
        page.wait_for_timeout(50)
    return float(found or 0)


def handed_in(visit: Visit, site: Site, folder: Path) -> tuple[Page, str]:
    """Return the applicant's browser and the number of an application that waits for its review."""
    page = visit(APPLICANT)
    start(page, site.address)
    number = number_of(page)
    fill_application(page, papers(folder) | {"form": three_pages(folder)})
    submit(page)
    return page, number


@pytest.mark.parametrize("width", [1440, 1100])
def test_a_reviewer_reads_page_after_page_beside_the_form(
    visit: Visit, site: Site, tmp_path: Path, width: int
) -> None:
    _, number = handed_in(visit, site, tmp_path)
    page = visit(site.house.staff["review_agent"], width=width)
    open_claimable(page, site.address, number)
    page.get_by_role("link", name="three.pdf", exact=True).click()
    place = page.locator("#paper [data-place]")
    expect(place).to_have_text("第 1 / 3 页")
    assert shape(page) == pytest.approx(595 / 842, abs=0.01)
    expect(page.locator("#paper [data-bed]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(place).to_have_text("第 2 / 3 页")
    assert shape(page, 842 / 595) == pytest.approx(842 / 595, abs=0.02)
    page.keyboard.press("r")
    assert shape(page, 595 / 842) == pytest.approx(595 / 842, abs=0.02)
    before = page.locator("#paper img").evaluate("node => node.clientWidth")
    page.keyboard.press("+")
    expect(page.locator("#paper [data-zoomed]")).to_have_text("125%")
    assert page.locator("#paper img").evaluate("node => node.clientWidth") > before
    page.keyboard.press("0")
    expect(page.locator("#paper [data-zoomed]")).to_have_text("100%")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#paper [data-view=next]")).to_be_disabled()
    assert sideways(page) == 0
    expect(page.locator("label[for=outcome-approved]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#paper")).to_be_hidden()
    expect(page.get_by_role("link", name="three.pdf", exact=True)).to_be_focused()


def test_staff_are_told_of_the_watermark_before_they_download(visit: Visit, site: Site, tmp_path: Path) -> None:
    mine, number = handed_in(visit, site, tmp_path)
    expect(mine.locator(".zp-file__meta", has_text="水印")).to_have_count(0)
    page = visit(site.house.staff["review_agent"])
    open_claimable(page, site.address, number)
    expect(page.locator(".zp-files .zp-file__meta", has_text="下载件带水印")).to_have_count(2)
    with page.expect_download() as download:
        page.locator(".zp-file__acts a").first.click()
    document = pypdfium2.PdfDocument(download.value.path())
    assert all(site.house.staff["review_agent"] in one.get_textpage().get_text_bounded() for one in document)


def test_another_file_of_the_page_is_chosen_in_the_viewer(visit: Visit, site: Site, tmp_path: Path) -> None:
    _, number = handed_in(visit, site, tmp_path)
    page = visit(site.house.staff["review_agent"])
    open_claimable(page, site.address, number)
    page.get_by_role("link", name="three.pdf", exact=True).click()
    page.locator("#paper [data-which]").select_option(label="letter.jpg")
    expect(page.locator("#paper [data-place]")).to_have_text("第 1 / 1 页")
    assert shape(page, 600 / 800) == pytest.approx(600 / 800, abs=0.01)


def test_an_applicant_sees_an_own_file_beside_the_form_and_types_on(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    upload(page, "application_form", three_pages(tmp_path))
    page.locator("#f-application_form-files a").click()
    expect(page.locator("#paper [data-place]")).to_have_text("第 1 / 3 页")
    page.fill("#f-contact_name", "沈砚秋")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    expect(page.locator("#paper")).to_be_visible()
    assert sideways(page) == 0


def test_the_page_of_a_case_shows_its_files(visit: Visit, site: Site, tmp_path: Path) -> None:
    page, _ = handed_in(visit, site, tmp_path)
    page.get_by_role("link", name="three.pdf", exact=True).click()
    expect(page.locator("#paper [data-place]")).to_have_text("第 1 / 3 页")
    assert shape(page) > 0


def test_on_a_phone_form_and_files_are_two_tabs(visit: Visit, site: Site, tmp_path: Path) -> None:
    _, number = handed_in(visit, site, tmp_path)
    page = visit(site.house.staff["review_agent"], width=390)
    open_claimable(page, site.address, number)
    files = page.locator("[data-tab=files]")
    expect(files).to_have_text(re.compile(r"材料\s+2"))
    files.click()
    expect(page.locator("#paper")).to_be_visible()
    expect(page.locator(".zp-desk")).to_be_hidden()
    expect(files).to_have_attribute("aria-pressed", "true")
    assert shape(page) > 0
    assert sideways(page) == 0
    page.locator("[data-tab=form]").click()
    expect(page.locator("#paper")).to_be_hidden()
    expect(page.locator("label[for=outcome-approved]")).to_be_visible()


def test_what_cannot_be_drawn_is_said_and_can_be_downloaded(visit: Visit, site: Site, tmp_path: Path) -> None:
    page, _ = handed_in(visit, site, tmp_path)
    page.route(re.compile("/pages$"), lambda route: route.fulfill(status=503))
    page.get_by_role("link", name="three.pdf", exact=True).click()
    expect(page.locator("#paper [data-said]")).to_contain_text("请下载后查看")
    with page.expect_download() as download:
        page.locator("#paper [data-download]").click()
    assert download.value.suggested_filename == "three.pdf"


@pytest.mark.parametrize(("language", "width", "theme"), [("zh_CN", 1440, "light"), ("en", 390, "dark")])
def test_nothing_is_found_on_files_and_tables(
    visit: Visit, site: Site, tmp_path: Path, language: str, width: int, theme: str
) -> None:
    page = visit(APPLICANT, language, width, theme)
    task = start(page, site.address)
    page.set_input_files("#f-application_form", papers(tmp_path)["locked"])
    page.locator("[data-s=bad] summary").click()
    upload(page, "letter_of_authorisation", papers(tmp_path)["letter"])
    page.evaluate("scrollTo(0, 0)")  # what the foot of the page covers is no small target
    assert (violations(page), sideways(page)) == ([], 0)
    page.locator("#f-letter_of_authorisation-files a").click()
    assert shape(page) > 0
    page.evaluate("scrollTo(0, 0)")  # what the foot of the page covers is no small target
    assert (violations(page), sideways(page)) == ([], 0)
    page.goto(f"{task}/rows/lines")
    page.fill("#table-text", "x\t3\t2\nbasic\t3\t2")
    page.locator("#table-text").locator("xpath=ancestor::form").locator("button").click()
    page.locator("#found-title").wait_for()
    page.evaluate("scrollTo(0, 0)")  # what the foot of the page covers is no small target
    assert (violations(page), sideways(page)) == ([], 0)
