"""The certificate package with every place drawn in where an expression can stand, each under a name of its own."""

import json
import re
from xml.sax.saxutils import escape, quoteattr

Files = dict[str, bytes]
PROCESS, PRICES, SHIPMENT = "process.bpmn", "decisions/key_price.dmn", "forms/shipment.json"

# By slot a text that is right there. The part before the point is the element that a finding names.
SOUND = {
    "catch_duration.timer": 'duration("P1D")',
    "catch_date.timer": 'date("2027-01-31")',
    "catch_condition.condition": "count(application.lines) > 0",
    "catch_message.correlation": "application.invoice_title",
    "recv.correlation": "3",
    "send.correlation": 'date("2027-01-31")',
    "send.input.title": "application.invoice_title",
    "throw.input.title": "application.invoice_title",
    "calc.input.amount": "count(application.lines)",
    "sub_each.each": "application.lines",
    "sub_each.completionCondition": "sub_each.nr_of_completed >= 2 and sub_each.nr_of_active = 0",
    "sub_each.result": "one.quantity",
    "sub_times.loopCardinality": "count(application.lines)",
    "sub_loop.loopCondition": "count(application.lines) > 99",
    "table.each": "application.lines",
    "vote.signers": '["a", "b"]',
    "b_cycle.timer": '"R3/P1D"',
    "b_condition.condition": "count(application.lines) > 99",
    "b_message.correlation": '"desk"',
    "end_cycle.input.title": "application.invoice_title",
    "end_cycle.correlation": '"desk"',
    "to_rejected.condition": 'review.outcome = "rejected"',
    "invoice_record.input.title": "application.invoice_title",
}
ELSEWHERE = {
    "key_price.input": "line.package",
    "key_price.cell": '"basic"',
    "key_price.output": "140 * line.quantity",
    "shipment.condition": 'carrier != \\"sf\\"',
}


def _given(texts: dict[str, str], element: str, **plain: str) -> str:
    named = {
        key.removeprefix(element + "."): text for key, text in texts.items() if key.startswith(element + ".")
    }
    named = {
        key: text
        for key, text in named.items()
        if key in {"each", "result", "correlation", "signers"} or key.startswith("input.")
    }
    items = "\n".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in {**plain, **named}.items()
    )
    return f"<bpmn:extensionElements><spiffworkflow:properties>\n{items}\n</spiffworkflow:properties></bpmn:extensionElements>"


def _timer(tag: str, text: str) -> str:
    return f"<bpmn:timerEventDefinition>\n<bpmn:{tag}>{escape(text)}</bpmn:{tag}></bpmn:timerEventDefinition>"


def _condition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition>\n<bpmn:condition>{escape(text)}</bpmn:condition></bpmn:conditionalEventDefinition>"


def _inside(element: str) -> str:
    return (
        f'<bpmn:startEvent id="{element}_a"/><bpmn:manualTask id="{element}_m"/><bpmn:endEvent id="{element}_z"/>'
        f'<bpmn:sequenceFlow id="{element}_1" sourceRef="{element}_a" targetRef="{element}_m"/>'
        f'<bpmn:sequenceFlow id="{element}_2" sourceRef="{element}_m" targetRef="{element}_z"/>'
    )


