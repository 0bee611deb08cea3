"""Small packages drawn as lines, for tests that need one of their own."""

import json
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape, quoteattr

from workflows.packages import Package, lint_package

Files = dict[str, bytes]
Find = Callable[[str], Package | None]

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="Definitions_1" targetNamespace="urn:example">'
)
TAGS = {
    "start": "startEvent", "end": "endEvent", "x": "exclusiveGateway", "p": "parallelGateway", "user": "userTask",
    "service": "serviceTask", "rule": "businessRuleTask", "call": "callActivity",
}  # fmt: skip
NAMES = {"review": "评议", "second": "复核", "explain": "说明", "apply": "填写采购申请", "expert": "专家意见", "legal": "法务意见"}
LANES = {"applicant": "申请单位", "reviewer": "评议人", "head": "负责人"}


def draw(key: str, nodes: str, flows: str, names: Mapping[str, str] = NAMES) -> bytes:
    """Return the drawing of a process, one line per element and per flow."""
    lanes: dict[str, list[str]] = {}
    body, conditions = [], []
    defaults = {
        line.split()[0]: f"f{number}"
        for number, line in enumerate(flows.strip().splitlines(), 1)
        if line.split()[1] == "=>"
    }
    for line in nodes.strip().splitlines():
        head, *properties = [part.strip() for part in line.split(" | ")]
        kind, identifier, lane = head.split()
        lanes.setdefault(lane[1:], []).append(identifier)
        given = dict(part.split("=", 1) for part in properties)
        called = given.pop("calls", None)
        more = f" calledElement={quoteattr(called)}" if called else ""
        more += f' default="{defaults[identifier]}"' if identifier in defaults else ""
        items = "".join(
            f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)} />" for name, value in given.items()
        )
        around = "<bpmn:extensionElements><spiffworkflow:properties>{}</spiffworkflow:properties></bpmn:extensionElements>"
        inner = around.format(items) if items else ""
        if "each" in given and kind != "rule":
            inner += "<bpmn:multiInstanceLoopCharacteristics />"
        body.append(
            f'<bpmn:{TAGS[kind]} id="{identifier}" name="{names.get(identifier, identifier)}"{more}>{inner}</bpmn:{TAGS[kind]}>'
        )
    for number, line in enumerate(flows.strip().splitlines(), 1):
        way, _, condition = line.partition(" when ")
        source, _, target = way.split()
        inner = (
            f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
            if condition
            else ""
        )
        conditions.append(
            f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )
    drawn_lanes = "".join(
        f'<bpmn:lane id="{lane}" name="{LANES[lane]}">'
        + "".join(f"<bpmn:flowNodeRef>{member}</bpmn:flowNodeRef>" for member in members)
        + "</bpmn:lane>"
        for lane, members in lanes.items()
    )
    process = f'<bpmn:process id="{key}" name="{key}" isExecutable="true"><bpmn:laneSet id="lanes">{drawn_lanes}</bpmn:laneSet>'
    return "\n".join([HEAD, process, *body, *conditions, "</bpmn:process></bpmn:definitions>"]).encode()


def form(key: str, *components: Mapping[str, object], checks: tuple[Mapping[str, str], ...] = ()) -> bytes:
    """Return a form."""
    document = {
        "type": "default", "id": key, "title": f"表 {key}", "schemaVersion": 18, "components": components,
    }  # fmt: skip
    return json.dumps(document | ({"checks": checks} if checks else {}), ensure_ascii=False).encode()


def field(key: str, kind: str = "textfield", **more: object) -> dict[str, object]:
    """Return a component of a form."""
    return {"type": kind, "id": f"field_{key}", "key": key, "label": f"栏 {key}", **more}


def rows(path: str, *components: Mapping[str, object], **more: object) -> dict[str, object]:
    """Return repeated rows of a form."""
    return {"type": "dynamiclist", "id": f"rows_{path}", "path": path, "label": f"行 {path}", "components": components, **more}


def translated(files: Files, find: Find) -> Files:
    """Return the files with an English text for every Chinese one."""
    files["i18n/en.toml"] = b""
    missing = [found.params["key"] for found in lint_package(files, find) if found.rule == "text_missing"]
    name = "caller" if "forms/apply.json" in files else "called"
    files["i18n/en.toml"] = "".join(f'"{key}" = "{name} {key}"\n' for key in missing).encode()
    return files
