"""Papers are set apart, with their fonts in them, and what somebody typed is never part of the program."""

import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from storage import typesetting
from storage.errors import CheckUnavailable
from storage.typesetting import typeset

TEMPLATE = Path(__file__).parents[2] / "service" / "papers" / "paper.typ"
HOSTILE = '#panic("x") $ x $ @ref <label> *strong* \\u{41} #read("paper.typ")'


def words(**changes: Any) -> dict[str, Any]:
    section = {
        "title": "单位",
        "items": [
            {"label": "名称", "text": HOSTILE, "columns": [], "rows": None},
            {"label": "钥匙", "text": "", "columns": ["资费", "数量"], "rows": [["组合资费", "2"]]},
        ],
    }
    return {
        "lang": "zh", "official": True, "issuer": "栖川业务组", "number": "编号：ZS-2026-000001-03", "title": "通知书",
        "to": "栖川砚北能源服务有限公司", "colon": "：", "text": ["已经办结。"], "sections": [section], "sign": "栖川业务组",
        "date": "2026 年 11 月 20 日", "verify": "校验", "seal": "0f" * 32, **changes,
    }  # fmt: skip


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_paper_has_its_fonts_in_it_and_its_text_can_be_taken_out() -> None:
    pdf = typeset(TEMPLATE, words())
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fonts = [
            font["/DescendantFonts"][0]["/FontDescriptor"]
            for page in opened.pages
            for font in page.resources["/Font"].values()
        ]
        assert fonts
        assert all("/FontFile3" in one or "/FontFile2" in one for one in fonts)
        assert "A-2b" in str(opened.open_metadata()) or opened.open_metadata().pdfa_status == "2B"
    text = text_of(pdf).replace("\r\n", "")
    for wanted in ("栖川砚北能源服务有限公司", "编号：ZS-2026-000001-03", "已经办结。", "组合资费", "0f" * 32):
        assert wanted in text


def test_what_somebody_typed_is_set_as_it_stands_and_never_run() -> None:
    text = text_of(typeset(TEMPLATE, words(to=HOSTILE))).replace("\r\n", "")
    assert '#panic("x")' in text
    assert '#read("paper.typ")' in text
    assert "*strong*" in text


def test_a_paper_that_passes_its_bounds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "CLOCK_SECONDS", 0.01)
    with pytest.raises(CheckUnavailable):
        typeset(TEMPLATE, words())
    monkeypatch.undo()
    monkeypatch.setattr(typesetting, "MOST_DATA", 100)
    with pytest.raises(CheckUnavailable):
        typeset(TEMPLATE, words())
