"""Any form that the deploy check accepts is drawn, and what a browser would post of it is what was typed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from browsing import Site
from flask import render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_forms import answers_to, documents
from werkzeug.datastructures import MultiDict

from service.pages.answers import typed_answers
from service.pages.judged import without
from service.pages.sheets import Drawing
from workflows.forms import Form, compute, hidden_paths, load_draft, parse_form

PAGE = "{% import 'fields/macros.html' as fields with context %}{{ fields.nodes(nodes) }}"
TASK = UUID(int=7)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


class Browser(HTMLParser):
    """Collects what a form would post, as browsers do."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.posted: MultiDict[str, str] = MultiDict()
        self.area = self.select = ""
        self.written: list[str] = []
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.scripts += tag == "script" or any(name.startswith("on") for name in given)
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "input" and name and (kind not in ("radio", "checkbox", "file") or "checked" in given):
            self.posted.add(name, given.get("value", "on"))
        elif tag == "textarea":
            self.area, self.written = name, []
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.posted.add(self.select, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.written.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.posted.add(self.area, "".join(self.written))
            self.area = ""


def drawn(site: Site, form: Form, typed: dict[str, Any], hidden: frozenset[str]) -> str:
    """Return the fields of a form as HTML."""
    files = [
        SimpleNamespace(id=one, name="a.pdf", media_type="application/pdf", size=1, embedded=0, created_at=NOON)
        for one in ids_in(typed)
    ]
    drawing = Drawing(form, typed, {}, hidden, compute(form, load_draft(form, typed), {}), attachments=files)  # type: ignore[arg-type]
    sheet = drawing.draw()
    return render_template_string(PAGE, nodes=sheet.nodes, view=SimpleNamespace(id=TASK, may_complete=True), deciding=False)


def ids_in(value: Any) -> Iterator[UUID]:
    """Yield the ids of files in answers."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from ids_in(one)
    elif isinstance(value, str) and len(value) == 36:
        yield UUID(value)


def solid(value: Any) -> Any:
    """Return answers without what is empty; boxes and files in any order, since a page has an order of its own."""
    if isinstance(value, dict):
        found = {key: solid(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one not in (None, "", [], False)}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(one, str) for one in value) else [solid(one) for one in value]
    return value.strip() if isinstance(value, str) else value


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_typed_goes_to_the_page_and_back(site: Site, language: str, data: st.DataObject) -> None:
    form = parse_form(json.dumps(data.draw(documents())).encode(), "made")
    draft = load_draft(form, data.draw(answers_to(form)))
    hidden = frozenset(hidden_paths(form, draft, {}))
    with site.app.test_request_context(f"/tasks/{TASK}", headers={"Accept-Language": language}):
        html = drawn(site, form, draft, hidden)
        page = Browser(html)
        posted = load_draft(form, typed_answers(form, page.posted))
    assert page.scripts == 0
    assert "<b>x</b>" not in html
    assert ">49<" not in html  # {{ 7*7 }} stays as it was written
    assert solid(posted) == solid(without(draft, hidden))
