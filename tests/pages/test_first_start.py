"""From an empty house to a process that can be applied for, all in the browser."""

import io
import zipfile

from browsing import Site, Visit
from people import PACKAGE, PASSWORD
from playwright.sync_api import expect

from workflows.passwords import PROFILES


def zipped() -> bytes:
    """Return the certificate package as a ZIP."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(PACKAGE.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(PACKAGE).as_posix())
    return target.getvalue()


def test_a_stranger_reads_what_this_is(visit: Visit) -> None:
    page = visit()
    expect(page.locator("main")).to_contain_text("朱批是一套审批系统")
    expect(visit(None, "en").locator("main")).to_contain_text("Zhupi is an approval system")


def test_the_first_administrator_sets_the_house_up(visit: Visit, empty_site: Site) -> None:
    page = visit(None, at=empty_site)
    page.locator(".zp-login a[href='/setup']").click()  # an empty house says what comes first
    rules = PROFILES[empty_site.settings.password_profile]
    expect(page.locator("#h-password")).to_contain_text(f"{rules.min_length} 到 {rules.max_length} 位")
    page.fill("#f-token", "not the token")
    for field, text in (
        ("username", "zhou"),
        ("name", "周明远"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ):
        page.fill(f"#f-{field}", text)
    page.locator("main button[type=submit]").click()
    expect(page.locator("#e-token")).to_be_visible()
    page.fill("#f-token", empty_site.house.setup_token)
    page.fill("#f-password", PASSWORD)
    page.fill("#f-again", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/admin/people")
    stranger = visit(None, at=empty_site)
    expect(stranger.locator(".zp-login a[href='/setup']")).to_have_count(0)
    stranger.goto(f"{empty_site.address}/setup")
    stranger.wait_for_url("**/login")

    page.goto(f"{empty_site.address}/admin/packages")
    page.set_input_files(
        "#f-file", {"name": "certificate.zip", "mimeType": "application/zip", "buffer": zipped()}
    )
    page.fill("#f-note", "第一版")
    page.locator("main button[type=submit]").click()
    expect(page.locator("tbody tr")).to_have_count(1)

    page.goto(f"{empty_site.address}/admin/organisations")
    page.fill("#f-name", "栖川审核代理有限公司")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/admin/organisations/*")
    organisation = page.url
    page.goto(f"{empty_site.address}/admin/people/new")
    for field, text in (("username", "gu_nanqiao"), ("name", "顾南乔"), ("password", PASSWORD)):
        page.fill(f"#f-{field}", text)
    page.select_option("#f-organisation", label="栖川审核代理有限公司")
    page.locator("main button.btn-primary").click()
    expect(page.locator("tbody tr")).to_have_count(2)

    page.goto(organisation)
    page.locator("form[action$=groups] #f-name").fill("审核组")
    page.locator("form[action$=groups] button").click()
    page.get_by_label("顾南乔").check()
    page.get_by_role("button", name="保存这个组").click()
    page.goto(f"{empty_site.address}/admin/bindings")
    page.locator("#lane-certificate_issuance-review_agent").select_option(index=1)
    page.locator("form[action*=review_agent] button").click()
    expect(page.locator("form[action*=review_agent] label")).to_contain_text("1")

    newcomer = visit(None, at=empty_site)
    newcomer.goto(f"{empty_site.address}/login")
    newcomer.fill("#f-username", "gu_nanqiao")
    newcomer.fill("#f-password", PASSWORD)
    newcomer.locator("form.zp-login button[type=submit]").click()
    newcomer.wait_for_url("**/account/password")
    newcomer.fill("#f-old", PASSWORD)
    newcomer.fill("#f-new", f"{PASSWORD} and more")
    newcomer.fill("#f-again", f"{PASSWORD} and more")
    newcomer.locator("main button[type=submit]").click()
    newcomer.wait_for_url("**/inbox")
    newcomer.goto(f"{empty_site.address}/catalogue")
    expect(newcomer.locator(".zp-offer__go button")).to_be_disabled()


def test_an_access_token_is_shown_once(visit: Visit, site: Site) -> None:
    page = visit(site.house.staff["shipping"])
    page.goto(f"{site.address}/account")
    page.fill("#f-label", "财务系统")
    page.locator("form[action$=tokens] button").click()
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("zp_")
    page.goto(f"{site.address}/account")
    assert secret not in page.content()
    page.locator("#tokens summary").click()
    page.locator("#tokens details button").click()
    expect(page.locator("#tokens tbody")).to_contain_text("作废")
