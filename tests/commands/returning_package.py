"""A small process for returns: an order, two branches side by side, a sub-process with two looks, a signature.

begun → application → order → split ┬ legal → check (first_look → second_look) ┬ join → sign → done
                                    └ books ───────────────────────────────────┘
"""

import json
from collections.abc import Mapping
from typing import Any

KEY = "certificate_issuance"
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "legal": ("application",),
    "first_look": ("legal",),
    "second_look": ("first_look", "legal", "application"),
    "books": ("application",),
    "sign": ("application",),
}
LANES = {
    "applicant": ("begun", "application"),
    "review_agent": ("split", "legal", "legal_late", "too_late", "check", "join", "sign", "done"),
    "finance": ("order", "books"),
}
TASKS = ("application", "legal", "first_look", "second_look", "books", "sign")
FLOWS = {
    "begun": "application",
    "application": "order",
    "order": "split",
    "legal": "check",
    "check": "join",
    "books": "join",
    "join": "sign",
    "sign": "done",
    "legal_late": "too_late",
}
INSIDE = {"check_begun": "first_look", "first_look": "second_look", "second_look": "check_done"}
PLAIN = {"split": "parallelGateway", "join": "parallelGateway", "begun": "startEvent", "done": "endEvent"}


def returning_files(
    allowed: Mapping[str, tuple[str, ...]] = ALLOWED, key: str = KEY, stories: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return the files of the package; `allowed` is the `return_to` of each task, `stories` its scenarios."""
    files = {
        "process.bpmn": _drawing(key),
        "manifest.toml": _manifest(key, allowed),
        "i18n/en.toml": _words(),
        "forms/application.json": _form(
            "application", {"company": "textfield", "amount": "number"}, rows=True
        ),
        "forms/opinion.json": _form("opinion", {"opinion": "textarea"}),
    }
    return {path: text.encode() for path, text in (files | dict(stories or {})).items()}


def _drawing(key: str) -> str:
    flows = [*FLOWS.items(), ("split", "legal"), ("split", "books")]
    lanes = "".join(
        f'<bpmn:lane id="{lane}" name="{lane}">'
        + "".join(f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in names)
        + "</bpmn:lane>"
        for lane, names in LANES.items()
    )
    inner = "".join(_user_task(name) for name in ("first_look", "second_look"))
    inner += '<bpmn:startEvent id="check_begun" name="check_begun" /><bpmn:endEvent id="check_done" name="check_done" />'
    inner += "".join(_flow(pair) for pair in INSIDE.items())
    parts = [
        *(f'<bpmn:{tag} id="{name}" name="{name}" />' for name, tag in PLAIN.items()),
        *(_user_task(name) for name in ("application", "legal", "books", "sign")),
        '<bpmn:serviceTask id="order" name="order">'
        + _properties(handler="payment.open_order", **{"input.amount": "application.amount"})
        + "</bpmn:serviceTask>",
        '<bpmn:boundaryEvent id="legal_late" name="legal_late" attachedToRef="legal">'
        '<bpmn:timerEventDefinition id="legal_timer"><bpmn:timeDuration>PT48H</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
        '<bpmn:endEvent id="too_late" name="too_late"><bpmn:terminateEventDefinition id="cut" /></bpmn:endEvent>',
        f'<bpmn:subProcess id="check" name="check">{inner}</bpmn:subProcess>',
        *(_flow(pair) for pair in flows),
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
        'id="returning_definitions" targetNamespace="urn:zhupi:returning">\n'
        f'<bpmn:process id="{key}" name="退回演示" isExecutable="true">\n'
        f'<bpmn:laneSet id="parties">{lanes}</bpmn:laneSet>\n'
        + "\n".join(parts)
        + "\n</bpmn:process></bpmn:definitions>\n"
    )


def _user_task(name: str) -> str:
    form = "application" if name == "application" else "opinion"
    return f'<bpmn:userTask id="{name}" name="{name}">{_properties(form=form)}</bpmn:userTask>'


def _properties(**given: str) -> str:
    lines = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}" />' for name, value in given.items()
    )
    return f"<bpmn:extensionElements><spiffworkflow:properties>{lines}</spiffworkflow:properties></bpmn:extensionElements>"


def _flow(pair: tuple[str, str]) -> str:
    source, target = pair
    return f'<bpmn:sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}" />'


def _manifest(key: str, allowed: Mapping[str, tuple[str, ...]]) -> str:
    tasks = "".join(
        f'\n[tasks.{task}]\noutcomes = [{{ key = "done", title = "完成", kind = "submit" }}]\n'
        + (f"return_to = {json.dumps(allowed[task])}\n" if task in allowed else "")
        for task in TASKS
    )
    return (
        f'key = "{key}"\ntitle = "退回演示"\nsummary = "演示退回。"\nowner = "示例"\n'
        'number = "TH-{year}-{serial:06d}"\n'
        f'{tasks}\n[ends]\ndone = "approve"\n\n[lanes.applicant]\nstarter = true\n'
        "[lanes.review_agent]\n[lanes.finance]\n"
    )


def _words() -> str:
    elements = [*PLAIN, *TASKS, *INSIDE, "order", "legal_late", "too_late", "check", "check_done"]
    return (
        '[package]\ntitle = "Returns"\nsummary = "Shows returns."\nowner = "Example"\n\n[lane]\n'
        + "".join(f'{lane} = "{lane.title()}"\n' for lane in LANES)
        + "\n[element]\n"
        + "".join(f'{name} = "The {name}"\n' for name in dict.fromkeys(elements))
        + "".join(f'\n[outcome.{task}]\ndone = "Done"\n' for task in TASKS)
        + '\n[title]\napplication = "Application"\nopinion = "Opinion"\n'
        '\n[label.application]\ncompany = "Company"\namount = "Amount"\nlines = "Lines"\n"lines.thing" = "Thing"\n'
        '\n[label.opinion]\nopinion = "Opinion"\n'
    )


def _form(key: str, given: Mapping[str, str], *, rows: bool = False) -> str:
    fields: list[dict[str, Any]] = [
        {"type": kind, "id": f"{key}_{name}", "key": name, "label": name} for name, kind in given.items()
    ]
    if rows:
        thing = {"type": "textfield", "id": "lines_thing", "key": "thing", "label": "thing"}
        fields.append(
            {
                "type": "dynamiclist",
                "id": "lines_rows",
                "path": "lines",
                "label": "lines",
                "components": [thing],
            }
        )
    form = {"type": "default", "id": key, "title": key, "schemaVersion": 18, "components": fields}
    return json.dumps(form, ensure_ascii=False)
