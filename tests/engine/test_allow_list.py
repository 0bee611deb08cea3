"""What is not on the allow-list is refused by name and line; what bpmn-js draws passes."""

import pytest
from diagrams import MAIN, document, draw
from plain_files import CHOICE, LANE, PLAIN, PROCESS, in_ask, judge, process, properties, rules, with_node

from workflows.engine import parse_definition


@pytest.mark.parametrize("tag", ["adHocSubProcess", "transaction", "complexGateway"])
def test_an_unsupported_element_is_refused_by_name_once(tag: str) -> None:
    findings = judge(with_node(f'<bpmn:{tag} id="extra"/>'))
    assert [(f.rule, f.element, f.params["tag"]) for f in findings] == [
        ("unsupported_element", "extra", f"bpmn:{tag}")
    ]
    assert findings[0].line == 5


def test_what_reads_an_unsupported_element_is_not_a_second_fault() -> None:
    findings = judge(draw(CHOICE).replace(b"userTask", b"transaction"))
    assert rules(findings) == {("unsupported_element", "ask")}


@pytest.mark.parametrize(
    "inner",
    ["<bpmn:ioSpecification/>", "<bpmn:loopCardinality>3</bpmn:loopCardinality>",
     "<bpmn:potentialOwner/>", "<bpmn:dataInputAssociation/>", "<bpmn:property/>", "<bpmn:conditionExpression/>",
     "<bpmn:extensionElements><spiffworkflow:preScript>x = 1</spiffworkflow:preScript></bpmn:extensionElements>",
     "<bpmn:extensionElements><spiffworkflow:postScript>x = 1</spiffworkflow:postScript></bpmn:extensionElements>",
     '<bpmn:extensionElements><x:assignment xmlns:x="http://camunda.org/schema/1.0/bpmn"/></bpmn:extensionElements>',
     '<userTask xmlns="http://example.org"/>'],
)  # fmt: skip
def test_an_unsupported_part_of_a_task_is_refused_by_name(inner: str) -> None:
    assert {finding.rule for finding in judge(in_ask(inner))} == {"unsupported_element"}


EVENTS = {"message", "signal", "timer", "conditional", "escalation", "error", "link", "compensate", "cancel"}
PLACES = {
    "startEvent": set[str](),
    "endEvent": {"message", "escalation", "error"},
    "intermediateCatchEvent": {"message", "signal", "timer", "conditional"},
    "intermediateThrowEvent": {"message", "signal", "escalation"},
    "boundaryEvent": {"message", "signal", "timer", "conditional", "escalation", "error"},
}


@pytest.mark.parametrize(
    ("tag", "event"), [(tag, event) for tag in PLACES for event in sorted(EVENTS - PLACES[tag])]
)
def test_events_with_another_definition_are_refused_by_name(tag: str, event: str) -> None:
    definition = f'<bpmn:{event}EventDefinition id="d"/>'
    findings = judge(with_node(f'<bpmn:{tag} id="extra">{definition}</bpmn:{tag}>'))
    assert ("unsupported_element", "d") in rules(findings)


@pytest.mark.parametrize(
    "attribute",
    [
        'camunda:assignee="${x}"',
        'zeebe:x="1"',
        'isForCompensation="true"',
        'startQuantity="2"',
        'default="f2"',
        'xsi:type="bpmn:x"',
    ],
)
def test_attributes_that_would_be_read_past_are_refused(attribute: str) -> None:
    spaces = (
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    )
    content = process(
        PLAIN.replace('<bpmn:userTask id="ask"', f'<bpmn:userTask {spaces} {attribute} id="ask"')
    )
    (finding,) = judge(content)
    assert finding.rule in {"unsupported_attribute", "unsupported_value"}
    assert finding.element == "ask"


SPLIT = '<bpmn:{tag} id="extra"{more}>{inner}</bpmn:{tag}>'
SEVERAL = "<bpmn:multiInstanceLoopCharacteristics{more}><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
TIMED = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"


