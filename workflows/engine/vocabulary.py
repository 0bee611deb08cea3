"""The allow-list: every element and attribute of a .bpmn file that has an effect here, or none at all by nature.

What is not in these tables is refused by name and line: an element that is read past would be a rule that the owner
drew and nobody follows (docs/lint.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DRAWING = frozenset(
    {BPMNDI, "http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI"}
)
COLOURS = frozenset(
    {"http://bpmn.io/schema/bpmn/biocolor/1.0", "http://www.omg.org/spec/BPMN/non-normative/color/1.0"}
)
MODELER = "http://camunda.org/schema/modeler/1.0"
PREFIXES = {
    BPMN: "bpmn", SPIFF: "spiffworkflow", XSI: "xsi", BPMNDI: "bpmndi", MODELER: "modeler",
    "http://www.omg.org/spec/DD/20100524/DC": "dc", "http://www.omg.org/spec/DD/20100524/DI": "di",
    "http://camunda.org/schema/1.0/bpmn": "camunda", "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://flowable.org/bpmn": "flowable", "http://activiti.org/bpmn": "activiti",
}  # fmt: skip
FEEL_LANGUAGES = frozenset({
    "feel", "https://www.omg.org/spec/DMN/20191111/FEEL/", "http://www.omg.org/spec/DMN/20180521/FEEL/",
    "http://www.omg.org/spec/FEEL/20140401", "https://www.omg.org/spec/DMN/20211108/FEEL/",
})  # fmt: skip

ANY: None = None
KINDS = {
    "startEvent": "start_event",
    "endEvent": "end_event",
    "userTask": "user_task",
    "serviceTask": "service_task",
    "businessRuleTask": "business_rule_task",
    "scriptTask": "script_task",
    "exclusiveGateway": "exclusive_gateway",
    "parallelGateway": "parallel_gateway",
    "inclusiveGateway": "inclusive_gateway",
    "eventBasedGateway": "event_gateway",
    "task": "manual_task",
    "manualTask": "manual_task",
    "sendTask": "send_task",
    "receiveTask": "receive_task",
    "intermediateCatchEvent": "catch_event",
    "intermediateThrowEvent": "throw_event",
    "boundaryEvent": "boundary_event",
    "subProcess": "sub_process",
    "callActivity": "call_activity",
}
# Flow nodes that are refused but keep their place in the graph, so that one fault does not look like ten.
FOREIGN_NODES = frozenset({"adHocSubProcess", "transaction", "complexGateway"})
EVENT_DEFINITIONS = {
    "terminateEventDefinition": "terminate", "timerEventDefinition": "timer", "messageEventDefinition": "message",
    "signalEventDefinition": "signal", "conditionalEventDefinition": "conditional",
    "errorEventDefinition": "error", "escalationEventDefinition": "escalation",
}  # fmt: skip
# What an event refers to: attribute, tag, and the attribute of that which counts.
REFERENCES = {
    "message": ("messageRef", "message", "name"), "signal": ("signalRef", "signal", "name"),
    "error": ("errorRef", "error", "errorCode"), "escalation": ("escalationRef", "escalation", "escalationCode"),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """What one BPMN tag may carry: attributes (None: any value), children, and whether it holds text."""

    attributes: Mapping[str, frozenset[str] | None]
    children: frozenset[str] = field(default_factory=frozenset)
    text: bool = False


def _form(attributes: str, children: str = "", **fixed: str) -> Form:
    allowed: dict[str, frozenset[str] | None] = dict.fromkeys(attributes.split(), ANY)
    allowed.update({name: frozenset(values.split("|")) for name, values in fixed.items()})
    return Form(allowed, frozenset(children.split()))


def _text(attributes: str = "") -> Form:
    return Form(dict.fromkeys(attributes.split(), ANY), text=True)


_COMMON = "documentation extensionElements incoming outgoing"
_QUANTITY = {"startQuantity": "1", "completionQuantity": "1", "isForCompensation": "false"}
_WEB = {"implementation": "##unspecified|##WebService"}
_DIRECTION = {"gatewayDirection": "Unspecified|Mixed|Converging|Diverging"}
_ARTIFACTS = "textAnnotation association group"
_LOOPS = f"{_COMMON} multiInstanceLoopCharacteristics standardLoopCharacteristics"
_CATCH = "timerEventDefinition messageEventDefinition signalEventDefinition conditionalEventDefinition"

FORMS: dict[str, Form] = {
    "definitions": _form(
        "id name targetNamespace exporter exporterVersion typeLanguage expressionLanguage",
        "documentation process collaboration category message signal error escalation BPMNDiagram",
    ),
    "collaboration": _form("id name", f"documentation participant messageFlow {_ARTIFACTS}", isClosed="false|true"),
    "participant": _form("id name processRef", "documentation"),
    "messageFlow": _form("id name sourceRef targetRef", "documentation"),
    "process": _form(
        "id name",
        f"documentation extensionElements laneSet sequenceFlow {' '.join(KINDS)} {_ARTIFACTS}",
        isExecutable="true|false", processType="None|Public|Private", isClosed="false|true",
    ),
    "laneSet": _form("id name", "documentation lane"),
    "lane": _form("id name", "documentation flowNodeRef"),
    "flowNodeRef": _text(),
    "startEvent": _form("id name", _COMMON, isInterrupting="true", parallelMultiple="false"),
    "endEvent": _form(
        "id name",
        f"{_COMMON} terminateEventDefinition errorEventDefinition escalationEventDefinition messageEventDefinition",
    ),
    "intermediateCatchEvent": _form("id name", f"{_COMMON} {_CATCH}", parallelMultiple="false"),
    "intermediateThrowEvent": _form(
        "id name", f"{_COMMON} messageEventDefinition signalEventDefinition escalationEventDefinition"
    ),
    "boundaryEvent": _form(
        "id name attachedToRef",
        f"{_COMMON} {_CATCH} errorEventDefinition escalationEventDefinition",
        cancelActivity="true|false", parallelMultiple="false",
    ),
    "timerEventDefinition": _form("id", "timeDate timeDuration timeCycle"),
    "timeDate": _text("id language"),
    "timeDuration": _text("id language"),
    "timeCycle": _text("id language"),
    "messageEventDefinition": _form("id messageRef"),
    "signalEventDefinition": _form("id signalRef"),
    "errorEventDefinition": _form("id errorRef"),
    "escalationEventDefinition": _form("id escalationRef"),
    "conditionalEventDefinition": _form("id", "condition"),
    "condition": _text("id language"),
    "message": _form("id name", "documentation"),
    "signal": _form("id name", "documentation"),
    "error": _form("id name errorCode", "documentation"),
    "escalation": _form("id name escalationCode", "documentation"),
    "task": _form("id name", _COMMON, **_QUANTITY),
    "manualTask": _form("id name", _COMMON, **_QUANTITY),
    "sendTask": _form("id name messageRef", _COMMON, **_QUANTITY, **_WEB),
    "receiveTask": _form("id name messageRef", _COMMON, instantiate="false", **_QUANTITY, **_WEB),
    "subProcess": _form(
        "id name", f"{_LOOPS} sequenceFlow {' '.join(KINDS)} {_ARTIFACTS}", triggeredByEvent="false", **_QUANTITY
    ),
    "callActivity": _form("id name calledElement", _LOOPS, **_QUANTITY),
    "multiInstanceLoopCharacteristics": _form(
        "id", "documentation loopCardinality completionCondition", isSequential="true|false", behavior="All"
    ),
    "loopCardinality": _text("id language"),
    "completionCondition": _text("id language"),
    "standardLoopCharacteristics": _form("id loopMaximum", "documentation loopCondition", testBefore="true|false"),
    "loopCondition": _text("id language"),
    "inclusiveGateway": _form("id name default", _COMMON, **_DIRECTION),
    "eventBasedGateway": _form(
        "id name", _COMMON, instantiate="false", eventGatewayType="Exclusive", **_DIRECTION
    ),
    "terminateEventDefinition": _form("id"),
    "userTask": _form("id name", _LOOPS, **_QUANTITY, **_WEB),
    "serviceTask": _form("id name", _LOOPS, **_QUANTITY, **_WEB),
    "businessRuleTask": _form("id name", _COMMON, **_QUANTITY, **_WEB),
    "scriptTask": _form("id name", _COMMON, **_QUANTITY),
    "exclusiveGateway": _form("id name default", _COMMON, **_DIRECTION),
    "parallelGateway": _form("id name", _COMMON, **_DIRECTION),
    "sequenceFlow": _form("id name sourceRef targetRef", "documentation conditionExpression"),
    "conditionExpression": _text("id language"),
    "incoming": _text(),
    "outgoing": _text(),
    "documentation": _text("id textFormat"),
    "extensionElements": _form("", "properties"),
    "properties": _form("", "property"),
    "property": _form("name value"),
    "textAnnotation": _form("id textFormat", "text"),
    "text": _text(),
    "association": _form("id sourceRef targetRef associationDirection", "documentation"),
    "group": _form("id categoryValueRef", "documentation"),
    "category": _form("id name", "documentation categoryValue"),
    "categoryValue": _form("id value", "documentation"),
}  # fmt: skip
# Elements that hold an expression, so that tools give them a type and a language.
FORMULAS = frozenset({
    "conditionExpression", "condition", "timeDate", "timeDuration", "timeCycle", "loopCardinality",
    "completionCondition", "loopCondition",
})  # fmt: skip
SPIFF_TAGS = frozenset({"properties", "property"})

# Extension properties by kind; ``input.`` stands for every name that begins so.
PROPERTIES: dict[str, frozenset[str]] = {
    "user_task": frozenset({
        "form", "countersign", "signers", "ratio", "count", "agree", "refuse", "veto", "each", "item",
    }),
    "service_task": frozenset({"handler", "input.", "each", "item"}),
    "business_rule_task": frozenset({"decision", "each", "item"}),
    "script_task": frozenset({"function", "input."}),
    "send_task": frozenset({"input.", "correlation"}),
    "throw_event": frozenset({"input.", "correlation"}),
    "end_event": frozenset({"input.", "correlation"}),
    "receive_task": frozenset({"correlation"}),
    "catch_event": frozenset({"correlation", "days"}),
    "boundary_event": frozenset({"correlation", "days"}),
    "sub_process": frozenset({"each", "item", "result"}),
    "call_activity": frozenset({"input.", "output.", "each", "item"}),
}  # fmt: skip
