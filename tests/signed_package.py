"""A package in which several people sign: every mode, by the members of a group and by departments; and runs of a list."""

import json
from xml.sax.saxutils import quoteattr

from workflows.engine import parse_definition
from workflows.forms import parse_form
from workflows.packages.manifest import parse_manifest
from workflows.packages.texts import source_texts

KEY = "joint_signing"
DEPARTMENTS = ("design", "safety", "legal")
CHANGES = '["claim", "release", "complete", "add_signer", "remove_signer"]'
USUAL = '["claim", "release", "complete"]'
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "all_sign": (CHANGES, {"countersign": "all", "refuse": "again"}),
    "any_sign": (USUAL, {"countersign": "any", "veto": "reject"}),
    "ratio_sign": (USUAL, {"countersign": "ratio", "ratio": "2/3"}),
    "count_sign": (CHANGES, {"countersign": "count", "count": "2"}),
    "in_turn": (CHANGES, {"countersign": "sequential", "veto": "reject"}),
    "lanes_sign": (CHANGES, {"countersign": "all", "signers": "application.departments"}),
    "lanes_turn": (CHANGES, {"countersign": "sequential", "signers": '["design", "safety", "legal"]'}),
}
TITLES = {"approve": "同意", "reject": "不同意", "again": "重报"}
KINDS = {"approve": "approve", "reject": "reject", "again": "return"}
EACH = {"each": "application.departments", "item": "department"}


def signed_files(**changed: dict[str, str]) -> dict[str, bytes]:
    """Return the files; `changed` gives properties of countersigned tasks by their ids."""
    files = {
        "process.bpmn": _drawing(changed).encode(),
        "manifest.toml": _manifest().encode(),
        "forms/application.json": _form("application", "申请", _application()),
        "forms/sign.json": _form("sign", "会签", _signature()),
    }
    definition = parse_definition(files, main="process.bpmn")
    manifest, _ = parse_manifest(files["manifest.toml"])
    forms = {key: parse_form(files[f"forms/{key}.json"], key) for key in ("application", "sign")}
    texts = source_texts(definition, manifest, forms, {})
    lines = (f"{json.dumps(key)} = {json.dumps(f'English {key}')}\n" for key in texts)
    files["i18n/en.toml"] = "".join(line.replace('"', "", 2) for line in lines).encode()
    return files