@pytest.mark.parametrize(
    ("tag", "more", "inner", "attribute"),
    [
        ("subProcess", ' triggeredByEvent="true"', "", "triggeredByEvent"),
        ("subProcess", ' ordering="Sequential"', "", "ordering"),
        ("subProcess", ' cancelRemainingInstances="false"', "", "cancelRemainingInstances"),
        ("adHocSubProcess", ' ordering="Sequential"', "", None),
        ("userTask", ' isInterrupting="false"', "", "isInterrupting"),
        ("userTask", ' cancelActivity="false"', "", "cancelActivity"),
        ("intermediateCatchEvent", ' isInterrupting="false"', TIMED, "isInterrupting"),
        ("intermediateCatchEvent", ' cancelActivity="false"', TIMED, "cancelActivity"),
        ("intermediateCatchEvent", ' parallelMultiple="true"', TIMED, "parallelMultiple"),
        ("eventBasedGateway", ' instantiate="true"', "", "instantiate"),
        ("eventBasedGateway", ' eventGatewayType="Parallel"', "", "eventGatewayType"),
        ("receiveTask", ' instantiate="true"', "", "instantiate"),
        ("userTask", ' completionQuantity="2"', "", "completionQuantity"),
        ("userTask", "", SEVERAL.format(more=' behavior="None"'), "behavior"),
        ("userTask", "", SEVERAL.format(more=' noneBehaviorEventRef="x"'), "noneBehaviorEventRef"),
        ("userTask", "", SEVERAL.format(more=' camunda:collection="x"').replace("camunda:", "xsi:"), "xsi:collection"),
        ("scriptTask", ' scriptFormat="text/javascript"', "", "scriptFormat"),
        ("callActivity", ' calledElementBinding="latest"', "", "calledElementBinding"),
    ],
)  # fmt: skip
def test_an_attribute_that_the_engine_would_never_read_is_refused_with_its_line(
    tag: str, more: str, inner: str, attribute: str | None
) -> None:
    findings = judge(with_node(SPLIT.format(tag=tag, more=more, inner=inner)))
    if attribute is None:
        assert ("unsupported_element", "extra") in rules(findings)
        return
    found = [one for one in findings if one.params.get("attribute") == attribute]
    assert [one.rule for one in found] in (["unsupported_attribute"], ["unsupported_value"]), findings
    assert found[0].line == 5


@pytest.mark.parametrize(
    "name", ["nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"]
)
def test_the_counters_of_other_vendors_are_no_names_here(name: str) -> None:
    several = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>\n"
        f"<bpmn:completionCondition>{name} >= 2</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>"
    ).replace(">=", "&gt;=")
    (finding,) = judge(with_node(f'<bpmn:userTask id="extra">{several}</bpmn:userTask>'))
    assert (finding.rule, finding.element, finding.params["name"], finding.line) == (
        "name_unknown",
        "extra",
        name,
        6,
    )
    ours = several.replace(name, "extra.nr_of_completed")
    assert judge(with_node(f'<bpmn:userTask id="extra">{ours}</bpmn:userTask>')) == []


@pytest.mark.parametrize(
    "identifier", ["ask-1", "ask.1", "1ask", "問", "a b", "a:b", "Start", "End", "Root", "null", "item"]
)
def test_an_id_that_no_expression_could_read_is_refused(identifier: str) -> None:
    found = {rule for rule, element in rules(judge(process(PLAIN.replace('"ask"', f'"{identifier}"'))))}
    assert found & {"id_not_a_name", "id_reserved"}, found


def test_a_whole_diagram_as_bpmn_js_writes_it_passes() -> None:
    di = (
        '<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" id="D1">'
        '<d:BPMNPlane id="P1" bpmnElement="c"><d:BPMNShape id="ask_di" bpmnElement="ask" bioc:stroke="#000">'
        '<dc:Bounds x="1" y="2" width="100" height="80"/><d:BPMNLabel/></d:BPMNShape>'
        '<d:BPMNEdge id="f1_di" bpmnElement="f1"><di:waypoint x="1" y="2"/></d:BPMNEdge><d:BPMNShape bpmnElement="start"/>'
        '<d:BPMNShape bpmnElement="end"/><d:BPMNEdge bpmnElement="f2"/></d:BPMNPlane></d:BPMNDiagram>'
    )
    pool = (
        '<bpmn:collaboration id="c"><bpmn:participant id="pool" name="Us" processRef="p"/><bpmn:participant id="bank" name="Bank"/>'
        '<bpmn:messageFlow id="m" sourceRef="ask" targetRef="bank"/></bpmn:collaboration>'
    )
    note = (
        '<bpmn:textAnnotation id="n"><bpmn:text>Why: &lt;b&gt;</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="as" sourceRef="ask" targetRef="n"/><bpmn:group id="g"/>'
    )
    ask = f'<bpmn:userTask id="ask" name="问"><bpmn:documentation>Note</bpmn:documentation>{properties(form="ask")}<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing></bpmn:userTask>'
    inner = LANE + PLAIN.replace('<bpmn:userTask id="ask"/>', ask) + note
    content = document(f"{pool}{PROCESS}{inner}</bpmn:process>{di}")
    assert judge(content) == []
    definition = parse_definition({MAIN: content})
    assert definition.elements["ask"].lane == "staff"
    assert definition.elements["ask"].documentation == "Note"
    assert [lane.name for lane in definition.lanes] == ["Staff"]
    extended = content.replace(b"<d:BPMNLabel/>", b'<d:BPMNLabel><x:script xmlns:x="urn:x"/></d:BPMNLabel>')
    assert {rule for rule, _ in rules(judge(extended))} == {"unsupported_element"}
    hidden = content.replace(b'<d:BPMNShape bpmnElement="end"/><d:BPMNEdge bpmnElement="f2"/>', b"")
    assert rules(judge(hidden)) == {("not_shown", "end"), ("not_shown", "f2")}
