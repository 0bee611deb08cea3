"""Notices at the pages: a bell that counts by itself, a list that is worked off, wishes, and what was sent."""

import pytest
from behind_the_scenes import give_back, hand_in, reach, work
from browsing import Site, Visit, sideways
from desk_work import number_of
from people import ADMINISTRATOR, APPLICANT
from playwright.sync_api import expect
from test_looks import MODES, violations


def test_the_bell_counts_by_itself_and_a_notice_leads_to_its_task(visit: Visit, site: Site) -> None:
    work(site)  # what earlier tests of this site have left to tell
    reviewer = visit(site.house.staff["review_agent"])
    reviewer.clock.install()
    reviewer.goto(f"{site.address}/catalogue")
    bell = reviewer.locator(".zp-bell [data-badge=unread]")
    before = int(bell.inner_text() or 0) if bell.is_visible() else 0
    _, number = hand_in(site)
    work(site)
    reviewer.clock.run_for(31_000)
    expect(bell).to_have_text(str(before + 1))
    expect(reviewer.locator("#badge-said")).to_contain_text(str(before + 1))
    assert reviewer.locator("#badge-said").get_attribute("aria-live") == "polite"
    reviewer.locator(".zp-bell").click()
    row = reviewer.locator(".zp-row--notice", has_text=number)
    row.locator("button.zp-row__title").click()
    reviewer.wait_for_url(f"{site.address}/tasks/**")
    assert number_of(reviewer) == number
    reviewer.goto(f"{site.address}/notifications")
    assert reviewer.locator(".zp-row--notice", has_text=number).count() == 0
    reviewer.goto(f"{site.address}/notifications?tab=all")
    assert reviewer.locator(".zp-row--notice", has_text=number).count() == 1


def test_all_notices_are_read_at_once_and_then_the_list_says_so(visit: Visit, site: Site) -> None:
    hand_in(site)
    work(site)
    reviewer = visit(site.house.staff["review_agent"])
    reviewer.goto(f"{site.address}/notifications")
    assert reviewer.locator(".zp-row--notice").count() >= 1
    reviewer.locator("form[action$='/notifications/read'] button").click()
    reviewer.locator(".zp-empty").wait_for()
    assert not reviewer.locator(".zp-bell [data-badge=unread]").is_visible()


def test_a_mail_that_nobody_carries_is_read_by_administrators(visit: Visit, site: Site) -> None:
    reach(site, APPLICANT, "shen@example.com")
    case, number = hand_in(site)
    give_back(site, case)
    work(site)
    administrator = visit(ADMINISTRATOR)
    administrator.goto(f"{site.address}/admin/messages")
    row = administrator.locator("tr", has_text="申请退回补正").first
    assert "沈砚秋" in row.inner_text()
    assert "已保存" in row.inner_text()
    row.locator("summary").click()
    assert number in row.locator("pre").inner_text()
    assert "/tasks/" in row.locator("pre").inner_text()


def test_wishes_are_kept(visit: Visit, site: Site) -> None:
    page = visit(site.house.staff["finance"])
    page.goto(f"{site.address}/account#notifications")
    page.select_option("select[name='task_opened.mail']", "never")
    page.locator("#notifications button[type=submit]").click()
    page.locator(".zp-tip").first.wait_for()
    assert page.locator("select[name='task_opened.mail']").input_value() == "never"
    assert page.locator("select[name='overdue.mail']").input_value() == "now"


@pytest.mark.parametrize(("language", "width", "theme"), MODES, ids=lambda value: str(value))
def test_notices_and_messages_look_right(
    visit: Visit, site: Site, language: str, width: int, theme: str
) -> None:
    hand_in(site)
    work(site)
    wrong = {}
    for who, path in (
        (site.house.staff["review_agent"], "/notifications?tab=all"),
        (APPLICANT, "/notifications"),
        (ADMINISTRATOR, "/admin/messages"),
        (ADMINISTRATOR, "/admin/messages?status=failed"),
    ):
        page = visit(who, language, width, theme)
        page.goto(f"{site.address}{path}")
        found = violations(page) + ([f"{sideways(page)} px sideways"] if sideways(page) > 0 else [])
        wrong |= {f"{who} {path}": found} if found else {}
    assert wrong == {}
