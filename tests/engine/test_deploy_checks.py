"""The deploy checks: what is not on the allow-list or cannot work is refused by name, element and line."""

import time
from pathlib import Path

import pytest
from diagrams import MAIN, Case, define, document, draw
from oracle import Weaver
from plain_files import (
    CHOICE,
    LANE,
    PLAIN,
    PROCESS,
    in_ask,
    judge,
    package,
    process,
    properties,
    rules,
    with_node,
)

from workflows.engine import ModelRefused, lint_model, parse_definition
from workflows.engine.rules import RULES

GUIDE = Path(__file__).parents[2] / "docs" / "lint.md"

BAD: dict[str, tuple[bytes | str, str | None]] = {
    "root_not_definitions": (b"<html/>", "html"),
    "unsupported_attribute": (process(PLAIN.replace('<bpmn:userTask id="ask"', '<bpmn:userTask id="ask" camunda="x"')), "ask"),
    "unsupported_value": (process(PLAIN.replace('<bpmn:startEvent id="start"', '<bpmn:startEvent id="start" isInterrupting="false"')), "start"),
    "unexpected_text": (process(PLAIN.replace('<bpmn:userTask id="ask"/>', '<bpmn:userTask id="ask">do it</bpmn:userTask>')), "ask"),
    "id_duplicate": (process(PLAIN.replace('id="f2"', 'id="ask"')), "ask"),
    "id_missing": (process(PLAIN.replace('<bpmn:endEvent id="end"/>', '<bpmn:endEvent id="end"/><bpmn:userTask name="x"/>')), "bpmn:userTask"),
    "id_not_a_name": (process(PLAIN.replace('"ask"', '"ask-1"')), "ask-1"),
    "id_reserved": (process(PLAIN.replace('"start"', '"Start"')), "Start"),
    "id_too_long": (process(PLAIN.replace('"ask"', f'"{"a" * 65}"')), "a" * 64),
    "process_missing": (document(""), None),
    "process_not_executable": (process(PLAIN, '<bpmn:process id="p" isExecutable="false">'), "p"),
    "process_two_executable": (
        document(f'{PROCESS}{PLAIN}</bpmn:process><bpmn:process id="q" isExecutable="true"></bpmn:process>'), "q"
    ),
    "process_not_executed": (
        document(f'{PROCESS}{PLAIN}</bpmn:process><bpmn:process id="q" isExecutable="false"><bpmn:userTask id="z"/></bpmn:process>'), "q"
    ),
    "participant_process_unknown": (
        document(f'<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="other"/></bpmn:collaboration>{PROCESS}{PLAIN}</bpmn:process>'), "pool"
    ),
    "message_flow_end_unknown": (
        document(f'<bpmn:collaboration id="c"><bpmn:messageFlow id="m" sourceRef="ask" targetRef="nobody"/></bpmn:collaboration>{PROCESS}{PLAIN}</bpmn:process>'), "m"
    ),
    "property_unknown": (in_ask(properties(colour="red")), "ask"),
    "property_duplicate": (in_ask(properties(form="a").replace("/></spiff", '/><spiffworkflow:property name="form" value="b"/></spiff')), "ask"),
    "property_wrong": (with_node('<bpmn:serviceTask id="extra">' + properties(handler="h").replace('name="handler"', 'name="input.a-b"') + "</bpmn:serviceTask>"), "extra"),
    "too_many_elements": ("\n".join(["start -> t0"] + [f"t{n} -> t{n + 1}" for n in range(420)] + ["t420 -> end"]), "process_1"),
    "lane_member_unknown": (process(LANE.replace(">ask<", ">ask</bpmn:flowNodeRef><bpmn:flowNodeRef>ghost<") + PLAIN), "staff"),
    "lane_twice": (process(LANE.replace("</bpmn:laneSet>", '<bpmn:lane id="other"><bpmn:flowNodeRef>ask</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>') + PLAIN), "ask"),
    "user_task_without_lane": (process(LANE.replace(">ask<", ">end<") + PLAIN), "ask"),
    "user_task_without_form": (in_ask(properties(form="")), "ask"),
    "service_task_without_handler": (with_node('<bpmn:serviceTask id="extra">' + properties(handler="") + "</bpmn:serviceTask>"), "extra"),
    "business_rule_without_decision": (with_node('<bpmn:businessRuleTask id="extra">' + properties(decision="") + "</bpmn:businessRuleTask>"), "extra"),
    "script_task_without_function": (with_node('<bpmn:scriptTask id="extra"/>'), "extra"),
    "flow_end_unknown": (process(PLAIN.replace('targetRef="end"', 'targetRef="nowhere"')), "f2"),
    "flow_duplicated": ("start -> ask -> x_1\nx_1 -> end when ask.a = 1\nx_1 => end", "f4"),
    "flow_reference_wrong": (in_ask("<bpmn:incoming>f9</bpmn:incoming>"), "ask"),
    "start_event_missing": ("a -> end", "process_1"),
    "start_event_second": ("start -> a -> end\nstart_2 -> a", "start_2"),
    "end_event_missing": ("start -> a", "process_1"),
    "flow_into_start": ("start -> ask -> x_1\nx_1 -> start when ask.a = 1\nx_1 => end", "start"),
    "flow_out_of_end": ("start -> a -> end -> b -> end_2", "end"),
    "no_incoming": ("start -> a -> end\nb -> end", "b"),
    "no_outgoing": ("start -> p_1\np_1 -> a -> end\np_1 -> b", "b"),
    "several_flows_out": ("start -> a -> end\na -> b -> end", "a"),
    "not_reachable": ("start -> a -> end\nx_1 -> b -> x_1", "b"),
    "no_way_to_end": ("start -> a -> x_1\nx_1 -> end when a.go = 1\nx_1 => x_2\nx_2 -> b -> x_2", "b"),
    "loop_without_wait": ("start -> a -> x_0 -> x_1\nx_1 -> x_0 when a.go = 1\nx_1 => end", "x_0"),
    "condition_not_on_gateway": ("start -> ask -> end when ask.a = 1", "f2"),
    "default_unknown": (draw(CHOICE).replace(b'default="f4"', b'default="f1"'), "x_1"),
    "condition_on_default": (CHOICE.replace("x_1 => end_b", "x_1 => end_b when ask.a = 1"), "f4"),
    "condition_missing": (CHOICE.replace(' when ask.outcome = "a"', ""), "f3"),
    "condition_empty": (draw(CHOICE).replace(b'ask.outcome = "a"', b"  "), "f3"),
    "gateway_without_default": (CHOICE.replace("x_1 => end_b", 'x_1 -> end_b when ask.outcome = "b"'), "x_1"),
    "join_never_fires": ('start -> ask -> x_1\nx_1 -> a when ask.outcome = "a"\nx_1 => b\na -> p_1\nb -> p_1\np_1 -> end', "p_1"),
    "entered_twice": ("start -> p_1\np_1 -> a -> c\np_1 -> b -> c\nc -> end", "c"),
    "model_too_tangled": (
        "start -> p_1\np_2 -> end\n" + "\n".join(f'p_1 -> t{n} -> x_{n}\nx_{n} -> stop_{n} when t{n}.a = 1\nx_{n} => p_2' for n in range(13)), "process_1"
    ),
    "flow_crosses_border": ("start -> sub_1 -> b -> end\nsub_1: start_1 -> a -> end_1\nsub_1: a -> b", "f6"),
    "flow_into_boundary": ("start -> a -> end\nb_1 -> c -> b_1\n@ b_1 on a timer P1D", "b_1"),
    "nested_too_deep": (
        process('<bpmn:subProcess id="s0">' + "".join(f'<bpmn:subProcess id="s{n}">' for n in range(1, 7)) + "</bpmn:subProcess>" * 7), "s5"
    ),
    "event_definitions_several": (
        with_node('<bpmn:intermediateCatchEvent id="extra"><bpmn:signalEventDefinition/><bpmn:messageEventDefinition/></bpmn:intermediateCatchEvent>'), "extra"
    ),
    "event_wrong": ("start -> catch_1 -> end", "catch_1"),
    "event_reference_unknown": (
        with_node('<bpmn:intermediateCatchEvent id="extra"><bpmn:signalEventDefinition signalRef="nobody"/></bpmn:intermediateCatchEvent>'), "extra"
    ),
    "event_reference_missing": (with_node('<bpmn:receiveTask id="extra"/>'), "extra"),
    "timer_wrong": ("start -> catch_1 -> end\n@ catch_1 cycle R3/P1D", "catch_1"),
    "boundary_host_wrong": ("start -> m_1 -> end\nb_1 -> end_2\n@ b_1 on m_1 timer P1D", "b_1"),
    "boundary_not_interrupting": ("start -> a -> end\nb_1 -> end_2\n@ b_1 beside a when a.x = 1", "b_1"),
    "boundary_never_reached": ("start -> a -> end\nb_1 -> end_2\nb_2 -> end_3\n@ b_1 on a error E\n@ b_2 on a error E", "b_2"),
    "event_gateway_target": ("start -> e_1 -> a -> end", "a"),
    "side_path_not_apart": ("start -> a -> c -> end\nb_1 -> c\n@ b_1 beside a timer P1D", "c"),
    "side_path_join": ("start -> a -> end\nb_1 -> p_1\np_1 -> c -> p_2\np_1 -> d -> p_2\np_2 -> end_2\n@ b_1 beside a timer P1D", "p_2"),
    "repeat_wrong": (with_node('<bpmn:userTask id="extra"><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>'), "extra"),
    "loop_without_limit": (with_node('<bpmn:userTask id="extra"><bpmn:standardLoopCharacteristics/></bpmn:userTask>'), "extra"),
    "call_unknown": (with_node('<bpmn:callActivity id="extra"/>'), "extra"),
    "expression_error": (CHOICE.replace('ask.outcome = "a"', 'ask.outcome == "a"'), "f3"),
    "expression_too_long": (CHOICE.replace('"a"', f'"{"a" * 2_001}"'), "f3"),
    "expression_wrong_type": (CHOICE.replace('ask.outcome = "a"', '"3" * 2 = ask.a'), "f3"),
    "expression_unlike_types": (CHOICE.replace('ask.outcome = "a"', '"3" > 2'), "f3"),
    "expression_never_equal": (CHOICE.replace('ask.outcome = "a"', '(if ask.a = 1 then "x" else "y") = "z"'), "f3"),
    "expression_not_boolean": (CHOICE.replace('ask.outcome = "a"', "count(ask.lines)"), "f3"),
    "expression_no_timer": ('start -> catch_1 -> end\n@ catch_1 timer "3 days"', "catch_1"),
    "name_unknown": (CHOICE.replace("ask.outcome", "outcome"), "f3"),
    "value_before_task": ('start -> ask -> x_1\nx_1 -> later when later.outcome = "a"\nx_1 => end\nlater -> end_2', "x_1"),
}  # fmt: skip
ELSEWHERE = {
    "not_shown",
    "unsupported_element",
    "diagram_missing",
    "form_missing",
    "decision_unknown",
    "decision_duplicate",
    "calls_too_deep",
}


