"""A script task asks for what its registered function gives, as a fact; nothing of the drawing is ever run (rule 6)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from diagrams import NOW, Case, define, document, draw
from plain_files import judge, properties, rules, with_node

from workflows.engine import Complete, EngineError, FactsMissing, ScriptRequest, advance

LINES = "start -> ask -> calc_1 -> x_1\nx_1 -> end_big when calc_1.sum > 10\nx_1 => end_small"
GIVEN = {"calc_1": {"function": "double", "input.number": "ask.number + 1"}}


def double(inputs: dict[str, Any]) -> Mapping[str, object]:
    return {"sum": inputs["number"] * 2}


def test_a_script_task_asks_for_its_function_by_name_with_its_inputs() -> None:
    case = Case(define(LINES, GIVEN), functions={"double": double})
    ended = case.complete("ask", number=5)
    (asked,) = case.asked[-1].scripts
    assert asked == ScriptRequest(asked.key, "calc_1", "double", {"number": Decimal(6)})
    assert case.asked[-1].requests == (f"script:{asked.key}",)
    assert ended.end_event == "end_big"
    assert ended.facts == {f"script:{asked.key}": {"sum": Decimal(12)}}
    assert ended.control["calc_1"] == {"sum": Decimal(12)}
    (entry,) = (entry for entry in ended.trail if entry.kind == "script")
    assert entry.values == {
        "function": "double", "inputs": {"number": Decimal(6)}, "outputs": {"sum": Decimal(12)}
    }  # fmt: skip


def test_the_recorded_fact_makes_the_same_step_without_the_function() -> None:
    case = Case(define(LINES, GIVEN), functions={"double": double})
    before, command = case.step.state, Complete(case.keys["ask"][0], {"number": 1})
    step = case.do(command)
    again = advance(case.definition, before, command, now=NOW, seed="seed", facts=step.facts)
    assert again == step
    assert step.end_event == "end_small"


def test_a_script_in_a_loop_is_asked_for_anew_each_time() -> None:
    lines = "start -> ask -> calc_1 -> x_1\nx_1 -> ask when calc_1.sum < 10\nx_1 => end"
    case = Case(define(lines, GIVEN), functions={"double": double})
    for number in (1, 2, 8):
        case.complete("ask", number=number)
    keys = [one.key for asked in case.asked for one in asked.scripts]
    assert len(set(keys)) == 3
    assert case.step.ended


def test_a_shared_result_does_not_change_what_was_recorded() -> None:
    facts: dict[str, object] = {}

    def kept(inputs: dict[str, Any]) -> Mapping[str, object]:
        facts["rows"] = [inputs["number"]]
        return facts

    case = Case(define("start -> ask -> calc_1 -> b -> end", GIVEN), functions={"double": kept})
    case.complete("ask", number=1)
    facts["rows"].append("later")  # type: ignore[attr-defined]
    assert case.step.control["calc_1"] == {"rows": [Decimal(2)]}


@pytest.mark.parametrize("fact", [7, "x", None, [1]])
def test_a_fact_that_is_no_context_is_refused(fact: object) -> None:
    case = Case(define(LINES, GIVEN), functions={"double": double})
    key = case.keys["ask"][0]
    asked = advance(
        case.definition, case.step.state, Complete(key, {"number": 1}), now=NOW, seed="seed", facts={}
    )
    assert isinstance(asked, FactsMissing)
    with pytest.raises(EngineError) as refused:
        advance(
            case.definition, case.step.state, Complete(key, {"number": 1}),
            now=NOW, seed="seed", facts={asked.requests[0]: fact},
        )  # fmt: skip
    assert refused.value.code == "fact_wrong"


def test_a_condition_cannot_read_the_facts_of_scripts() -> None:
    condition = LINES.replace("calc_1.sum > 10", "facts.sum > 10")
    assert ("name_unknown", "f4") in rules(judge(draw(condition, GIVEN)))


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("<bpmn:script>import os</bpmn:script>", "unsupported_element"),
        ("<bpmn:multiInstanceLoopCharacteristics/>", "unsupported_element"),
        ("import os", "unexpected_text"),
        (properties(function="amount.in_words", script="import os").replace("property", "postScript"), "unsupported_element"),
        (properties(function="amount.in_words", language="python"), "property_unknown"),
    ],
)  # fmt: skip
def test_a_body_of_a_script_is_refused_by_name_and_line(part: str, rule: str) -> None:
    more = "" if "extensionElements" in part else properties(function="amount.in_words")
    findings = judge(with_node(f'<bpmn:scriptTask id="extra">\n{more}{part}</bpmn:scriptTask>'))
    found = [one for one in findings if one.rule == rule]
    assert found, findings
    assert found[0].line is not None
    assert found[0].line >= 5


def test_the_language_of_a_script_is_refused_by_name() -> None:
    node = f'<bpmn:scriptTask id="extra" scriptFormat="python">{properties(function="f")}</bpmn:scriptTask>'
    (finding,) = judge(with_node(node))
    assert (finding.rule, finding.element, finding.params["attribute"]) == (
        "unsupported_attribute", "extra", "scriptFormat",
    )  # fmt: skip


def test_a_script_body_in_another_namespace_is_refused_too() -> None:
    content = with_node(f'<bpmn:scriptTask id="extra">{properties(function="f")}</bpmn:scriptTask>')
    foreign = content.replace(
        b"</bpmn:scriptTask>", b'<x:script xmlns:x="urn:x">1</x:script></bpmn:scriptTask>'
    )
    assert {one.rule for one in judge(foreign)} == {"unsupported_element"}
    assert judge(document("<bpmn:scriptTask/>"))
