"""Which form files are refused, with the place and what to do; nothing else ever comes out of one."""

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import choice, component, content, form, number, rows, rules_of, text

from workflows.forms import FormRefused, lint_form, parse_form

GOOD: dict[str, Any] = {
    "type": "default",
    "id": "f",
    "title": "表",
    "components": [
        text("name", check="uscc", personal="contact", validate={"required": True, "pattern": "[0-9]+"}),
        rows(
            "lines", number("n", decimalDigits=0, defaultValue=1), choice("kind", "a", "b", defaultValue="a")
        ),
        component(
            "group",
            "g",
            components=[component("textarea", "note", conditional={"hide": "=count(lines) = 0"})],
        ),
        component("filepicker", "papers", properties={"types": "pdf", "maxSizeMB": 2, "maxFiles": 1}),
        component("expression", "total", expression="=sum(lines.n)"),
    ],
    "checks": [{"id": "c", "expression": "total > 0", "message": "m"}],
    "facts": [{"name": "many", "type": "boolean", "formula": "total > 5"}],
}


def test_a_form_is_read_once_and_shared() -> None:
    given = json.dumps(GOOD).encode()
    assert lint_form(given, "forms/f.json") == []
    assert parse_form(given, "f") is parse_form(given, "f")
    paper = parse_form(given, "f")
    assert paper.field_paths() == ("name", "lines", "lines.n", "lines.kind", "note", "papers")
    assert paper.field_at("lines[3].n") is paper.field_at("lines.n")
    assert [one.type for one in paper.fields] == [
        "textfield",
        "dynamiclist",
        "group",
        "filepicker",
        "expression",
    ]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (component("html", "x"), "form_type"),
        (component("iframe", "x"), "form_type"),
        (component("textfield", "a-b"), "form_key"),
        (component("textfield", "outcome"), "form_key"),
        (component("textfield", "x", readonly=True), "form_not_supported"),
        (component("textfield", "x", validate={"validationType": "email"}), "form_not_supported"),
        (component("textfield", "x", validate={"pattern": "(a+)+\\1"}), "form_pattern"),
        (component("textfield", "x", validate={"maxLength": -1}), "form_validate"),
        (component("textfield", "x", validate={"maxLength": 10**9}), "form_validate"),
        (component("textfield", "x", validate={"required": "yes"}), "form_validate"),
        (component("textfield", "x", validate={"minLength": 3, "maxLength": 2}), "form_validate"),
        (number("x", validate={"min": 3, "max": 2}), "form_validate"),
        (component("group", "g", id="x", components=[text("x", id="other")]), "form_id"),
        (component("textfield", "x", properties={"check": "horoscope"}), "form_check_unknown"),
        (component("textfield", "x", properties={"personal": "Not A Name"}), "form_personal"),
        (component("textfield", "x", conditional={"hide": "y = 1"}), "form_expression"),
        (component("textfield", "x", conditional={"hide": "=y == 1"}), "expression_python_spelling"),
        (component("textfield", "x", conditional={"hide": "=y = 1"}), "form_name_unknown"),
        (component("textfield", "x", conditional={"show": "=x = 1"}), "form_not_supported"),
        (component("select", "x"), "form_options"),
        (component("select", "x", values=[{"label": "a", "value": 1}]), "form_options"),
        (component("select", "x", properties={"options": "users"}), "form_options"),
        (choice("x", "a", "a"), "form_options"),
        (choice("x", "a", defaultValue="b"), "form_default"),
        (component("number", "x", decimalDigits=99), "form_validate"),
        (component("number", "x", validate={"min": "low"}), "form_validate"),
        (component("datetime", "x", subtype="time"), "form_not_supported"),
        (component("filepicker", "x", properties={"types": "exe"}), "form_validate"),
        (component("filepicker", "x", properties={"maxSizeMB": 10_000}), "form_validate"),
        (component("expression", "x", expression="sum(y)"), "form_expression"),
        (component("expression", "x"), "form_expression"),
        (rows("x"), "form_components"),
        (rows("x", rows("y", rows("z", text("a")))), "form_nested_rows"),
        (rows("x", text("a", personal="outer_row")), "form_personal"),
        (rows("x", number("a"), properties={"maxRows": 0}), "form_validate"),
        (rows("x", *(number(f"n{at}") for at in range(30)), properties={"maxRows": 1_000}), "form_too_large"),
        (
            rows("x", rows("y", number("a"), properties={"maxRows": 200}), properties={"maxRows": 200}),
            "form_too_large",
        ),
        (rows("x", text("a"), text("a", id="other")), "form_key"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(given: dict[str, Any], rule: str) -> None:
    assert rule in rules_of(given)


@pytest.mark.parametrize(
    ("rest", "rule"),
    [
        ({"checks": [{"id": "c", "expression": "x = 1", "message": "m"}]}, "form_name_unknown"),
        ({"checks": [{"id": "c", "expression": "name = ", "message": "m"}]}, "expression_syntax"),
        ({"checks": [{"id": "c", "expression": "name = null"}]}, "form_rule"),
        ({"checks": {}}, "form_rule"),
        ({"advice": [{"id": "a", "expression": "today = null", "message": "m"}]}, "form_name_unknown"),
        ({"facts": [{"name": "name", "type": "boolean", "formula": "true"}]}, "form_fact"),
        ({"facts": [{"name": "f", "type": "text", "formula": "name"}]}, "form_fact"),
        ({"facts": [{"name": "f", "type": ["text"], "formula": "name"}]}, "form_fact"),
        ({"facts": [{"name": "f", "type": "option", "formula": "name"}]}, "form_fact"),
        ({"rules": []}, "form_not_supported"),
        ({"type": "wizard"}, "form_type"),
    ],
)
def test_rules_beside_the_fields_are_read_as_strictly(rest: dict[str, Any], rule: str) -> None:
    document = json.loads(content(text("name"))) | rest
    assert rule in [finding.rule for finding in lint_form(json.dumps(document).encode(), "forms/f.json")]


@pytest.mark.parametrize(
    "given",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"type": NaN}', b'{"a": 1, "a": 2}', b'{"title": "\\ud800"}',
     b'{"title": "\\u0000"}', b"[" * 100_000, b'{"a": ' * 20_000, b'{"n": 1e999999999}', b"1" * 10_000, b" " * 600_000],
    ids=range(14),
)  # fmt: skip
def test_a_file_that_is_no_form_is_one_finding(given: bytes) -> None:
    assert lint_form(given, "forms/f.json")
    with pytest.raises(FormRefused):
        parse_form(given, "f")


