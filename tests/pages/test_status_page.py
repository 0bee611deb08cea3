"""The status page says where an application is, why, what may come next and by when."""

from pathlib import Path

from browsing import Site, Visit, sideways
from desk_work import choose, fill_application, number_of, open_claimable, papers, start, submit
from people import APPLICANT
from playwright.sync_api import expect


def test_the_status_page_tells_every_way_that_is_open(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    submit(page)
    expect(page.locator(".zp-four > div").nth(2)).to_contain_text("缴费")
    ways = page.locator("section[aria-labelledby=ahead-title] .zp-ways > div")
    expect(ways).to_have_count(3)
    expect(ways.filter(has_text="退回补正")).to_contain_text("由你办理")
    expect(ways.filter(has_text="不予通过").first).to_contain_text("办结")

    page.set_viewport_size({"width": 390, "height": 900})
    assert sideways(page) == 0


def test_a_reviewer_sees_what_changed_since_the_round_before(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    number, files = number_of(page), papers(tmp_path)
    fill_application(page, files)
    submit(page)
    case = page.url
    reviewer = visit(site.house.staff["review_agent"])
    open_claimable(reviewer, site.address, number)
    expect(reviewer.locator(".zp-changes")).to_have_count(0)
    choose(reviewer, "returned")
    reviewer.select_option("#f-marks-0-field", "lines")
    reviewer.fill("#f-marks-0-reason", "要三把。")
    reviewer.fill("#f-opinion", "其余没有问题。")
    submit(reviewer)

    page.goto(case)
    expect(page.locator(".zp-four > div").nth(3)).to_contain_text("等你办理")
    page.locator(".zp-now a.btn-primary").click()
    page.fill("#f-lines-0-quantity", "3")
    submit(page)

    open_claimable(reviewer, site.address, number)
    changes = reviewer.locator(".zp-changes")
    expect(changes.locator("summary")).to_have_text("与第 1 次提交相比，改了 1 处")
    expect(changes.locator("del")).to_contain_text("2")
    expect(changes.locator("td.num").last).to_contain_text("3")
    expect(changes.locator(".zp-file")).to_have_count(0)
    expect(changes).not_to_contain_text("栖川市")
    page.goto(case)
    expect(page.locator(".zp-changes summary")).to_be_visible()


def test_the_reason_of_a_withdrawal_stands_in_the_history(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.locator(".zp-head__meta a.zp-no").click()
    page.locator(".zp-withdraw summary").first.click()
    page.fill("#withdraw-reason", "单位名称要变更，先不办了。")
    page.locator(".zp-withdraw[open] button").click()
    expect(page.locator(".zp-trail")).to_contain_text("单位名称要变更，先不办了。")


def test_the_catalogue_promises_the_statutory_time(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    page.goto(f"{site.address}/catalogue")
    expect(page.locator(".zp-offer__go dl")).to_contain_text("3 个工作日")


def test_a_process_without_a_picture_says_so_and_throws_nothing(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    bare = '{"xml": "<definitions xmlns=\'http://www.omg.org/spec/BPMN/20100524/MODEL\'/>", "visited": [], "now": []}'
    page.route("**/diagram.json", lambda route: route.fulfill(body=bare, content_type="application/json"))
    page.locator(".zp-head__meta a.zp-no").click()
    expect(page.locator("[data-diagram][data-ready=none]")).to_contain_text("没有画图")
