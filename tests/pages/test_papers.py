"""What an applicant can take away: application and receipt once it was handed in, the decision once it is made."""

import hashlib
import io
from pathlib import Path

import pypdfium2
from behind_the_scenes import at_work, give_back, hand_in, work
from browsing import Site, Visit
from desk_work import choose, fill_application, number_of, open_claimable, papers, start, submit
from people import APPLICANT
from playwright.sync_api import Page, expect
from sqlalchemy import select

from storage.models import IssuedDocument


def text_of(page: Page, kind: str) -> str:
    answer = page.request.get(f"{page.url}/papers/{kind}.pdf")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    return text_in(answer.body())


def text_in(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    return "".join(one.get_textpage().get_text_bounded() for one in document).replace("\r\n", "")


def test_papers_appear_as_the_case_goes_on_and_can_be_read(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    number = number_of(page)
    fill_application(page, papers(tmp_path))
    submit(page)
    listed = page.locator("section[aria-labelledby=papers-title] .zp-file")
    expect(listed).to_have_count(3)
    expect(listed.last).to_contain_text("办结后出现在这里")
    application, receipt = text_of(page, "application"), text_of(page, "receipt")
    assert "栖川市云汀区临渊路 88 号 3 幢 12 层" in application
    assert "组合资费" in application
    assert "form.pdf" in application
    assert f"编号：{number}-02" in receipt
    assert "已经收到" in receipt
    assert "沈砚秋" not in receipt
    assert page.request.get(f"{page.url}/papers/decision.pdf").status == 404

    reviewer = visit(site.house.staff["review_agent"])
    open_claimable(reviewer, site.address, number)
    choose(reviewer, "rejected")
    reviewer.fill("#f-opinion", "证照已经过期。")
    submit(reviewer)
    page.reload()
    expect(listed).to_have_count(3)
    decision = text_of(page, "decision")
    assert "办理结果：不予通过。" in decision
    assert "资质审核意见：证照已经过期。" in decision
    assert f"编号：{number}-03" in decision


def test_issued_papers_are_listed_with_date_and_number_and_stay_as_they_are(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    case, number = hand_in(site)
    give_back(site, case)
    work(site)
    page = visit(APPLICANT)
    page.goto(f"{site.address}/instances/{case}")
    listed = page.locator("section[aria-labelledby=papers-title] .zp-file")
    expect(listed).to_have_count(4)
    notice = listed.filter(has_text="补正通知书")
    expect(notice).to_contain_text("签发")
    expect(notice).to_contain_text(f"{number}-04")
    bodies = []
    for _ in range(2):
        with page.expect_download() as download:
            notice.get_by_role("link").click()
        assert download.value.suggested_filename == f"{number}-04 补正通知书.pdf"
        bodies.append(Path(download.value.path()).read_bytes())
    assert bodies[0] == bodies[1]
    assert "与执照不一致" in text_in(bodies[0])
    assert page.request.get(f"{page.url}/papers/receipt.pdf").status == 404, "what was issued is not set anew"
    english = visit(APPLICANT, "en")
    english.goto(f"{site.address}/instances/{case}")
    with english.expect_download() as download:
        english.locator("section[aria-labelledby=papers-title] .zp-file", has_text="Notice of correction").get_by_role("link").click()
    assert "needs to be corrected" in text_in(Path(download.value.path()).read_bytes())


def test_a_paper_that_the_store_changed_is_not_given_out(visit: Visit, site: Site) -> None:
    case, number = hand_in(site)
    work(site)
    page = visit(APPLICANT)
    page.goto(f"{site.address}/instances/{case}")
    link = page.locator("section[aria-labelledby=papers-title] .zp-file", has_text=f"{number}-02").get_by_role("link")
    address = f"{site.address}{link.get_attribute('href')}"
    assert page.request.get(address).status == 200
    with at_work(site) as uow:
        kept = uow.session.scalars(select(IssuedDocument).where(IssuedDocument.instance_id == case)).all()
        for one in kept:
            uow.documents._put(one.object_key, io.BytesIO(b"%PDF"), 4, hashlib.sha256(b"%PDF").digest())
    refused = page.request.get(address)
    assert refused.status == 422
    assert "和签发时的不一样" in refused.text()


def test_a_paper_is_in_the_language_of_its_reader(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT, "en")
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    submit(page)
    assert "has been received" in text_of(page, "receipt")


def test_a_printed_case_opens_what_is_folded_and_leaves_out_what_cannot_be_pressed(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    submit(page)
    page.emulate_media(media="print")
    for unseen in (".zp-bar", ".zp-diagram__tools", ".zp-withdraw", ".zp-file__acts >> nth=0"):
        expect(page.locator(unseen).first).to_be_hidden()
    for seen in (".zp-head h1", ".zp-four", "[data-fact=company]", ".zp-trail", "[data-diagram]"):
        expect(page.locator(seen).first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    pdf = pypdfium2.PdfDocument(page.pdf())
    text = "".join(one.get_textpage().get_text_bounded() for one in pdf).replace("\r\n", "")
    for wanted in ("栖川砚北能源服务有限公司", "办理经过", "接下来"):
        assert wanted in text