def _drawing(changed: dict[str, dict[str, str]]) -> str:
    nodes = [
        _node("startEvent", "begin", "开始", (), ("to_application",)),
        _node("userTask", "application", "填报", ("to_application", *_backs()), ("to_way",), form="application"),
        _node("exclusiveGateway", "x_way", "", ("to_way",), tuple(f"to_{way}" for way in (*WAYS, "check")), "to_check"),
    ]
    flows = [_flow("to_application", "begin", "application"), _flow("to_way", "application", "x_way")]
    for way, (_, properties) in WAYS.items():
        given = {**properties, **changed.get(way, {})}
        back = given.get("refuse") == "again"
        outs = (f"yes_{way}", f"no_{way}")
        nodes.append(_node("userTask", way, f"会签 {way}", (f"to_{way}",), (f"of_{way}",), form="sign", **given))
        nodes.append(_node("exclusiveGateway", f"x_{way}", "", (f"of_{way}",), outs, f"no_{way}"))
        flows += [
            _flow(f"to_{way}", "x_way", way, f'application.way = "{way}"'),
            _flow(f"of_{way}", way, f"x_{way}"),
            _flow(f"yes_{way}", f"x_{way}", "passed", f'{way}.outcome = "approve" and {way}.tallies.approve > 0'),
            _flow(f"no_{way}", f"x_{way}", "application" if back else "refused"),
        ]
    several = "<bpmn:multiInstanceLoopCharacteristics />"
    nodes.append(_node("userTask", "check", "逐项核对", ("to_check",), ("of_check",), form="sign", inside=several, **EACH))
    nodes.append(_node("exclusiveGateway", "x_check", "", ("of_check",), ("yes_check", "no_check"), "no_check"))
    agreed = 'count(check.results[outcome = "approve"]) = check.nr_of_instances and sum(check.results.points) >= 0'
    flows += [
        _flow("to_check", "x_way", "check"),
        _flow("of_check", "check", "x_check"),
        _flow("yes_check", "x_check", "passed", agreed),
        _flow("no_check", "x_check", "refused"),
    ]
    yes = tuple(f"yes_{way}" for way in (*WAYS, "check"))
    no = tuple(f"no_{way}" for way in (*WAYS, "check") if f"no_{way}" not in _backs())
    nodes.append(_node("endEvent", "passed", "通过", yes, ()))
    nodes.append(_node("endEvent", "refused", "未通过", no, ()))
    lanes = [("applicant", "申请单位", ("application",)), ("office", "联审办", (*WAYS, "check"))]
    lanes += [(one, f"{one} 处", ()) for one in DEPARTMENTS]
    drawn = "".join(
        f'<bpmn:lane id="{id_}" name="{name}">'
        + "".join(f"<bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in members)
        + "</bpmn:lane>"
        for id_, name, members in lanes
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
        'id="Definitions_1" targetNamespace="http://example.org/process">\n'
        f'<bpmn:process id="{KEY}" name="联合会签" isExecutable="true">\n<bpmn:laneSet id="lanes">{drawn}</bpmn:laneSet>\n'
        + "\n".join((*nodes, *flows))
        + f"\n</bpmn:process>\n{_picture((*nodes, *flows))}\n</bpmn:definitions>\n"
    )


def _picture(drawn: tuple[str, ...]) -> str:
    """Draw everything somewhere: the diagram of an application wants a picture."""
    shown = []
    for at, element in enumerate(drawn):
        id_ = element.split('id="', 1)[1].split('"', 1)[0]
        x, y = 40 + 160 * (at % 8), 40 + 120 * (at // 8)
        if element.startswith("<bpmn:sequenceFlow"):
            way = f'<di:waypoint x="{x}" y="{y}" /><di:waypoint x="{x + 60}" y="{y}" />'
            shown.append(f'<bpmndi:BPMNEdge id="{id_}_di" bpmnElement="{id_}">{way}</bpmndi:BPMNEdge>')
        else:
            bounds = f'<dc:Bounds x="{x}" y="{y}" width="100" height="80" />'
            shown.append(f'<bpmndi:BPMNShape id="{id_}_di" bpmnElement="{id_}">{bounds}</bpmndi:BPMNShape>')
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{KEY}">{"".join(shown)}</bpmndi:BPMNPlane>'
    return f'<bpmndi:BPMNDiagram id="diagram">{plane}</bpmndi:BPMNDiagram>'


def _backs() -> tuple[str, ...]:
    return tuple(f"no_{way}" for way, (_, given) in WAYS.items() if given.get("refuse") == "again")


def _node(
    tag: str, id_: str, name: str, into: tuple[str, ...], out: tuple[str, ...], default: str = "", inside: str = "",
    **properties: str,
) -> str:  # fmt: skip
    given = "".join(
        f'<spiffworkflow:property name="{key}" value={quoteattr(value)} />' for key, value in properties.items()
    )
    if given:
        given = f"<bpmn:extensionElements><spiffworkflow:properties>{given}</spiffworkflow:properties></bpmn:extensionElements>"
    ways = "".join(f"<bpmn:incoming>{one}</bpmn:incoming>" for one in into)
    ways += "".join(f"<bpmn:outgoing>{one}</bpmn:outgoing>" for one in out)
    more = f' name="{name}"' if name else ""
    more += f' default="{default}"' if default else ""
    return f'<bpmn:{tag} id="{id_}"{more}>{given}{ways}{inside}</bpmn:{tag}>'


def _flow(id_: str, source: str, target: str, condition: str = "") -> str:
    inside = ""
    if condition:
        text = condition.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        inside = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
    return f'<bpmn:sequenceFlow id="{id_}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def _manifest() -> str:
    outcomes = ", ".join(
        f'{{ key = "{key}", title = "{title}", kind = "{KINDS[key]}" }}' for key, title in TITLES.items()
    )
    tasks = "".join(f"[tasks.{way}]\noutcomes = [{outcomes}]\nverbs = {verbs}\n" for way, (verbs, _) in WAYS.items())
    lanes = "".join(f"[lanes.{lane}]\n" for lane in ("office", *DEPARTMENTS))
    return (
        f'key = "{KEY}"\ntitle = "联合会签"\nsummary = "多部门会签"\nowner = "联审办"\nnumber = "HQ-{{year}}-{{serial:06d}}"\n'
        'fill_in_days = 30\nwithdraw_not_after = []\nseparate = [["design", "legal"]]\n\n'
        f"[lanes.applicant]\nstarter = true\n{lanes}"
        f'[tasks.application]\noutcomes = [{{ key = "submitted", title = "提交", kind = "submit" }}]\n'
        f'{tasks}[tasks.check]\noutcomes = [{outcomes}]\n[ends]\npassed = "approve"\nrefused = "reject"\n'
    )


def _form(key: str, title: str, components: list[dict[str, object]]) -> bytes:
    form = {"type": "default", "id": key, "title": title, "schemaVersion": 18, "components": components}
    return json.dumps(form, ensure_ascii=False, indent=2).encode()


def _application() -> list[dict[str, object]]:
    ways = [{"label": way, "value": way} for way in (*WAYS, "check")]
    return [
        {"type": "select", "id": "field_way", "key": "way", "label": "会签方式", "values": ways, "validate": {"required": True}},
        {
            "type": "checklist", "id": "field_departments", "key": "departments", "label": "会签部门",
            "values": [{"label": one, "value": one} for one in DEPARTMENTS],
        },
    ]  # fmt: skip


def _signature() -> list[dict[str, object]]:
    return [
        {"type": "textarea", "id": "field_opinion", "key": "opinion", "label": "意见", "validate": {"maxLength": 500}},
        {"type": "number", "id": "field_points", "key": "points", "label": "评分"},
        {"type": "filepicker", "id": "field_paper", "key": "paper", "label": "附件"},
    ]
