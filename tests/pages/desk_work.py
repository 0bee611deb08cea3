"""What people do at the pages, in words that do not depend on the language."""

from pathlib import Path

import pikepdf
from PIL import Image
from playwright.sync_api import Page

CREDIT_CODE = "91310115MA1QFAP100"


def papers(folder: Path) -> dict[str, Path]:
    """Write the files that an applicant has at hand, one of them with a password."""
    form, locked, letter = folder / "form.pdf", folder / "locked.pdf", folder / "letter.jpg"
    for path, encryption in ((form, False), (locked, pikepdf.Encryption(owner="a", user="b"))):
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(path, encryption=encryption)
    Image.new("RGB", (600, 800), (250, 245, 230)).save(letter)
    return {"form": form, "locked": locked, "letter": letter}


def start(page: Page, site: str) -> str:
    """Press the button of the catalogue; return the address of the first task."""
    page.goto(f"{site}/catalogue")
    page.locator(".zp-offer__go button").click()
    page.wait_for_url(f"{site}/tasks/**")
    return page.url


def upload(page: Page, field: str, path: Path) -> None:
    """Choose a file and wait until it lies there."""
    page.set_input_files(f"#f-{field}", path)
    page.locator(f"#f-{field}-files a.zp-file__name").last.wait_for()


def fill_application(page: Page, files: dict[str, Path], quantity: str = "2") -> None:
    """Fill in everything that the application asks for."""
    for field, text in (
        ("company", "栖川砚北能源服务有限公司"),
        ("credit_code", CREDIT_CODE),
        ("contact_name", "沈砚秋"),
        ("contact_mobile", "13800138000"),
        ("contact_mail", "shen@example.com"),
        ("mailing_address", "栖川市云汀区临渊路 88 号 3 幢 12 层"),
        ("invoice_title", "栖川砚北能源服务有限公司"),
        ("invoice_tax_number", CREDIT_CODE),
    ):
        page.fill(f"#f-{field}", text)
    page.select_option("#f-lines-0-package", "bundle")
    page.fill("#f-lines-0-quantity", quantity)
    upload(page, "application_form", files["form"])
    upload(page, "letter_of_authorisation", files["letter"])


def submit(page: Page) -> None:
    """Press the main button and wait for the page that follows."""
    with page.expect_navigation():
        page.locator("[data-main]").click()
    problems = page.locator("#problems").all_inner_texts()
    assert not problems, problems
    page.locator("#notice .zp-tip").wait_for()


def choose(page: Page, outcome: str) -> None:
    """Choose an outcome; the server draws what belongs to it."""
    with page.expect_response(lambda answer: "/tasks/" in answer.url and answer.request.method == "POST"):
        page.locator(f"label[for=outcome-{outcome}]").click()
    page.locator(f"#outcome-{outcome}:checked").wait_for()


def open_claimable(page: Page, site: str, number: str) -> None:
    """Find a case among the tasks of my group and open it."""
    page.goto(f"{site}/inbox?tab=claimable&q={number}")
    page.locator(".zp-row__title").click()
    page.wait_for_url(f"{site}/tasks/**")


def number_of(page: Page) -> str:
    """Return the number of the case on the page."""
    return page.locator(".zp-head__meta .zp-no").first.inner_text()


def today(page: Page) -> str:
    """Return today as date inputs take it, in Beijing."""
    return str(page.evaluate("new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)"))
