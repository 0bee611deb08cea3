"""Rows in rows on a page: added and removed in their own row, with files, shown as they were handed in; too many rows."""

import io
from collections.abc import Iterator
from pathlib import Path

import desk_work
import openpyxl
import pytest
from browsing import Running, Site, Visit, sideways
from crew import ANN, BAO, with_posts
from desk_work import fill_application, papers, start, submit, upload
from people import APPLICANT, PACKAGE, furnish
from playwright.sync_api import Page, expect
from test_tables import sheet

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM
from storage.database import migrate
from storage.documents import Documents
from storage.unit_of_work import build
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def posted(settings: Settings, documents: Documents) -> Iterator[Site]:
    """A house whose application lists people with their careers."""
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        uow = build(settings, documents=documents)
        house = furnish(uow)
        deploy_package(uow, SYSTEM, with_posts(read_folder(PACKAGE)))
    running = Running(app).start()
    yield Site(running.address, app, settings, house)
    running.stop()


def press(page: Page, action: str, then: str) -> None:
    """Press a button of a row and wait for what it draws."""
    page.locator(f"button[value='{action}']").click()
    page.locator(then).wait_for()


def calmly(page: Page, field: str, path: Path) -> None:
    """Choose a file once everything that was typed is kept."""
    page.wait_for_timeout(1_500)
    page.wait_for_load_state("networkidle")
    upload(page, field, path)


@pytest.mark.parametrize(("width", "language"), [(1440, "zh_CN"), (390, "en")])
def test_a_career_is_filled_in_below_its_person_and_shown_there(
    visit: Visit, posted: Site, tmp_path: Path, width: int, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit(APPLICANT, at=posted, width=width, language=language)
    start(page, posted.address)
    files = papers(tmp_path)
    monkeypatch.setattr(desk_work, "upload", calmly)
    fill_application(page, files)
    for number, person in enumerate((ANN, BAO)):
        press(page, "add:crew", f"#f-crew-{number}-name")
        for key, text in person.items():
            page.fill(f"#f-crew-{number}-{key}", text)
    for number in range(3):
        press(page, "add:crew[1].posts", f"#f-crew-1-posts-{number}-employer")
        page.fill(f"#f-crew-1-posts-{number}-employer", f"云汀电力 {number}")
    expect(page.locator("button[value='add:crew[1].posts']")).to_have_count(0)  # three is all there may be
    row = "第 2 行，履历第 2 行" if language == "zh_CN" else "row 2, Career row 2"
    expect(page.locator("#missing")).to_contain_text(row)
    page.fill("#f-crew-1-posts-1-months", "7")
    page.fill("#f-crew-1-posts-2-months", "18")
    calmly(page, "crew-1-posts-2-proof", files["form"])
    page.locator("button[value='del:crew[1].posts:0']").click()
    expect(page.locator("#f-crew-1-posts-2-employer")).to_have_count(0)
    expect(page.locator("#f-crew-1-posts-1-months")).to_have_value("18")
    page.locator("button[value='del:crew:0']").click()
    expect(page.locator("#f-crew-1-name")).to_have_count(0)
    expect(page.locator("#f-crew-0-posts-0-employer")).to_have_value("云汀电力 1")
    page.reload()
    expect(page.locator("#f-crew-0-posts-1-months")).to_have_value("18")
    expect(page.locator("#f-crew-0-posts-1-proof-files a.zp-file__name")).to_have_count(1)
    assert (
        page.locator("#f-crew-0-posts-1-months").get_attribute("aria-describedby")
        == "f-crew-0-posts-1-months-s"
    )
    assert sideways(page) <= 0
    submit(page)
    page.locator("details summary").evaluate_all(
        "all => all.forEach((one) => { one.parentElement.open = true })"
    )
    shown = page.locator(".zp-entries")
    expect(shown).to_contain_text("云汀电力 2")
    expect(shown).to_contain_text("18 个月" if language == "zh_CN" else "18 months")
    expect(shown.locator("a.zp-file__name")).to_have_count(1)
    assert sideways(page) <= 0


def test_five_thousand_rows_get_a_sentence_and_stay_on_the_page(visit: Visit, posted: Site) -> None:
    page = visit(APPLICANT, at=posted)
    address = start(page, posted.address)
    page.evaluate(
        """() => {
          const form = document.getElementById("task-form");
          form.insertAdjacentHTML("beforeend", '<input type="hidden" name="_has:crew" value="1">');
          for (let n = 0; n < 5000; n++) form.insertAdjacentHTML("beforeend",
            `<input type="hidden" name="_row:crew" value="${n}"><input type="hidden" name="crew[${n}].name" value="人${n}">`);
        }"""
    )
    page.set_default_timeout(60_000)
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=60_000) as answered:
        page.locator("button[value=save]").last.click()
    assert answered.value.status == 413
    expect(page.locator("#notice")).to_contain_text("最多 200 行，现在有 5,000 行")
    expect(page.locator(".zp-saved")).to_have_attribute("data-s", "unsaved")
    assert page.locator("input[name='crew[4999].name']").first.input_value() == "人4999"
    assert page.url == address


