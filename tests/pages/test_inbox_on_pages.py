"""Working through the inbox: keys, the gist beside the list, claims, the next one, and a verdict for many."""

from pathlib import Path

import pytest
from browsing import Site, Visit, sideways
from desk_work import choose, submit
from inbox_work import correct, hand_in, number_of_task, send_back, with_batches
from people import STRANGER
from playwright.sync_api import Page, expect

from storage.unit_of_work import build


@pytest.fixture(scope="module", autouse=True)
def allowed(site: Site) -> None:
    """The process of these tests lets reviewers decide many at once."""
    with site.app.app_context():
        with_batches(build(site.settings))


def row(page: Page, site: Site, task_id: object) -> str:
    return f"[data-row]:has-text('{number_of_task(site, task_id)}')"  # type: ignore[arg-type]


def test_the_keyboard_alone_goes_through_the_list(visit: Visit, site: Site, tmp_path: Path) -> None:
    hand_in(site, STRANGER, tmp_path, 3)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/inbox?tab=claimable")
    expect(page.locator(".zp-group").first).to_contain_text("已超时")
    page.keyboard.press("j")
    first = page.locator("[data-row][aria-current]")
    expect(first.locator(".zp-row__title")).to_be_focused()
    expect(page.locator("#peek .zp-sheet")).to_contain_text(first.locator(".zp-no").inner_text())
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.fill("input[type=search]", "jk?c1")  # never while somebody types
    expect(page.locator("input[type=search]")).to_have_value("jk?c1")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.locator("[data-row] .zp-row__title").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/**")
    page.keyboard.press("3")
    expect(page.locator("#outcome-rejected")).to_be_checked()


def test_single_keys_can_be_switched_off(visit: Visit, site: Site, tmp_path: Path) -> None:
    hand_in(site, STRANGER, tmp_path, 1)
    page = visit(site.house.staff["review_agent"], "en")
    page.goto(f"{site.address}/inbox?tab=claimable")
    page.keyboard.press("?")
    page.locator("dialog#keys a").click()
    expect(page.locator("body")).to_have_attribute("data-keys", "off")
    page.keyboard.press("j")
    expect(page.locator("[data-row][aria-current]")).to_have_count(0)


def test_the_meter_says_in_ticks_what_the_words_say(visit: Visit, site: Site, tmp_path: Path) -> None:
    over, today, later = hand_in(site, STRANGER, tmp_path, 3)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/inbox?tab=claimable")
    expect(page.locator(f"{row(page, site, over)} .zp-due[data-s=over] .o").first).to_be_attached()
    expect(page.locator(f"{row(page, site, over)} .zp-due b")).to_contain_text("超")
    ticks = page.locator(f"{row(page, site, later)} .zp-due__ticks i:not([class])").count()
    assert f"{ticks} 个工作日" in page.locator(f"{row(page, site, later)} .zp-due b").inner_text()
    assert today


def test_what_is_asked_stays_in_the_address_and_on_the_way_back(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    over, *_ = hand_in(site, STRANGER, tmp_path, 3)
    page = visit(site.house.staff["review_agent"], width=390)
    page.goto(f"{site.address}/inbox?tab=claimable")
    with page.expect_navigation():
        page.select_option("select[name=due]", "over")
    assert "due=over" in page.url
    assert sideways(page) == 0
    expect(page.locator(".zp-group")).to_have_count(1)
    page.locator(f"{row(page, site, over)} .zp-row__title").click()
    page.locator(".zp-crumb a").click()
    page.wait_for_url("**due=over**")
    expect(page.locator("select[name=due]")).to_have_value("over")


def test_a_row_says_what_changed_and_a_heading_how_many_there_are(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    again, other = hand_in(site, STRANGER, tmp_path, 2)
    reviewer = site.house.staff["review_agent"]
    correct(site, STRANGER, again, reviewer, company="栖川槐序储能集团有限公司", contact_mobile="13900139000")
    number = number_of_task(site, again)
    page = visit(reviewer)
    page.goto(f"{site.address}/inbox?tab=claimable&q={number}")
    expect(page.locator(".zp-row__sub")).to_contain_text("改了 2 处")
    expect(page.locator(".zp-group small")).to_have_text("1 项")
    page.goto(f"{site.address}/inbox?tab=claimable")
    expect(page.locator(row(page, site, other))).not_to_contain_text("改了")
    page.locator(f".zp-row:has-text('{number}') .zp-row__title").click()
    page.wait_for_url("**/tasks/**")
    expect(page.locator("main")).to_contain_text("改了 2 处")


def test_the_next_one_opens_when_one_is_done(visit: Visit, site: Site, tmp_path: Path) -> None:
    tasks = hand_in(site, STRANGER, tmp_path, 3)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/inbox?tab=claimable&q={number_of_task(site, tasks[0])}")
    page.locator(".zp-row__title").first.click()
    page.goto(page.url.split("?")[0] + "?tab=claimable")
    choose(page, "approved")
    expect(page.locator(".zp-then")).to_contain_text("缴费")
    expect(page.locator("label:has([name=_next])")).to_contain_text("槐序储能")
    submit(page)
    assert "/tasks/" in page.url
    assert "tab=claimable" in page.url
    page.locator("[name=_next]").uncheck()
    choose(page, "approved")
    submit(page)
    assert "/inbox?tab=claimable" in page.url
    page.locator(".zp-row__title").first.click()
    expect(page.locator("[name=_next]")).not_to_be_checked()  # remembered


def test_claims_keep_the_list_and_the_next_claim_opens(visit: Visit, site: Site, tmp_path: Path) -> None:
    tasks = hand_in(site, STRANGER, tmp_path, 2)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/inbox?tab=claimable")
    page.locator(f"{row(page, site, tasks[1])} [data-claim]").click()
    page.locator("#notice .zp-tip").wait_for()
    assert "tab=claimable" in page.url
    expect(page.locator(row(page, site, tasks[1]))).to_have_count(0)
    page.locator("form[action='/inbox/next'] button").click()
    page.wait_for_url("**/tasks/**")
    expect(page.locator(".zp-head form[action$=release]")).to_be_visible()


def test_many_are_decided_at_once_and_each_says_how_it_went(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    mine, other = hand_in(site, STRANGER, tmp_path, 2)
    page, faster = visit(site.house.staff["review_agent"]), visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/inbox?tab=claimable")
    for task_id in (mine, other):
        page.locator(f"{row(page, site, task_id)} input[type=checkbox]").check()
    expect(page.locator("[data-ticked]")).to_contain_text("2")
    page.locator("#batch button").click()
    for task_id in (mine, other):
        expect(page.locator("main")).to_contain_text(number_of_task(site, task_id))
    faster.goto(f"{site.address}/tasks/{other}")
    choose(faster, "rejected")
    faster.fill("#f-opinion", "不符合。")
    submit(faster)
    page.locator("main form button[type=submit]").click()
    done = page.locator(f".zp-row:has-text('{number_of_task(site, mine)}')")
    expect(done.locator(".zp-pill")).to_have_attribute("data-s", "done")
    late = page.locator(f".zp-row:has-text('{number_of_task(site, other)}')")
    expect(late).to_contain_text("顾南乔")
    assert sideways(page) == 0


def test_remarks_stand_beside_fields_cells_and_files_with_their_numbers(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    (task,) = hand_in(site, STRANGER, tmp_path, 1)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/tasks/{task}")
    for number, path in enumerate(("mailing_address", "lines[1].quantity", "application_form")):
        place = page.locator(f"[data-place='{path}']")
        place.hover()
        place.locator(".zp-mark-it").first.click()
        reason = page.locator(f"[name='marks[{number}].reason']")
        expect(reason).to_be_focused()
        reason.fill(f"第 {number} 处不对")
        expect(place.locator(".zp-note")).to_contain_text(f"第 {number} 处不对")
        expect(place.locator(".zp-mark")).to_have_text(str(number + 1))
    expect(page.locator("#outcome-returned")).to_be_checked()
    page.fill("#f-opinion", "请改好三处。")
    page.locator("[name=_next]").uncheck()
    submit(page)
    owner = visit(STRANGER)
    owner.goto(f"{site.address}/inbox?q={number_of_task(site, task)}")
    owner.locator(".zp-row__title").first.click()
    expect(owner.locator(".zp-fixes")).to_contain_text("第 2 行")
    owner.locator(".zp-fixes a").nth(1).click()
    expect(owner.locator("#f-lines-1-quantity")).to_be_visible()


def test_a_remark_begins_in_the_row_that_is_still_empty(visit: Visit, site: Site, tmp_path: Path) -> None:
    (task,) = hand_in(site, STRANGER, tmp_path, 1)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/tasks/{task}")
    choose(page, "returned")
    expect(page.locator("[name='marks[0].reason']")).to_have_value("")
    for number, path in enumerate(("company", "mailing_address")):
        page.locator(f"[data-place='{path}'] .zp-mark-it").first.click()
        reason = page.locator(f"[name='marks[{number}].reason']")
        expect(reason).to_be_focused()
        expect(page.locator(f"[name='marks[{number}].field']")).to_have_value(path)
        reason.fill("请照执照改。")
    expect(page.locator("[name$='].reason']")).to_have_count(2)


def test_phrases_of_the_package_come_before_ours(visit: Visit, site: Site, tmp_path: Path) -> None:
    (task,) = hand_in(site, STRANGER, tmp_path, 1)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/tasks/{task}")
    choose(page, "returned")
    page.locator(".zp-phrase").first.click()
    expect(page.locator("#f-opinion")).to_have_value("申请表未盖公章，请加盖公章后重新上传。")
    page.keyboard.type("共一处。")
    expect(page.locator("#f-opinion")).to_have_value("申请表未盖公章，请加盖公章后重新上传。共一处。")


def test_what_i_wrote_lately_is_offered_to_me_and_to_nobody_else(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    first, second = hand_in(site, STRANGER, tmp_path, 2)
    reviewer = site.house.staff["review_agent"]
    said = "地址与营业执照不一致，请核对。"
    send_back(site, first, reviewer, said)
    page = visit(reviewer)
    page.goto(f"{site.address}/tasks/{second}")
    choose(page, "approved")
    expect(page.locator(f".zp-phrases--own :text('{said}')")).to_have_count(0)  # written with another verdict
    choose(page, "returned")
    page.locator(f".zp-phrases--own .zp-phrase:has-text('{said}')").click()
    expect(page.locator("#f-opinion")).to_have_value(said)


def test_a_return_that_nobody_drew_keeps_the_reason_when_it_is_refused(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    (task,) = hand_in(site, STRANGER, tmp_path, 1)
    page = visit(site.house.staff["review_agent"])
    page.goto(f"{site.address}/tasks/{task}")
    page.locator("#send-back summary").click()
    page.fill("#f-reason", "金额与合同不符")
    page.evaluate("document.querySelector('#send-back [name=_version]').value = '99'")
    page.locator("#send-back button").click()
    expect(page.locator("#send-back [role=alert]")).to_be_visible()
    expect(page.locator("#f-reason")).to_have_value("金额与合同不符")
    page.locator("#send-back button").click()
    page.locator("#notice .zp-tip").wait_for()
    page.goto(f"{site.address}/tasks/{task}")
    expect(page.locator(".zp-trail")).to_contain_text("金额与合同不符")
