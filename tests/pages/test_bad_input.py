"""What people and packages put in that is not nice: each has a kind answer, and nothing is lost or broken by it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from behind_the_scenes import at_work, open_task, person
from browsing import Running, Site, Visit
from desk_work import CREDIT_CODE, start
from people import APPLICANT, COLLEAGUE, PACKAGE, PASSWORD, furnish
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.test import encode_multipart

from config.settings import Settings
from service.app import create_app
from storage.actor import SYSTEM
from storage.database import migrate
from storage.documents import Documents
from storage.models import Draft
from storage.unit_of_work import build
from workflows.commands.drafts import save_draft
from workflows.commands.instances import start_instance
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder
from workflows.queries.drafts import read_draft

MARKUP = '<img src=x onerror="document.title=1"><b>名称</b> & {{ 7*7 }} </label>'
ENGLISH_MARKUP = "</span><script>document.title = 1</script>Name"
RIGHT_TO_LEFT = "شركة الطاقة 2026 (栖川)"
FOUR_BYTES = "𠮷野家能源𝒳😀有限公司"
FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ",
)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def odd_package() -> dict[str, bytes]:
    """Return the certificate package with a label full of markup, a hint and an option likewise."""
    files = dict(read_folder(PACKAGE))
    form = json.loads(files["forms/application.json"])
    field = next(one for one in walk(form["components"]) if one.get("key") == "company")
    field["label"], field["description"] = MARKUP, MARKUP
    files["forms/application.json"] = json.dumps(form, ensure_ascii=False).encode()
    english = files["i18n/en.toml"].decode()
    old = next(line for line in english.splitlines() if line.startswith("company = "))
    english = english.replace(old, f"company = '''{ENGLISH_MARKUP}'''", 1)
    words = f"\"help.application.company\" = '''{ENGLISH_MARKUP}'''\n"
    files["i18n/en.toml"] = (words + english).encode()
    return files


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in components:
        yield one
        yield from walk(one.get("components", []))


@pytest.fixture
def house(settings: Settings, documents: Documents) -> Iterator[Site]:
    """A house with the certificate process."""
    migrate(settings)
    app = create_app(settings)
    with app.app_context():
        people = furnish(build(settings, documents=documents))
    running = Running(app).start()
    yield Site(running.address, app, settings, people)
    running.stop()


def deploy(site: Site, files: dict[str, bytes]) -> None:
    with at_work(site) as uow:
        deploy_package(uow, SYSTEM, files)


def saved(page: Page) -> None:
    """Wait until what was typed is kept."""
    with page.expect_response(lambda answer: "/tasks/" in answer.url and answer.request.method == "POST"):
        page.keyboard.press("Tab")
    expect(page.locator(".zp-saved")).not_to_have_attribute("data-s", "unsaved")


@pytest.mark.parametrize(("language", "text"), [("zh_CN", MARKUP), ("en", ENGLISH_MARKUP)])
def test_a_label_with_markup_is_shown_as_it_was_written(
    visit: Visit, house: Site, language: str, text: str
) -> None:
    deploy(house, odd_package())
    page = visit(APPLICANT, language, at=house)
    start(page, house.address)
    label = page.locator("label[for=f-company]")
    assert label.inner_text().startswith(text[:20])
    assert text in (label.text_content() or "")
    assert label.locator("b, img, script").count() == 0
    page.locator("[data-main]").click()
    problems = page.locator("#problems")
    problems.wait_for()
    assert text in (problems.text_content() or "")
    assert problems.locator("a b, img, script").count() == 0
    assert page.title() != "1"


@pytest.mark.parametrize("text", [RIGHT_TO_LEFT, FOUR_BYTES], ids=["right to left", "four bytes"])
def test_honest_foreign_text_is_kept_character_by_character(visit: Visit, house: Site, text: str) -> None:
    page = visit(APPLICANT, at=house)
    task = start(page, house.address)
    page.fill("#f-company", text)
    saved(page)
    colleague = visit(COLLEAGUE, at=house)
    colleague.goto(task)
    expect(colleague.locator("#f-company")).to_have_value(text)
    way = "(input) => getComputedStyle(input).unicodeBidi"
    assert colleague.locator("#f-company").evaluate(way) == "plaintext"
    assert colleague.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("sign", "name"), [("\u202e", "U+202E"), ("\0", "U+0000"), ("\x1b", "U+001B")])
def test_an_unseen_sign_is_named_beside_its_field_and_nothing_typed_is_lost(
    visit: Visit, house: Site, sign: str, name: str
) -> None:
    page = visit(APPLICANT, at=house)
    start(page, house.address)
    page.fill("#f-mailing_address", "栖川市云汀区临渊路 88 号")
    page.fill("#f-company", f"栖川{sign}司公限有")
    page.locator("[data-main]").click()
    page.locator("#problems").wait_for()
    expect(page.locator("#f-company")).to_have_attribute("aria-invalid", "true")
    described = page.locator("#f-company").get_attribute("aria-describedby") or ""
    said = " ".join(page.locator(f"#{one}").inner_text() for one in described.split())
    assert f"看不见的控制字符（{name}）" in said
    assert "请把这一项删空" in said
    expect(page.locator("#f-mailing_address")).to_have_value("栖川市云汀区临渊路 88 号")
    expect(page.locator("#f-company")).to_have_value(re.compile("栖川.*司公限有"))
    (
        expect(page.locator("#problems")).to_contain_text("统一社会信用代码"),
        "what else is missing is said as well",
    )
    page.fill("#f-company", "栖川砚北能源服务有限公司")
    saved(page)
    expect(page.locator("#f-company")).not_to_have_attribute("aria-invalid", "true")


def test_an_unseen_sign_that_is_typed_is_told_while_the_page_saves_itself(visit: Visit, house: Site) -> None:
    page = visit(APPLICANT, at=house)
    start(page, house.address)
    page.fill("#f-company", "栖川\0司公限有")
    saved_not = page.locator("#notice")
    page.keyboard.press("Tab")
    expect(saved_not).to_contain_text("U+0000")
    expect(saved_not).to_contain_text("还没有保存")


def test_full_width_digits_are_read_as_digits(visit: Visit, house: Site) -> None:
    page = visit(APPLICANT, at=house)
    start(page, house.address)
    page.fill("#f-credit_code", CREDIT_CODE.translate(FULL_WIDTH))
    page.select_option("#f-lines-0-package", "bundle")
    page.fill("#f-lines-0-quantity", "１２")
    page.locator("[data-main]").click()
    page.locator("#problems").wait_for()
    for field in ("#f-credit_code", "#f-lines-0-quantity"):
        assert page.locator(field).get_attribute("aria-invalid") is None, field


@pytest.mark.parametrize("coding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_five_thousand_rows_are_answered_and_cost_nothing_that_was_saved(house: Site, coding: str) -> None:
    """Whoever sends them by a program reads why not; the draft of the page is as it was."""
    with at_work(house) as uow:
        actor = person(APPLICANT)
        case = start_instance(uow, actor, "certificate_issuance")
        task = open_task(uow, case.id, "application")
        save_draft(uow, actor, task, {"company": "栖川砚北能源服务有限公司"}, 0)
    client = house.app.test_client()
    token = csrf(client.get("/login").get_data(as_text=True))
    client.post("/login", data={"username": APPLICANT, "password": PASSWORD, "csrf_token": token})
    page = client.get(f"/tasks/{task}").get_data(as_text=True)
    rows: dict[str, Any] = {"_row:lines": [str(number) for number in range(5000)]}
    rows |= {
        f"lines[{number}].{field}": "1"
        for number in range(5000)
        for field in ("package", "years", "quantity")
    }
    form = {
        "_action": "draft", "_version": "1", "_revision": "1", "_has:lines": "1", "csrf_token": csrf(page), **rows,
    }  # fmt: skip
    body: Any = form
    if coding == "multipart/form-data":  # the client would leave a file of its own open
        boundary, body = encode_multipart(form)
        coding = f"{coding}; boundary={boundary}"
    # A page that stays where it is gets the reason above what was typed, one without a script the form with all its rows.
    for headers, status in (({"Accept": "text/html"}, 422), ({"HX-Request": "true"}, 413)):
        answer = client.post(f"/tasks/{task}", data=body, headers=headers, content_type=coding)
        text = answer.get_data(as_text=True)
        assert answer.status_code == status
        assert "最多" in text, "which list, and how many it may have"
        assert "Traceback" not in text
        if status == 422:
            assert 'value="4999"' in text, "the rows are still there to be taken away"
    with at_work(house) as uow:
        kept = uow.session.scalars(select(Draft).where(Draft.task_id == task)).one()
        assert read_draft(uow, kept) == {"company": "栖川砚北能源服务有限公司"}


def csrf(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]
