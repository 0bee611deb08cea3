"""Groups at the top of a form may be its pages: all of them or none, each with a title and an address."""

from typing import Any

import pytest
from papers import component, content, text

from workflows.forms import lint_form, parse_form


def page(key: Any, *inside: dict[str, Any], label: str = "第一页") -> dict[str, Any]:
    return component("group", f"g{key}{len(inside)}{label}", label=label, properties={"page": key}, components=list(inside))


def test_a_form_knows_its_pages() -> None:
    paper = parse_form(content(page("first", text("a")), page("second", text("b"))), "f")
    assert [one.properties["page"] for one in paper.pages] == ["first", "second"]
    assert parse_form(content(text("a")), "f").pages == ()


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([page("first", text("a")), text("b")], id="a field on no page"),
        pytest.param([page("first", text("a")), page("first", text("b"))], id="the same page twice"),
        pytest.param([page("a b", text("a"))], id="no name"),
        pytest.param([page(7, text("a"))], id="a number"),
        pytest.param([page("first", text("a"), label="")], id="no title"),
        pytest.param([page("first", page("inner", text("a")))], id="a page in a page"),
    ],
)
def test_pages_that_would_lose_a_field_are_refused(parts: list[dict[str, Any]]) -> None:
    findings = lint_form(content(*parts), "forms/f.json")
    assert "form_page" in {one.rule for one in findings}
