"""More than a form may hold, sent by a page or a program: a kind answer that arrives, and the draft is as it was."""

import http.client
from typing import Any

import pytest
from browsing import Site
from test_rows_posted_again import Form
from werkzeug.datastructures import Headers
from werkzeug.test import encode_multipart

URLENCODED = "application/x-www-form-urlencoded"
LONG = "长" * (10 * 1024 * 1024)  # 30 MB


def rows(count: int, cells: int) -> dict[str, Any]:
    """Return what a page with many rows posts."""
    values = {f"lines[{number}].cell{cell}": "1" for number in range(count) for cell in range(cells)}
    return {"_has:lines": "1", "_row:lines": [str(number) for number in range(count)], **values}


@pytest.mark.parametrize("script", [False, True])
@pytest.mark.parametrize("coding", [URLENCODED, "multipart/form-data"])
@pytest.mark.parametrize("much", [rows(5000, 20), {"company": LONG}, {"company": LONG[: 3 * 1024 * 1024]}], ids=["parts", "30 MB", "9 MB"])
def test_it_is_told_and_the_draft_is_as_it_was(site: Site, much: dict[str, Any], coding: str, script: bool) -> None:
    form = Form(site)
    form.post(form.page, "save", **{"lines[0].quantity": "4"})
    body: Any = {**form.page, "_action": "save", **much}
    if coding != URLENCODED:
        boundary, body = encode_multipart(body)
        coding = f"{coding}; boundary={boundary}"
    headers = Headers({"HX-Request": "true"} if script else {})
    answer = form.client.post(f"/tasks/{form.task}", data=body, content_type=coding, headers=headers)
    said = answer.get_data(as_text=True)
    assert answer.status_code == 413
    assert "这张表填得太多，没有保存" in said
    assert ("还在本页" if script else "「后退」") in said, "what to do"
    assert form.kept() == [4]


@pytest.mark.parametrize("script", [False, True])
def test_a_browser_that_sends_to_the_end_reads_the_answer(site: Site, script: bool) -> None:
    form = Form(site)
    cookie = form.client.get_cookie("zhupi")
    assert cookie is not None
    boundary, body = encode_multipart({**form.page, "_action": "save", "company": LONG})
    line = http.client.HTTPConnection(site.address.removeprefix("http://"), timeout=30)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Cookie": f"zhupi={cookie.value}"}
    line.request("POST", f"/tasks/{form.task}", body, headers | ({"HX-Request": "true"} if script else {}))
    answer = line.getresponse()
    said = answer.read().decode()
    line.close()
    assert answer.status == 413
    assert "这张表填得太多，没有保存" in said