def test_a_plain_process_passes() -> None:
    assert judge(process(PLAIN)) == []
    assert judge(CHOICE) == []


@pytest.mark.parametrize("rule", BAD)
def test_a_fault_is_found_by_its_rule_at_its_element(rule: str) -> None:
    content, element = BAD[rule]
    findings = judge(content)
    assert (rule, element) in rules(findings), findings
    lines = (content if isinstance(content, bytes) else draw(content)).decode().splitlines()
    for finding in findings:
        assert finding.rule in RULES
        assert finding.file == MAIN
        assert finding.line is None or 1 <= finding.line <= len(lines)
        assert finding.message.endswith((".", ";", "?"))


def test_every_rule_has_a_test_and_a_line_in_the_guide() -> None:
    assert set(BAD) | ELSEWHERE == set(RULES)
    guide = GUIDE.read_text(encoding="utf-8")
    assert [rule for rule, meaning in RULES.items() if f"| `{rule}` | {meaning} |" not in guide] == []


def test_a_finding_of_an_expression_names_its_line_and_character() -> None:
    content = draw(CHOICE).replace(b'ask.outcome = "a"', b'ask.outcome = "a"\nand ask.a % 2')
    (finding,) = judge(content)
    assert finding.rule == "expression_error"
    text = content.decode().splitlines()[(finding.line or 0) - 1]
    assert "%" in text
    assert finding.params["position"] == 'ask.outcome = "a"\nand ask.a % 2'.index("%")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a if b else c",
        "ask.x == 1",
        "lambda: 1",
        "ask['x']",
        "${ask.x}",
        "ask.x && true",
        "(" * 500,
        "not " * 400 + "true",
    ],
)
def test_expressions_that_are_no_feel_are_findings(text: str) -> None:
    assert {finding.rule for finding in judge(CHOICE.replace('ask.outcome = "a"', text))} <= {
        "expression_error",
        "name_unknown",
    }
    assert judge(CHOICE.replace('ask.outcome = "a"', text))