def test_a_form_beyond_every_limit_keeps_what_was_typed_and_says_so(visit: Visit, posted: Site) -> None:
    page = visit(APPLICANT, at=posted, language="en")
    start(page, posted.address)
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.evaluate(
        """() => { const form = document.getElementById("task-form");
          form.insertAdjacentHTML("beforeend", '<input type="hidden" name="_row:crew" value="1">'.repeat(80000)); }"""
    )
    page.set_default_timeout(60_000)
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=60_000) as answered:
        page.locator("button[value=save]").last.click()
    assert answered.value.status == 413
    expect(page.locator("#notice [role=alert]")).to_contain_text("still on this page", timeout=60_000)
    expect(page.locator("#f-company")).to_have_value("栖川砚北能源服务有限公司")


def test_a_career_comes_in_from_a_spreadsheet_and_goes_out_again(
    visit: Visit, posted: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT, at=posted)
    task = start(page, posted.address)
    page.locator("#f-crew a", has_text="从 Excel 导入").click()
    lines = [
        ("序号", "姓名", "手机", "履历 · 任职单位", "履历 · 时长"),
        (1, "云阿安", "13900001111", "甲厂", 12),
        (1, None, None, "乙厂", 7),
        (2, "云阿宝", "13900002222", "丙厂", "三年"),
    ]
    page.set_input_files("#table-file", sheet(tmp_path, *lines))
    page.locator("#table-file").locator("xpath=ancestor::form").locator("button").click()
    expect(page.locator("#found-title")).to_have_text("1 行可以导入，1 行有错")
    expect(page.locator("tbody tr")).to_contain_text("E4")
    page.get_by_role("button", name="导入 1 行").click()
    page.wait_for_url(task + "*")
    expect(page.locator("#f-crew-0-posts-1-employer")).to_have_value("乙厂")
    with page.expect_download() as download:
        page.locator("#f-crew a", has_text="导出 Excel").click()
    out = list(openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).worksheets[0].values)
    assert out[0][:2] == ("序号", "姓名")
    assert [(line[0], line[1], line[5], line[6]) for line in out[1:]] == [("1", "云阿安", "甲厂", "12"), ("1", None, "乙厂", "7")]
    calmly(page, "crew-0-posts-1-proof", papers(tmp_path)["form"])
    file = page.locator("#f-crew-0-posts-1-proof-files a.zp-file__name")
    for months, files in ((24, 1), (8, 0)):  # first of the other post, then of the one that the file is about
        line = [list(one) for one in out]
        line[1 if files else 2][6] = months
        page.locator("#f-crew a", has_text="从 Excel 导入").click()
        page.set_input_files("#table-file", sheet(tmp_path, *line))
        page.locator("#table-file").locator("xpath=ancestor::form").locator("button").click()
        expect(page.locator("#found-title")).to_have_text("1 行都可以导入")
        told = page.locator("#files-that-go")
        expect(told).to_have_count(1 - files)
        if not files:
            expect(told).to_contain_text("第 1 行")
            expect(told).to_contain_text("1 份文件")
        page.get_by_role("button", name="导入 1 行").click()
        page.wait_for_url(task + "*")
        expect(page.locator(f"#f-crew-0-posts-{0 if files else 1}-months")).to_have_value(str(months))
        expect(file).to_have_count(files)
    page.reload()
    expect(page.locator("#f-crew-0-posts-1-months")).to_have_value("8")
    expect(file).to_have_count(0)


def test_the_file_of_a_row_that_goes_does_not_come_back_to_another(
    visit: Visit, posted: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT, at=posted)
    start(page, posted.address)
    press(page, "add:crew", "#f-crew-0-name")
    for number in range(2):
        press(page, "add:crew[0].posts", f"#f-crew-0-posts-{number}-employer")
        page.fill(f"#f-crew-0-posts-{number}-employer", f"云汀电力 {number}")
    calmly(page, "crew-0-posts-0-proof", papers(tmp_path)["form"])
    page.wait_for_timeout(1_500)
    page.locator("button[value='del:crew[0].posts:0']").click()
    expect(page.locator("#f-crew-0-posts-1-employer")).to_have_count(0)
    page.reload()
    expect(page.locator("#f-crew-0-posts-0-employer")).to_have_value("云汀电力 1")
    expect(page.locator("#f-crew-0-posts-0-proof-files a.zp-file__name")).to_have_count(0)
