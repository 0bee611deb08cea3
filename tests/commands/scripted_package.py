"""The certificate package with script tasks between application and review, in a row."""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from workflows.packages import read_folder

FOLDER = Path(__file__).resolve().parents[2] / "bpmn" / "certificate_issuance"
WORDS = {"function": "amount.in_words", "input.amount": "350 * sum(application.lines.quantity)"}
TERM = {"function": "working_days.after", "input.day": "facts.today", "input.days": "3"}
WAIT = {"function": "working_days.between", "input.first": "facts.today", "input.last": "term.day"}


def scripted_files(scripts: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    """Return the files of a package whose application is followed by these script tasks, by id."""
    files = read_folder(FOLDER)
    drawing = files["process.bpmn"].decode()
    drawing = re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", drawing, flags=re.DOTALL)
    drawing = drawing.replace("<bpmn:outgoing>to_review</bpmn:outgoing>", "", 1)
    drawn, before = "", "application"
    for name, given in scripts.items():
        items = "".join(
            f"<spiffworkflow:property name={quoteattr(key)} value={quoteattr(text)}/>"
            for key, text in given.items()
        )
        drawn += (
            f'<bpmn:sequenceFlow id="to_{name}" sourceRef="{before}" targetRef="{name}"/>'
            f'<bpmn:scriptTask id="{name}" name="{name}"><bpmn:extensionElements><spiffworkflow:properties>{items}'
            "</spiffworkflow:properties></bpmn:extensionElements></bpmn:scriptTask>"
        )
        before = name
    flow = '<bpmn:sequenceFlow id="to_review" sourceRef="application"'
    assert flow in drawing
    files["process.bpmn"] = drawing.replace(
        flow, drawn + flow.replace('"application"', f'"{before}"')
    ).encode()
    english = files["i18n/en.toml"].decode()
    named = "".join(f'{name} = "{name}"\n' for name in scripts)
    files["i18n/en.toml"] = english.replace("[element]\n", f"[element]\n{named}").encode()
    return files