def _chain(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Elements that are passed one after the other, each with its tag and what is in it."""

    def several(element: str, inner: str) -> str:
        return f"<bpmn:multiInstanceLoopCharacteristics>\n{inner}</bpmn:multiInstanceLoopCharacteristics>{_inside(element)}"

    message = '<bpmn:messageEventDefinition messageRef="notice"/>'
    until = f"<bpmn:completionCondition>{escape(texts['sub_each.completionCondition'])}</bpmn:completionCondition>"
    times = f"<bpmn:loopCardinality>{escape(texts['sub_times.loopCardinality'])}</bpmn:loopCardinality>"
    again = f"<bpmn:loopCondition>{escape(texts['sub_loop.loopCondition'])}</bpmn:loopCondition>"
    loop = f'<bpmn:standardLoopCharacteristics loopMaximum="3">\n{again}</bpmn:standardLoopCharacteristics>'
    return [
        ("intermediateCatchEvent catch_duration", _timer("timeDuration", texts["catch_duration.timer"])),
        ("intermediateCatchEvent catch_date", _timer("timeDate", texts["catch_date.timer"])),
        ("intermediateCatchEvent catch_condition", _condition(texts["catch_condition.condition"])),
        ("intermediateCatchEvent catch_message", _given(texts, "catch_message") + message),
        ('receiveTask recv" messageRef="notice', _given(texts, "recv")),
        ('sendTask send" messageRef="notice', _given(texts, "send")),
        ("intermediateThrowEvent throw", _given(texts, "throw") + message),
        ("scriptTask calc", _given(texts, "calc", function="amount.in_words")),
        ("subProcess sub_each", _given(texts, "sub_each", item="one") + several("sub_each", until)),
        ("subProcess sub_times", several("sub_times", times)),
        ("subProcess sub_loop", loop + _inside("sub_loop")),
        ("businessRuleTask table", _given(texts, "table", decision="key_price", item="line")),
        ("userTask vote", _given(texts, "vote", form="delivery", countersign="all")),
    ]


def every_slot(files: Files, **changed: str) -> Files:
    """Return the files with all of SOUND drawn in; ``changed`` replaces texts, with __ for a point."""
    texts = {**SOUND, **ELSEWHERE, **{name.replace("__", "."): text for name, text in changed.items()}}
    drawing = files[PROCESS].decode()
    title = 'name="input.title" value='
    assert f'{title}"application.invoice_title"' in drawing
    drawing = drawing.replace(
        f'{title}"application.invoice_title"', f"{title}{quoteattr(texts['invoice_record.input.title'])}"
    )
    drawing = re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", drawing, flags=re.DOTALL)
    drawing = drawing.replace(
        "<bpmn:outgoing>to_review</bpmn:outgoing>", "<bpmn:outgoing>to_0</bpmn:outgoing>"
    )
    drawn, before = [], "application"
    for number, (tag, inner) in enumerate(_chain(texts)):
        name, _, identifier = tag.partition(" ")
        plain = identifier.partition('"')[0]
        drawn.append(f'<bpmn:{name} id="{identifier}">\n{inner}</bpmn:{name}>')
        drawn.append(f'<bpmn:sequenceFlow id="to_{number}" sourceRef="{before}" targetRef="{plain}"/>')
        before = plain
    flow = '<bpmn:sequenceFlow id="to_review" sourceRef="application" targetRef="review" />'
    assert flow in drawing
    drawing = drawing.replace(flow, flow.replace('"application"', f'"{before}"') + "\n".join(drawn))
    beside = (
        f'<bpmn:boundaryEvent id="b_cycle" attachedToRef="review" cancelActivity="false">{_timer("timeCycle", texts["b_cycle.timer"])}</bpmn:boundaryEvent>'
        f'<bpmn:endEvent id="end_cycle">{_given(texts, "end_cycle")}<bpmn:messageEventDefinition messageRef="notice"/></bpmn:endEvent>'
        '<bpmn:sequenceFlow id="from_cycle" sourceRef="b_cycle" targetRef="end_cycle"/>'
        f'<bpmn:boundaryEvent id="b_condition" attachedToRef="review">{_condition(texts["b_condition.condition"])}</bpmn:boundaryEvent>'
        '<bpmn:endEvent id="end_condition"/><bpmn:sequenceFlow id="from_condition" sourceRef="b_condition" targetRef="end_condition"/>'
        f'<bpmn:boundaryEvent id="b_message" attachedToRef="review">{_given(texts, "b_message")}<bpmn:messageEventDefinition messageRef="notice"/></bpmn:boundaryEvent>'
        '<bpmn:endEvent id="end_message"/><bpmn:sequenceFlow id="from_message" sourceRef="b_message" targetRef="end_message"/>'
    )
    drawing = drawing.replace("</bpmn:process>", beside + "\n</bpmn:process>")
    drawing = drawing.replace(
        "  <bpmn:collaboration ", '<bpmn:message id="notice" name="notice"/>\n  <bpmn:collaboration ', 1
    )
    drawing = drawing.replace(
        "<bpmn:flowNodeRef>application</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>application</bpmn:flowNodeRef><bpmn:flowNodeRef>vote</bpmn:flowNodeRef>",
        1,
    )
    drawing = drawing.replace(
        f">{SOUND['to_rejected.condition']}<", f">{escape(texts['to_rejected.condition'])}<"
    )
    made = {**files, PROCESS: drawing.encode()}
    table = made[PRICES].decode()
    table = table.replace(
        f"<text>{ELSEWHERE['key_price.input']}</text>", f"<text>{escape(texts['key_price.input'])}</text>", 1
    )
    table = table.replace('<text>"basic"</text>', f"<text>{escape(texts['key_price.cell'])}</text>", 1)
    table = table.replace(
        "<text>140 * line.quantity</text>", f"<text>{escape(texts['key_price.output'])}</text>", 1
    )
    form = made[SHIPMENT].decode()
    written = texts["shipment.condition"]
    written = written if written == ELSEWHERE["shipment.condition"] else json.dumps(written)[1:-1]
    form = form.replace(ELSEWHERE["shipment.condition"], written, 1)
    return {**made, PRICES: table.encode(), SHIPMENT: form.encode()}