def test_a_package_has_more_duties_than_a_lone_file() -> None:
    assert judge(process(PLAIN)) == []
    assert rules(package(process(PLAIN))) == {
        ("user_task_without_lane", "ask"),
        ("user_task_without_form", "ask"),
    }
    named = process(
        LANE
        + PLAIN.replace(
            '<bpmn:userTask id="ask"/>', f'<bpmn:userTask id="ask">{properties(form="ask")}</bpmn:userTask>'
        )
    )
    assert rules(package(named)) == {("form_missing", "ask")}
    assert lint_model({MAIN: named, "forms/ask.json": b"{}"}) == []
    decided = process(
        LANE
        + "".join(PLAIN).replace(
            '<bpmn:userTask id="ask"/>',
            f'<bpmn:businessRuleTask id="ask">{properties(decision="price")}</bpmn:businessRuleTask>',
        )
    )
    assert rules(package(decided)) == {("decision_unknown", "ask")}
    assert judge(decided) == []


def test_without_a_diagram_there_is_one_finding() -> None:
    assert [finding.rule for finding in lint_model({"other.bpmn": b""})] == ["diagram_missing"]


def test_a_refused_model_carries_its_findings() -> None:
    with pytest.raises(ModelRefused) as refused:
        parse_definition({MAIN: process("")})
    assert {finding.rule for finding in refused.value.findings} == {
        "start_event_missing",
        "end_event_missing",
    }


