"""A new application begins with an earlier one; what could not come along is named."""

from pathlib import Path

import pytest
from browsing import Site, Visit
from desk_work import fill_application, papers, start, submit
from people import APPLICANT
from playwright.sync_api import expect
from sqlalchemy import select

from storage.db import db
from storage.documents import Documents
from storage.models import Attachment

SAID = {
    "zh_CN": "有 1 份文件没有带过来，请重新上传：「form.pdf」。",
    "en": "Files that could not be taken over (1): “form.pdf”. Please upload them again.",
}


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_file_that_could_not_be_copied_is_named_on_the_page(
    visit: Visit, site: Site, tmp_path: Path, language: str, width: int
) -> None:
    page = visit(APPLICANT, language, width)
    start(page, site.address)
    fill_application(page, papers(tmp_path))
    submit(page)
    with site.app.app_context():
        newest = select(Attachment.object_key).where(Attachment.field == "application_form")
        key = db.session.scalars(newest.order_by(Attachment.created_at.desc())).first()
    Documents(site.settings).delete(key or "")
    page.locator("form[action$='/again'] button").click()
    page.wait_for_url(f"{site.address}/tasks/**")
    expect(page.locator(".zp-tip").first).to_contain_text(SAID[language])
    expect(page.locator("#f-company")).to_have_value("栖川砚北能源服务有限公司")
    expect(page.locator("#f-letter_of_authorisation-files a.zp-file__name")).to_have_text("letter.jpg")
    expect(page.locator("#f-application_form-files a.zp-file__name")).to_have_count(0)
