"""Papers are set apart, with their fonts in them, and what somebody typed is never part of the program."""

import io
import os
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


def test_a_patient_caller_has_its_paper_set_with_less_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    run = typesetting.subprocess.run

    def watched(command: tuple[str, ...], **more: Any) -> Any:
        program = "import os, storage.typesetting as t; t.main(); os.write(1, b'nice %d' % os.nice(0))"
        made = run((command[0], "-c", program, *command[3:]), **more)
        given.append(made.stdout[-8:].decode(errors="replace"))
        return made

    monkeypatch.setattr(typesetting.subprocess, "run", watched)
    here = os.nice(0)
    for patient in (True, False):
        typeset(TEMPLATE, words(), patient=patient)
    assert [one.rpartition("nice ")[2] for one in given] == [str(min(here + typesetting.PATIENCE, 19)), str(here)]


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
