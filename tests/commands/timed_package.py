"""The certificate package with deadlines and messages drawn in, for what its own drawing does not have yet."""

from pathlib import Path

from workflows.packages import read_folder

FOLDER = Path(__file__).resolve().parents[2] / "bpmn" / "certificate_issuance"
NAMES = {
    "review_deadline": "审核超期",
    "review_late": "超期未审",
    "reminder": "提醒缴费",
    "reminded": "已提醒",
    "notice": "收到来函",
    "noticed": "已记录",
}
DRAWN = """
    <bpmn:boundaryEvent id="review_deadline" name="审核超期" attachedToRef="review">
      <bpmn:outgoing>to_review_late</bpmn:outgoing>
      <bpmn:timerEventDefinition id="review_deadline_timer">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT48H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="review_late" name="超期未审">
      <bpmn:extensionElements>
        <spiffworkflow:properties>
          <spiffworkflow:property name="correlation" value="&quot;desk&quot;" />
        </spiffworkflow:properties>
      </bpmn:extensionElements>
      <bpmn:incoming>to_review_late</bpmn:incoming>
      <bpmn:messageEventDefinition id="review_late_message" messageRef="late_notice" />
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="to_review_late" sourceRef="review_deadline" targetRef="review_late" />
    <bpmn:boundaryEvent id="reminder" name="提醒缴费" attachedToRef="payment" cancelActivity="false">
      <bpmn:outgoing>to_reminded</bpmn:outgoing>
      <bpmn:timerEventDefinition id="reminder_timer">
        <bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R3/P1D</bpmn:timeCycle>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="reminded" name="已提醒">
      <bpmn:incoming>to_reminded</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="to_reminded" sourceRef="reminder" targetRef="reminded" />
    <bpmn:boundaryEvent id="notice" name="收到来函" attachedToRef="payment" cancelActivity="false">
      <bpmn:extensionElements>
        <spiffworkflow:properties>
          <spiffworkflow:property name="correlation" value="&quot;desk&quot;" />
        </spiffworkflow:properties>
      </bpmn:extensionElements>
      <bpmn:outgoing>to_noticed</bpmn:outgoing>
      <bpmn:messageEventDefinition id="notice_message" messageRef="late_notice" />
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="noticed" name="已记录">
      <bpmn:incoming>to_noticed</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="to_noticed" sourceRef="notice" targetRef="noticed" />
"""


def timed_files(duration: str = "PT48H") -> dict[str, bytes]:
    """Return the files: a review ends after `duration` with a message, a payment is reminded of daily, three times."""
    files = read_folder(FOLDER)
    drawing = files["process.bpmn"].decode()
    lane = "".join(
        f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>" for name in ("review_deadline", "review_late")
    )
    drawing = drawing.replace(
        '<bpmn:lane id="review_agent" name="审核机构">',
        f'<bpmn:lane id="review_agent" name="审核机构">{lane}',
    )
    lane = "".join(
        f"<bpmn:flowNodeRef>{name}</bpmn:flowNodeRef>"
        for name in ("reminder", "reminded", "notice", "noticed")
    )
    drawing = drawing.replace(
        '<bpmn:lane id="applicant" name="申请单位">', f'<bpmn:lane id="applicant" name="申请单位">{lane}'
    )
    drawing = drawing.replace("</bpmn:process>", DRAWN.replace("PT48H", duration) + "</bpmn:process>")
    drawing = drawing.replace(
        "  <bpmn:collaboration ",
        '  <bpmn:message id="late_notice" name="late_notice" />\n  <bpmn:collaboration ',
    )
    drawing = drawing.replace("</bpmndi:BPMNPlane>", _picture() + "</bpmndi:BPMNPlane>")
    files["process.bpmn"] = drawing.encode()
    texts = files["i18n/en.toml"].decode()
    added = "".join(f'{name} = "{name}"\n' for name in NAMES)
    files["i18n/en.toml"] = texts.replace("[element]\n", f"[element]\n{added}").encode()
    return files


def _picture() -> str:
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">'
        f'<dc:Bounds x="{100 + 60 * at}" y="2000" width="36" height="36" /></bpmndi:BPMNShape>'
        for at, name in enumerate(NAMES)
    )
    flows = "".join(
        f'<bpmndi:BPMNEdge id="{name}_di" bpmnElement="{name}">'
        '<di:waypoint x="100" y="2018" /><di:waypoint x="160" y="2018" /></bpmndi:BPMNEdge>'
        for name in ("to_review_late", "to_reminded", "to_noticed")
    )
    return shapes + flows
