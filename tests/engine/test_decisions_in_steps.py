"""Business rule tasks: a table of the package is evaluated within the step, once or for each row of a list."""

from decimal import Decimal

import pytest
from diagrams import MAIN, NOW, Case, draw

from workflows.engine import (
    Advance,
    Complete,
    Definition,
    EngineError,
    advance,
    lint_model,
    parse_definition,
    start,
)

LINES = "start -> application -> r_price -> review -> end"
PRICE = {"r_price": {"decision": "price", "each": "application.lines", "item": "line"}}
LEVEL = {"r_price": {"decision": "level"}}
TABLES = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:x">
<decision id="price" name="Price"><decisionTable id="t1" hitPolicy="UNIQUE">
<input id="i1"><inputExpression id="e1" typeRef="string"><text>line.kind</text></inputExpression></input>
<output id="o1" name="unit_price" typeRef="number"/><output id="o2" name="amount" typeRef="number"/>
<rule id="key"><inputEntry id="a1"><text>"key"</text></inputEntry>
<outputEntry id="b1"><text>140</text></outputEntry><outputEntry id="c1"><text>140 * line.quantity</text></outputEntry></rule>
<rule id="seal"><inputEntry id="a2"><text>"seal"</text></inputEntry>
<outputEntry id="b2"><text>99.50</text></outputEntry><outputEntry id="c2"><text>99.50 * line.quantity</text></outputEntry></rule>
</decisionTable></decision>
<decision id="level" name="Level"><decisionTable id="t2" hitPolicy="FIRST">
<input id="i2"><inputExpression id="e2" typeRef="number"><text>count(application.lines)</text></inputExpression></input>
<output id="o3" name="level" typeRef="string"/>
<rule id="large"><inputEntry id="a3"><text>&gt; 2</text></inputEntry><outputEntry id="b3"><text>"board"</text></outputEntry></rule>
<rule id="other"><inputEntry id="a4"><text>-</text></inputEntry><outputEntry id="b4"><text>"desk"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def process(properties: dict[str, dict[str, str]], tables: str = TABLES) -> dict[str, bytes]:
    lane = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="staff"><bpmn:flowNodeRef>application</bpmn:flowNodeRef>'
        "<bpmn:flowNodeRef>review</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    forms = {"application": {"form": "f"}, "review": {"form": "f"}}
    content = (
        draw(LINES, forms | properties)
        .decode()
        .replace('isExecutable="true">', f'isExecutable="true">{lane}')
    )
    return {MAIN: content.encode(), "forms/f.json": b"", "decisions/prices.dmn": tables.encode()}


def decided(definition: Definition, **values: object) -> Advance:
    return Case(definition).complete("application", **values)


def test_a_table_is_asked_for_each_row() -> None:
    rows = [{"kind": "key", "quantity": 3}, {"kind": "seal", "quantity": 2}]
    step = decided(parse_definition(process(PRICE)), lines=rows)
    assert step.control["r_price"] == [
        {"unit_price": Decimal(140), "amount": Decimal(420)},
        {"unit_price": Decimal("99.50"), "amount": Decimal("199.00")},
    ]
    decisions = [entry for entry in step.trail if entry.kind == "decision"]
    assert [entry.rules for entry in decisions] == [["key"], ["seal"]]
    assert decisions[0].values == {
        "inputs": {"line.kind": "key"},
        "outputs": {"unit_price": Decimal(140), "amount": Decimal(420)},
    }
    assert [opened.element_id for opened in step.opened] == ["review"]


@pytest.mark.parametrize("rows", [[], None])
def test_no_rows_give_an_empty_list(rows: object) -> None:
    assert decided(parse_definition(process(PRICE)), lines=rows).control["r_price"] == []


def test_a_table_is_asked_once_without_each() -> None:
    definition = parse_definition(process(LEVEL))
    assert decided(definition, lines=[1, 2, 3]).control["r_price"] == {"level": "board"}
    assert decided(definition, lines=[1]).control["r_price"] == {"level": "desk"}


def test_what_a_table_reads_is_a_control_path_and_the_item_is_none() -> None:
    assert "application.lines" in parse_definition(process(LEVEL)).control_paths
    paths = parse_definition(process(PRICE)).control_paths
    assert "application.lines" in paths
    assert not any(path.startswith("line.") for path in paths)


def test_a_list_that_is_none_discards_the_step() -> None:
    definition = parse_definition(process(PRICE))
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    with pytest.raises(EngineError) as refused:
        advance(
            definition, first.state, Complete(first.opened[0].key, {"lines": 5}), now=NOW, seed="s", facts={}
        )
    assert (refused.value.code, refused.value.params["element"]) == ("each_not_a_list", "r_price")


def test_a_table_that_fails_discards_the_step_and_names_its_task() -> None:
    twice = TABLES.replace(
        '<inputEntry id="a2"><text>"seal"</text>', '<inputEntry id="a2"><text>"key"</text>'
    )
    definition = parse_definition(process(PRICE, twice))
    first = start(definition, control={}, now=NOW, seed="s", facts={})
    assert isinstance(first, Advance)
    command = Complete(first.opened[0].key, {"lines": [{"kind": "key", "quantity": 1}]})
    with pytest.raises(EngineError) as refused:
        advance(definition, first.state, command, now=NOW, seed="s", facts={})
    assert (refused.value.code, refused.value.params["element"]) == ("decision_failed", "r_price")


def test_a_change_of_a_price_is_another_definition() -> None:
    one, two = (
        parse_definition(process(PRICE)),
        parse_definition(process(PRICE, TABLES.replace("99.50", "89.50"))),
    )
    assert one.sha256 != two.sha256


@pytest.mark.parametrize(
    ("properties", "tables", "rule"),
    [
        ({"r_price": {"decision": "nothing"}}, TABLES, "decision_unknown"),
        ({"r_price": {"decision": "price"}}, TABLES, "name_unknown"),
        ({"r_price": {"decision": "price", "each": "application.lines"}}, TABLES, "property_wrong"),
        (
            {"r_price": {"decision": "price", "each": "application.lines", "item": "application"}},
            TABLES,
            "property_wrong",
        ),
        ({"r_price": {"decision": "price", "each": "lines", "item": "line"}}, TABLES, "name_unknown"),
        ({"r_price": {"decision": "price", "each": "lines ==", "item": "line"}}, TABLES, "expression_error"),
        (LEVEL, TABLES.replace("application.lines", "nobody.lines"), "name_unknown"),
    ],
)
def test_a_decision_that_cannot_work_is_refused_at_deploy(
    properties: dict[str, dict[str, str]], tables: str, rule: str
) -> None:
    assert rule in {finding.rule for finding in lint_model(process(properties, tables))}


def test_a_decision_in_two_files_is_refused() -> None:
    files = process(PRICE) | {"decisions/again.dmn": TABLES.encode()}
    assert {(finding.rule, finding.element) for finding in lint_model(files)} == {
        ("decision_duplicate", "price"), ("decision_duplicate", "level"),
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"<x/>", b"\xff", TABLES.encode()[:400], b"<!DOCTYPE x><x/>"])
def test_a_broken_table_file_is_a_finding_in_that_file(content: bytes) -> None:
    findings = lint_model(process(PRICE) | {"decisions/broken.dmn": content})
    assert {finding.file for finding in findings} == {"decisions/broken.dmn"}