def test_the_value_of_a_task_before_a_join_is_sure_after_it() -> None:
    lines = """
        start -> p_1
        p_1 -> a -> p_2
        p_1 -> b -> p_2
        p_2 -> x_1
        x_1 -> end_1 when a.outcome = b.outcome
        x_1 => end_2
    """
    assert judge(lines) == []


def test_fifty_elements_are_judged_in_fifty_milliseconds() -> None:
    content = next(
        c
        for c in (draw(Weaver(seed).process(4)) for seed in range(500))
        if 50 <= c.count(b"<bpmn:userTask") + c.count(b"Gateway id") <= 60
    )
    best = float("inf")
    for _ in range(5):
        begun = time.perf_counter()
        assert lint_model({MAIN: content}) == []
        best = min(best, time.perf_counter() - begun)
    assert best < 0.05, f"{best * 1000:.0f} ms"


def test_a_straight_line_of_the_largest_size_is_judged_and_run() -> None:
    lines = "\n".join(["start -> t0"] + [f"t{n} -> t{n + 1}" for n in range(396)] + ["t396 -> end"])
    assert judge(lines) == []
    case = Case(define(lines))
    for n in range(397):
        case.complete(f"t{n}")
    assert case.step.ended


@pytest.mark.parametrize(
    ("way", "rushes", "waits"),
    [
        ("x_0 -> catch_1 -> x_1\n@ catch_1 {}", "when a.go = 1", "timer P1D"),
        ("x_0 -> b -> end_2\nb_1 -> x_1\n@ b_1 on b {}", "when a.go = 1", "timer P1D"),
        ("x_0 -> e_1 -> catch_1 -> x_1\ne_1 -> catch_2 -> end_2\n@ catch_2 timer P1D\n@ catch_1 {}", "when a.go = 1", "signal s"),
        ("x_0 -> b -> x_1\n@ b loop 3 {}while a.go = 1", "before ", ""),
        ("x_0 -> sub_1 -> x_1\nsub_1: start_1 -> catch_1 -> end_1\n@ catch_1 {}", "when a.go = 1", "message m"),
    ],
)
def test_a_condition_may_be_true_already_so_it_is_no_wait(way: str, rushes: str, waits: str) -> None:
    lines = f"start -> a -> x_0\nx_1 -> x_0 when a.go = 2\nx_1 => end\n{way}"
    assert {one.rule for one in lint_model({MAIN: draw(lines.format(rushes))})} == {"loop_without_wait"}
    assert lint_model({MAIN: draw(lines.format(waits))}) == []


def test_a_called_process_that_a_true_condition_rushes_is_no_wait() -> None:
    lines = "start -> a -> x_0\nx_0 -> call_1 -> x_1\nx_1 -> x_0 when a.go = 2\nx_1 => end\n@ call_1 calls other"
    for way, found in (("when b.go = 1", {"loop_without_wait"}), ("timer P1D", set())):
        other = define(f"start -> x_1\nx_1 -> b when input.go = 1\nx_1 => c\nb -> end\nc -> end_2\nb_1 -> end_3\n@ b_1 on c {way}")
        assert {one.rule for one in lint_model({MAIN: draw(lines)}, calls={"other": other})} == found


@pytest.mark.parametrize("maximum", ["1001", "0", "-1", "1e3", "٣", "10000000000", ""])
def test_a_loop_has_a_bound_within_bounds(maximum: str) -> None:
    loop = f'<bpmn:standardLoopCharacteristics loopMaximum="{maximum}"/>'
    assert rules(judge(with_node(f'<bpmn:userTask id="extra">{loop}</bpmn:userTask>'))) == {
        ("loop_without_limit", "extra")
    }
