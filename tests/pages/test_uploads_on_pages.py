"""Files at the form: chosen, dropped or pasted; each by itself, with a way out of everything that goes wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import Site, Visit
from desk_work import papers, start, upload
from people import APPLICANT
from playwright.sync_api import Page, Route, expect

# Werkzeug leaves a body that was cut off to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

FIELD = "#f-application_form-files"
OTHER = "#f-letter_of_authorisation-files"
GIVE = """(node, [name, octets, event]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(octets)], name));
  const given = event === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(event, { dataTransfer: data, bubbles: true, cancelable: true });
  node.dispatchEvent(given);
}"""


def give(page: Page, place: str, path: Path, how: str) -> None:
    """Drop or paste a file at a place of the page."""
    page.eval_on_selector(place, GIVE, [path.name, list(path.read_bytes()), how])


def lines(page: Page, field: str = FIELD) -> Any:
    """Return the lines of the files that lie in a field."""
    return page.locator(f"{field} [data-lines] > li")


def test_the_rules_are_said_before_a_file_is_chosen(visit: Visit, site: Site) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    rule = page.locator("#f-application_form-r")
    expect(rule).to_have_text("PDF 或 JPG，不超过 20 MB，放 1 份")
    chooser = page.locator("#f-application_form")
    assert "f-application_form-r" in str(chooser.get_attribute("aria-describedby"))
    assert "image/jpeg" in str(chooser.get_attribute("accept")), "phones convert their own format for it"
    assert page.locator("#f-application_form-camera").get_attribute("capture") == "environment"


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_file_may_be_dropped_or_pasted(visit: Visit, site: Site, tmp_path: Path, how: str) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    if how == "paste":
        page.locator("#f-application_form").focus()
    give(page, FIELD if how == "drop" else "#f-application_form", papers(tmp_path)["form"], how)
    expect(lines(page).locator("a")).to_have_text("form.pdf")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    page.goto(task)
    expect(lines(page).locator("a")).to_have_text("form.pdf")


def test_a_password_is_refused_with_the_steps_to_remove_it(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.set_input_files("#f-application_form", papers(tmp_path)["locked"])
    bad = page.locator(f"{FIELD} [data-s=bad]")
    expect(bad).to_contain_text("请用浏览器打开它，选「打印」再「另存为 PDF」")
    bad.locator("summary").click()
    expect(bad.locator("ol li")).to_have_count(3)
    page.fill("#f-contact_name", "沈砚秋")
    expect(page.locator(".zp-saved")).to_contain_text("已保存")
    expect(bad, "a save must not take the reason away").to_be_visible()
    bad.locator("[data-upload=close]").click()
    expect(bad).to_have_count(0)


def test_one_refused_file_keeps_the_others_in(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    page.evaluate(f"document.querySelector('{FIELD}').dataset.most = 3")
    files = papers(tmp_path)
    page.set_input_files(f"{FIELD} [data-room] input:first-of-type >> nth=0", files["locked"])
    page.set_input_files("#f-letter_of_authorisation", files["letter"])
    expect(lines(page, OTHER).locator("a")).to_have_text("letter.jpg")
    expect(page.locator(f"{FIELD} [data-s=bad]")).to_contain_text("locked.pdf")
    page.set_input_files("#f-application_form", files["form"])
    expect(lines(page).locator("a")).to_have_text("form.pdf")


def test_a_lost_upload_is_tried_again_with_the_same_key(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the house took the file, the person does not hear of it
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(r"/files$"), lose_the_first_answer)
    page.set_input_files("#f-application_form", papers(tmp_path)["form"])
    bad = page.locator(f"{FIELD} [data-s=bad]")
    expect(bad).to_contain_text("再传一次即可，不会多出一份")
    bad.locator("[data-upload=retry]").click()
    expect(lines(page).locator("a")).to_have_text("form.pdf")
    assert len(set(keys)) == 1
    assert len(keys) == 2


def test_an_upload_says_how_far_it_is_and_can_be_cancelled(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    large = tmp_path / "large.pdf"
    large.write_bytes(papers(tmp_path)["form"].read_bytes() + b"\n" * 3_000_000)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 5, "downloadThroughput": 1e6, "uploadThroughput": 400_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.set_input_files("#f-application_form", large)
    row = page.locator(f"{FIELD} [data-s=busy]")
    expect(row).to_contain_text(re.compile(r"[\d.]+ (KB|MB) / 2\.9 MB，约剩 \d+ 秒"))
    assert float(row.locator("progress").get_attribute("value") or 0) > 0
    row.locator("[data-upload=cancel]").click()
    expect(row).to_have_count(0)
    expect(lines(page)).to_have_count(0)
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    upload(page, "application_form", papers(tmp_path)["form"])


def test_taking_a_file_off_can_be_undone(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    upload(page, "application_form", papers(tmp_path)["form"])
    lines(page).locator("[data-upload=remove]").click()
    gone = page.locator(f"{FIELD} [data-s=gone]")
    expect(gone).to_contain_text("已去掉 form.pdf")
    expect(gone.locator("[data-upload=undo]")).to_be_focused()
    with page.expect_response(lambda answer: answer.url == task and answer.request.method == "POST"):
        gone.locator("[data-upload=undo]").click()
    expect(lines(page).locator("a")).to_have_text("form.pdf")
    page.goto(task)
    expect(lines(page).locator("a")).to_have_text("form.pdf")


def test_another_file_may_take_the_place_of_one_that_was_taken_off(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    files = papers(tmp_path)
    upload(page, "letter_of_authorisation", files["letter"])
    lines(page, OTHER).locator("[data-upload=remove]").click()
    page.locator(f"{OTHER} [data-s=gone]").wait_for()
    page.set_input_files("#f-letter_of_authorisation", files["form"])
    expect(lines(page, OTHER).locator("a")).to_have_text("form.pdf")
    page.locator(f"{OTHER} [data-upload=undo]").click()
    expect(page.locator(f"{OTHER} [data-s=bad]")).to_contain_text("已经放满")
    page.goto(task)
    expect(lines(page, OTHER).locator("a")).to_have_text("form.pdf")


def test_a_file_that_is_too_large_is_told_at_once(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    start(page, site.address)
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(21 * 1024 * 1024)
    page.on("request", lambda request: pytest.fail("sent") if request.url.endswith("/files") else None)
    page.set_input_files("#f-application_form", large)
    expect(page.locator(f"{FIELD} [data-s=bad]")).to_contain_text("21.0 MB，最多 20 MB")


def test_a_file_that_no_save_named_is_there_again(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit(APPLICANT)
    task = start(page, site.address)
    page.route(task, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.set_input_files("#f-application_form", papers(tmp_path)["form"])
    expect(lines(page).locator("a")).to_have_text("form.pdf")
    page.unroute(task)
    page.goto(task)
    expect(lines(page).locator("a")).to_have_text("form.pdf")


def test_without_a_script_the_form_sends_its_files(visit: Visit, site: Site, tmp_path: Path) -> None:
    task = start(visit(APPLICANT), site.address)
    signed_in = visit(APPLICANT)
    browser = signed_in.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = plain.new_page()
    page.goto(task)
    page.set_input_files("#f-application_form", papers(tmp_path)["form"])
    page.locator(f"{FIELD} noscript button, {FIELD} button[name=field]").first.click()
    expect(lines(page).locator("a")).to_have_text("form.pdf")
    page.set_input_files("#f-letter_of_authorisation", papers(tmp_path)["locked"])
    page.locator(f"{OTHER} button[name=field]").first.click()
    expect(page.locator("#notice")).to_contain_text("密码")
    lines(page).locator("button").click()
    expect(lines(page)).to_have_count(0)
    plain.close()
