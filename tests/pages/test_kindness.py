"""What happens to people: a session ends, a page is old, a button is pressed twice, somebody else was faster."""

from pathlib import Path

from browsing import Site, Visit
from desk_work import choose, fill_application, number_of, open_claimable, papers, start, submit
from people import APPLICANT, COLLEAGUE, STRANGER
from playwright.sync_api import Route, expect


def test_what_was_typed_survives_the_end_of_a_session(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    page.context.clear_cookies(name="zhupi")
    page.locator("[data-main]").click()
    page.locator("#f-username").wait_for()
    assert page.locator("input[name='kept:company']").input_value() == "栖川砚北能源服务有限公司"
    page.fill("#f-username", APPLICANT)
    page.fill("#f-password", "Long enough pass 9")
    page.locator("form.zp-login button[type=submit]").click()
    page.wait_for_url(task)
    expect(page.locator("#f-company")).to_have_value("栖川砚北能源服务有限公司")


def test_an_old_tab_is_told_and_keeps_what_was_typed(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    fill_application(page, papers(tmp_path))
    old = visit(COLLEAGUE)
    old.goto(task)
    expect(old.locator("#f-company")).to_have_value("栖川砚北能源服务有限公司")
    submit(page)
    old.fill("#f-contact_name", "何见山")
    old.locator("[data-main]").click()
    old.locator("#kept-title").wait_for()
    expect(old.locator("[data-fact=contact_name]").first).to_contain_text("何见山")


def test_a_second_click_and_the_back_button_do_nothing_twice(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    page.locator("[data-main]").dblclick()
    page.locator("#diagram").wait_for()
    assert page.locator(".zp-trail > li:not([data-s])").filter(has_text="填写申请").count() == 1
    page.go_back()
    expect(page.locator(".zp-tip[data-s=soon]")).to_be_visible()
    expect(page.locator("[data-main]")).to_have_count(0)


def test_two_reviewers_hear_who_was_faster(visit: Visit, site: Site, tmp_path: Path) -> None:
    applicant = visit(APPLICANT)
    start(applicant, site.address)
    number = number_of(applicant)
    fill_application(applicant, papers(tmp_path))
    submit(applicant)
    first, second = visit(site.house.staff["review_agent"]), visit(site.house.staff["review_agent"])
    open_claimable(first, site.address, number)
    open_claimable(second, site.address, number)
    choose(second, "rejected")
    second.locator("#f-opinion").fill("不符合。")
    expect(second.locator(".zp-saved")).to_contain_text("已保存")
    choose(first, "approved")
    submit(first)
    second.locator("[data-main]").click()
    expect(second.locator(".zp-tip[data-s=soon]").first).to_contain_text("顾南乔")


def test_rows_keep_what_was_typed_when_one_goes(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.fill("#f-lines-0-quantity", "1")
    page.locator('button[value="add:lines"]').click()
    page.locator("#f-lines-1-quantity").fill("7")
    page.locator('button[value="del:lines:0"]').click()
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(1)
    expect(page.locator("#f-lines-0-quantity")).to_have_value("7")
    expect(page.locator("#f-keys_total")).to_have_text("7")


def test_one_key_is_advised_against_but_not_refused(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT, "en")
    start(page, site.address)
    page.fill("#f-lines-0-quantity", "1")
    expect(page.locator("#missing [data-s=mind]")).to_contain_text("2")


def test_a_file_that_cannot_be_read_is_refused_with_the_way_out(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.set_input_files("#f-application_form", papers(tmp_path)["locked"])
    expect(page.locator(".zp-file[data-s=bad]")).to_contain_text("密码")


def test_a_conditional_field_appears_when_its_condition_holds(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    expect(page.locator("#f-invoice_mail")).to_have_count(0)
    page.get_by_label("电子发票，发到邮箱").check()
    expect(page.locator("#f-invoice_mail")).to_be_visible()


def test_withdrawing_asks_first(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.locator(".zp-head__meta a").click()
    page.locator(".zp-withdraw summary").click()
    page.locator(".zp-withdraw button[type=submit]").click()
    expect(page.locator(".zp-head .zp-pill")).to_contain_text("已撤回")


def test_a_stranger_finds_nothing(visit: Visit, site: Site) -> None:
    task = start(visit(APPLICANT), site.address)
    page = visit(STRANGER)
    answer = page.goto(task)
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("h1")).to_be_visible()


def test_a_save_that_did_not_arrive_is_not_called_saved(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.fill("#f-contact_name", "沈砚秋")
    saved = page.locator(".zp-saved")
    expect(saved).to_contain_text("已保存")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="zhupi")
    page.fill("#f-contact_name", "温故")
    expect(saved).to_contain_text("没有保存")
    expect(page.locator("#expired")).to_be_visible()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.fill("#f-contact_name", "温故之")
    expect(saved).to_contain_text("已保存")
    expect(page.locator("#expired")).to_have_count(0)


def test_a_finished_step_says_who_finished_it(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    fill_application(page, papers(tmp_path))
    submit(page)
    page.goto(task)
    said = page.locator("main .zp-tip[data-s=soon]").first
    expect(said).to_contain_text("办完")
    expect(said).not_to_contain_text("–")


def test_after_a_refused_hand_in_the_rows_are_those_that_stood_there(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.locator("[data-main]").click()
    page.locator("#problems").wait_for()
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(1)


def test_what_is_typed_while_a_row_is_being_added_stays(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.route("**/tasks/*", lambda route: (page.wait_for_timeout(700), route.continue_()))
    page.locator('button[value="add:lines"]').click()
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号")
    page.select_option("#f-lines-0-package", "bundle")
    expect(page.locator("#f-lines .zp-rows > li")).to_have_count(2)
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")
    expect(page.locator("#f-lines-0-package")).to_have_value("bundle")
    page.unroute_all(behavior="ignoreErrors")


def test_a_new_row_has_the_focus_as_soon_as_it_is_there(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.evaluate(
        """() => new MutationObserver(() => {
            if (document.querySelector("#f-lines-1")) window.zpAt ??= document.activeElement.id;
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    page.locator('button[value="add:lines"]').click()
    page.locator("#f-lines-1").wait_for()
    assert str(page.evaluate("window.zpAt")).startswith("f-lines-1-")


def test_the_focus_stays_with_what_is_typed_while_a_row_is_being_added(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.evaluate(
        "() => { window.zpWas = []; addEventListener('focusin', (event) => window.zpWas.push(event.target.id)) }"
    )
    held: list[Route] = []
    page.route("**/tasks/*", lambda route: held.append(route), times=1)
    page.locator('button[value="add:lines"]').click()
    page.locator("#f-mailing_address").press_sequentially("云汀区")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    page.locator("#f-lines-1").wait_for()
    page.keyboard.type("临渊路")
    expect(page.locator("#f-mailing_address")).to_have_value("云汀区临渊路")
    expect(page.locator("#f-mailing_address")).to_be_focused()
    assert "f-lines-1-package" not in page.evaluate("window.zpWas"), "not even for a moment"
    page.locator('button[value="add:lines"]').click()
    page.locator("#f-lines-2").wait_for()
    expect(page.locator("#f-lines-2-package")).to_be_focused()
