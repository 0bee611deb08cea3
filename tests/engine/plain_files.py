"""Small diagrams with one thing added, and what lint says of them."""

from diagrams import MAIN, document, draw

from workflows.engine import Finding, lint_model

PROCESS = '<bpmn:process id="p" isExecutable="true">'
PLAIN = (
    '<bpmn:startEvent id="start"/><bpmn:userTask id="ask"/><bpmn:endEvent id="end"/>'
    '<bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>'
    '<bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="end"/>'
)
LANE = '<bpmn:laneSet id="lanes"><bpmn:lane id="staff" name="Staff"><bpmn:flowNodeRef>ask</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
CHOICE = 'start -> ask -> x_1\nx_1 -> end_a when ask.outcome = "a"\nx_1 => end_b'


def process(inner: str, head: str = PROCESS) -> bytes:
    return document(f"{head}\n{inner}\n</bpmn:process>")


def with_node(node: str) -> bytes:
    """The plain process with one more node between task and end."""
    inner = PLAIN.replace('targetRef="end"/>', 'targetRef="extra"/>')
    return process(f'{inner}\n{node}\n<bpmn:sequenceFlow id="f3" sourceRef="extra" targetRef="end"/>')


def in_ask(inner: str) -> bytes:
    return process(
        PLAIN.replace('<bpmn:userTask id="ask"/>', f'<bpmn:userTask id="ask">{inner}</bpmn:userTask>')
    )


def properties(**given: str) -> str:
    items = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in given.items()
    )
    return (
        "<bpmn:extensionElements><spiffworkflow:properties>"
        f"{items}</spiffworkflow:properties></bpmn:extensionElements>"
    )


def judge(content: bytes | str, **more: bytes) -> list[Finding]:
    files = {MAIN: draw(content) if isinstance(content, str) else content}
    return lint_model(files | {name.replace("__", "/"): part for name, part in more.items()})


def package(content: bytes) -> list[Finding]:
    return lint_model({MAIN: content, "manifest.toml": b""})


def rules(findings: list[Finding]) -> set[tuple[str, str | None]]:
    return {(finding.rule, finding.element) for finding in findings}
