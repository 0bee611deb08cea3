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
    "exclusiveGateway": "exclusive_gateway",
    "parallelGateway": "parallel_gateway",
}
# Flow nodes that are refused but keep their place in the graph, so that one fault does not look like ten.
FOREIGN_NODES = frozenset({
    "task", "manualTask", "scriptTask", "sendTask", "receiveTask", "callActivity", "subProcess", "adHocSubProcess",
    "transaction", "inclusiveGateway", "complexGateway", "eventBasedGateway", "intermediateCatchEvent",
    "intermediateThrowEvent", "boundaryEvent",
})  # fmt: skip


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

FORMS: dict[str, Form] = {
    "definitions": _form(
        "id name targetNamespace exporter exporterVersion typeLanguage expressionLanguage",
        "documentation process collaboration category BPMNDiagram",
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
    "endEvent": _form("id name", f"{_COMMON} terminateEventDefinition"),
    "terminateEventDefinition": _form("id"),
    "userTask": _form("id name", _COMMON, **_QUANTITY, **_WEB),
    "serviceTask": _form("id name", _COMMON, **_QUANTITY, **_WEB),
    "businessRuleTask": _form("id name", _COMMON, **_QUANTITY, **_WEB),
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
SPIFF_TAGS = frozenset({"properties", "property"})

# Extension properties by kind; ``input.`` stands for every name that begins so.
PROPERTIES: dict[str, frozenset[str]] = {
    "user_task": frozenset({"form"}),
    "service_task": frozenset({"handler", "input."}),
    "business_rule_task": frozenset({"decision", "each", "item"}),
}
