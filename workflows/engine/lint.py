"""The deploy checks as a whole: files in, findings out. Never a traceback, whatever the files hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from workflows.engine.checks.activities import check_activities, check_calls
from workflows.engine.checks.events import check_events
from workflows.engine.checks.graph import check_ends, check_flows, check_gateways, check_reach, check_shown
from workflows.engine.checks.names import check_lanes, check_names, check_properties
from workflows.engine.checks.tokens import check_tokens
from workflows.engine.checks.wording import check_decisions, check_wordings
from workflows.engine.decisions import DecisionError, Room, parse_decisions
from workflows.engine.drawing import Drawing
from workflows.engine.findings import Finding
from workflows.engine.model import Definition
from workflows.engine.reading import read_drawing

MAIN = "process.bpmn"
NO_CALLS: Mapping[str, Definition] = MappingProxyType({})


@dataclass(frozen=True)
class Judged:
    """A drawing with its findings and everything that was compiled on the way."""

    drawing: Drawing
    findings: list[Finding]
    expressions: Mapping[str, Any]
    decisions: Mapping[str, Any]


def lint_model(
    files: Mapping[str, bytes], main: str = MAIN, calls: Mapping[str, Definition] | None = None
) -> list[Finding]:
    """Return every finding in the diagram ``main`` and in decisions/*.dmn, in the order of the lines.

    No finding means deployable. When ``files`` is the diagram alone, nothing that only a package has is missed.
    ``calls`` are the processes that call activities may name; without it a call activity's name is not looked up.
    Lone or not, at most 200 findings per file.
    """
    return judge(files, main, calls).findings


def judge(
    files: Mapping[str, bytes], main: str = MAIN, calls: Mapping[str, Definition] | None = None
) -> Judged:
    """Read and check; the one way to a definition leads through here."""
    content = files.get(main)
    if content is None:
        missing = Finding(main, None, None, "diagram_missing", f"There is no {main}.")
        return Judged(Drawing(main), [missing], {}, {})
    alone = set(files) == {main}
    drawing = read_drawing(content, main)
    decisions, refused = _decisions(files)
    expressions: Mapping[str, Any] = {}
    if drawing.nodes or drawing.process_id:
        expressions = _check(drawing, decisions, calls, alone=alone)
        if not alone:
            _check_files(drawing, files)
    findings = sorted([*drawing.findings], key=lambda finding: (finding.line or 0, finding.element or ""))
    return Judged(drawing, findings + refused, expressions, decisions)


def _check(
    drawing: Drawing, decisions: Mapping[str, Any], calls: Mapping[str, Definition] | None, *, alone: bool
) -> Mapping[str, Any]:
    check_names(drawing)
    check_lanes(drawing, alone=alone)
    check_properties(drawing, alone=alone)
    too_many = any(finding.rule == "too_many_elements" for finding in drawing.findings)
    if too_many:
        return {}
    check_shown(drawing)
    before = len(drawing.findings)
    check_flows(drawing)
    check_events(drawing)
    check_activities(drawing)
    check_calls(drawing, calls)
    check_ends(drawing)
    if len(drawing.findings) == before:
        check_reach(drawing, calls or NO_CALLS)
    check_gateways(drawing)
    sound = len(drawing.findings) == before and all(node.kind != "foreign" for node in drawing.nodes.values())
    if sound:
        check_tokens(drawing)
    expressions = check_wordings(drawing, calls or NO_CALLS)
    check_decisions(drawing, decisions, alone=alone)
    return expressions


def _decisions(files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[Finding]]:
    tables: dict[str, Any] = {}
    findings: list[Finding] = []
    room = Room()
    for path in sorted(files):
        if not (path.startswith("decisions/") and path.endswith(".dmn")):
            continue
        try:
            found = parse_decisions(files[path], path, room)
        except DecisionError as error:
            findings.extend(error.findings)
            continue
        for identifier in found.keys() & tables.keys():
            message = f"The decision {identifier} is in two files."
            findings.append(Finding(path, identifier, None, "decision_duplicate", message))
        tables.update(found)
    return tables, findings


def _check_files(drawing: Drawing, files: Mapping[str, bytes]) -> None:
    for node in drawing.nodes.values():
        form = node.properties.get("form")
        if node.kind == "user_task" and form and f"forms/{form}.json" not in files:
            message = f"There is no forms/{form[:64]}.json."
            drawing.report("form_missing", node.id, node.line, message, form=form[:64])