def test_a_finding_names_component_and_line() -> None:
    given = content(text("good"), text("bad", check="horoscope"))
    (finding,) = lint_form(given, "forms/paper.json")
    assert finding.element == "id_bad"
    assert given.decode().splitlines()[finding.line - 1].strip() == '"id": "id_bad",'


def test_names_of_other_steps_are_left_to_the_package() -> None:
    form(text("why", conditional={"hide": "=payment.payer_is_other_enterprise != true"}))


def test_a_filter_may_read_the_rows_or_the_form() -> None:
    order = [number("least"), rows("lines", number("n"))]
    rule = {"id": "c", "expression": "count(lines[n > least]) > 0", "message": "m"}
    assert rules_of(*order, checks=[rule]) == []
    assert rules_of(*order, checks=[rule | {"expression": "count(lines[m > least]) > 0"}]) == [
        "form_name_unknown"
    ]
    assert rules_of(*order, checks=[rule | {"expression": "sum(lines.m) > 0"}]) == ["form_name_unknown"]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**6)
    | st.text(max_size=6)
    | st.sampled_from(["=a", "textfield", "dynamiclist", "fields:x", "(", "x"])
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_form_with_anything_anywhere_never_ends_in_another_error(data: st.DataObject) -> None:
    document = copy.deepcopy(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = document
        while isinstance(node, dict | list) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.integers(0, 3)) == 0:
                node[key] = data.draw(LEAVES)
                break
            node = node[key]
    with suppress(FormRefused):
        parse_form(json.dumps(document).encode(), "f")
