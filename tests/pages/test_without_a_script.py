"""Without a script the server says everything: what it cannot keep stays on the form, with the reason beside its field."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import Site, Visit
from desk_work import fill_application, papers, start, submit
from people import APPLICANT, COLLEAGUE
from playwright.sync_api import Browser, Page, expect
from test_rows_posted_again import Form

from workflows.scenarios.files import sample_file

REVERSED = "栖川\u202e司公限有"
Plain = Callable[[Site], Page]


@pytest.fixture
def plain(visit: Visit, browser: Browser) -> Iterator[Plain]:
    """Open a fresh application in a browser that runs no scripts."""
    contexts = []

    def opened(site: Site) -> Page:
        page = visit(APPLICANT, at=site)
        task = start(page, site.address)
        page.close()
        contexts.append(
            browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
        )
        found: Page = contexts[-1].new_page()
        found.goto(task)
        return found

    yield opened
    for one in contexts:
        one.close()


def is_refused_beside_its_field(page: Page, field: str = "company") -> None:
    expect(page.locator("#problems")).to_contain_text("U+202E")
    expect(page.locator("#problems li")).to_have_count(1)
    expect(page.locator(f"#f-{field}")).to_have_attribute("aria-invalid", "true")
    described = page.locator(f"#f-{field}").get_attribute("aria-describedby") or ""
    said = " ".join(page.locator(f"#{one}").inner_text() for one in described.split())
    assert "看不见的控制字符（U+202E）" in said
    expect(page.locator(f"#f-{field}")).to_have_value(REVERSED)


def test_a_save_that_is_refused_comes_back_with_all_that_is_missing(site: Site, plain: Plain) -> None:
    page = plain(site)
    missing = page.locator("#missing [data-s=miss]").count()
    page.fill("#f-company", REVERSED)
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号")
    page.locator(".zp-foot button[value=save]").click()
    is_refused_beside_its_field(page)
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")
    expect(page.locator("#missing [data-s=miss]")).to_have_count(missing - 2)
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.locator(".zp-foot button[value=save]").click()
    expect(page.locator(".zp-saved")).to_contain_text("已保存")


def test_a_save_that_is_refused_after_a_hand_in_still_names_the_rest(site: Site, plain: Plain) -> None:
    page = plain(site)
    page.locator("[data-main]").click()
    all_of_it = page.locator("#problems li").count()
    assert all_of_it > 1
    page.fill("#f-company", REVERSED)
    page.locator(".zp-foot button[value=save]").click()
    expect(page.locator("#problems")).to_contain_text("U+202E")
    expect(page.locator("#problems li")).to_have_count(all_of_it)


def test_a_file_that_comes_with_what_cannot_be_kept_lies_at_its_field(
    site: Site, plain: Plain, tmp_path: Path
) -> None:
    page = plain(site)
    page.fill("#f-company", REVERSED)
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号")
    page.set_input_files("#f-application_form", papers(tmp_path)["form"])
    page.locator("#f-application_form-files noscript button").click()
    is_refused_beside_its_field(page)
    expect(page.locator("#f-application_form-files .zp-file__name")).to_have_text("form.pdf")
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")
    page.locator("#f-application_form-files button[formaction*=remove]").click()
    is_refused_beside_its_field(page)
    expect(page.locator("#f-application_form-files .zp-file__name")).to_have_count(0)
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.locator(".zp-foot button[value=save]").click()
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")


def test_an_upload_without_a_file_says_so_on_the_form(site: Site, plain: Plain) -> None:
    page = plain(site)
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号")
    page.locator("#f-application_form-files noscript button").click()
    expect(page.locator(".zp-tip[data-s=zhu]")).to_contain_text("请选好一个文件再提交")
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")


def test_what_stands_on_other_pages_is_not_called_missing(paged_site: Site, plain: Plain) -> None:
    page = plain(paged_site)
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.locator("[data-main]").click()
    expect(page.locator(".zp-formsteps li").first).to_contain_text("还缺 1 项")
    page.fill("#f-contact_name", REVERSED)
    page.locator(".zp-foot button[value=save]").click()
    is_refused_beside_its_field(page, "contact_name")
    expect(page.locator(".zp-formsteps li").first).to_contain_text("还缺 1 项")


def test_a_file_for_what_a_colleague_has_handed_in_loses_nothing_typed(
    site: Site, plain: Plain, visit: Visit, tmp_path: Path
) -> None:
    page = plain(site)
    other = visit(COLLEAGUE)
    other.goto(page.url)
    fill_application(other, papers(tmp_path))
    submit(other)
    page.fill("#f-contact_name", "沈砚秋之")
    page.set_input_files("#f-application_form", papers(tmp_path)["form"])
    page.locator("#f-application_form-files noscript button").click()
    expect(page.locator(".zp-tip[data-s=soon]").first).to_contain_text("何见山")
    expect(page.locator("#kept-title")).to_be_visible()
    expect(page.locator("[data-fact=contact_name]").first).to_contain_text("沈砚秋之")


@pytest.mark.parametrize("way", ["files", "files/remove"])
def test_a_sign_that_nobody_can_type_is_told_beside_its_field_too(site: Site, way: str) -> None:
    form = Form(site)
    page = {name: values for name, values in form.page.items() if name != "_action"}
    file = (io.BytesIO(sample_file("申请表.pdf")), "申请表.pdf")
    sent = {"field": "application_form", "company": "栖川\0能源", "mailing_address": "临渊路 88 号"}
    answer = form.client.post(
        f"/tasks/{form.task}/{way}",
        data={**page, **sent, **({"_file:application_form": file} if way == "files" else {"attachment": str(form.task)})},
        content_type="multipart/form-data",
    )
    said = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "看不见的控制字符（U+0000）" in said.partition('id="problems"')[2]
    assert 'value="临渊路 88 号"' in said
