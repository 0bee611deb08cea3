"""Diagrams for tests, written as lines of arrows.

    start -> application -> x_ok
    x_ok -> application when application.outcome = "again"
    x_ok => end

A name says what it is: ``start``, ``end…``, ``stop…`` (a terminate end event), ``x_…`` (exclusive), ``p_…`` (parallel),
``o_…`` (inclusive), ``e_…`` (event-based gateway), ``s_…`` (service task), ``r_…`` (business rule task), ``m_…`` (manual),
``calc_…`` (script task), ``send_…``, ``recv_…``, ``catch_…``, ``throw_…``, ``b_…`` (boundary event), ``sub_…``, ``call_…``; all else is a user task.
``=>`` draws a default flow. A line ``sub_1: start_1 -> a -> end_1`` lies in that sub-process. Details come after ``@``:

    @ catch_1 timer P3D            an event: timer, date, cycle, message, signal, error, escalation, when
    @ b_late on review timer P1D   a boundary event; ``beside`` instead of ``on`` does not cut
    @ call_1 calls other
    @ vote each ask.people         a multi-instance; ``one by one`` after it makes it sequential, ``until`` ends it early
    @ vote times 3                 the same over a number
    @ vote loop 3 while vote.outcome = "again"     ``before`` after the number asks before the first run
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sketches import Sketch, sketch, tag_of

from workflows.engine import (
    Advance,
    Command,
    Complete,
    Definition,
    FactsMissing,
    Fire,
    Message,
    Timer,
    advance,
    parse_definition,
    start,
)
from workflows.engine.model import TASK_KINDS

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
MAIN = "process.bpmn"
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="Definitions_1" targetNamespace="http://example.org/process">'
)
# Two processes that many tests use: an approval with a send-back and a payment, and parts side by side.
APPROVAL = """
    start -> application -> review -> x_ok
    x_ok -> application when review.outcome = "again"
    x_ok -> s_pay when review.outcome = "approve"
    x_ok => end_refused
    s_pay -> end_paid
"""
INPUTS = {
    "s_pay": {"handler": "payment.open_order", "input.amount": "application.amount * 2", "input.who": '"us"'}
}
PARALLEL = "start -> p_1\np_1 -> a -> p_2\np_1 -> b -> p_2\np_1 -> c -> end\np_2 -> d -> end_2"


def draw(lines: str, properties: Mapping[str, Mapping[str, str]] | None = None) -> bytes:
    """The .bpmn file for the lines; flows are named f1, f2 … in the order of the lines."""
    drawn = sketch(lines)
    named: dict[tuple[str, str], str] = {}
    body = ['<bpmn:process id="process_1" name="A process" isExecutable="true">']
    body += [*_level(drawn, None, properties or {}, named), "</bpmn:process>"]
    codes = {"error": "errorCode", "escalation": "escalationCode"}
    body += [
        f'<bpmn:{kind} id="{identifier}" name={quoteattr(name)}'
        + (f" {codes[kind]}={quoteattr(name)}/>" if kind in codes else "/>")
        for (kind, name), identifier in named.items()
    ]
    return document("\n".join(body))


def _level(
    drawn: Sketch,
    level: str | None,
    properties: Mapping[str, Mapping[str, str]],
    named: dict[tuple[str, str], str],
) -> Iterator[str]:
    defaults = {source: f"f{n}" for n, (source, _, default, _) in enumerate(drawn.flows, 1) if default}
    for name in drawn.nodes:
        if drawn.parents[name] != level:
            continue
        yield _node(drawn, name, defaults.get(name), properties, named)
    for number, (source, target, _, condition) in enumerate(drawn.flows, 1):
        if drawn.parents[source] == level:
            inner = (
                f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(condition)}</bpmn:conditionExpression>'
                if condition
                else ""
            )
            yield f'<bpmn:sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def _node(
    drawn: Sketch,
    name: str,
    default: str | None,
    properties: Mapping[str, Mapping[str, str]],
    named: dict[tuple[str, str], str],
) -> str:
    tag, words = tag_of(name), drawn.details.get(name, "").split()
    more = f" default={quoteattr(default)}" if default else ""
    repeat = drawn.repeats.get(name, "").split()
    inner = _properties(dict(properties.get(name, {})) | _listed(repeat))
    if name.startswith("stop"):
        inner += f'<bpmn:terminateEventDefinition id="cut_{name}"/>'
    if words[:1] in (["on"], ["beside"]):
        more += f' attachedToRef="{words[1]}" cancelActivity="{str(words[0] == "on").lower()}"'
        words = words[2:]
    if words[:1] == ["calls"]:
        more += f' calledElement="{words[1]}"'
    elif words and tag in {"sendTask", "receiveTask"}:
        more += f' messageRef="{_reference(named, "message", words[1])}"'
    elif words:
        inner += _event(name, words, named)
    inner += _loop(repeat)
    if tag == "subProcess":
        inner += "\n" + "\n".join(_level(drawn, name, properties, named)) + "\n"
    return f"<bpmn:{tag} id={quoteattr(name)}{more}>{inner}</bpmn:{tag}>"


def _reference(named: dict[tuple[str, str], str], kind: str, name: str) -> str:
    return named.setdefault((kind, name), f"{kind}_{len(named) + 1}")


def _event(name: str, words: list[str], named: dict[tuple[str, str], str]) -> str:
    kind, text = words[0], " ".join(words[1:])
    timers = {"timer": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}
    if kind in timers:
        inner = f'<bpmn:{timers[kind]} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:{timers[kind]}>'
        return f'<bpmn:timerEventDefinition id="d_{name}">{inner}</bpmn:timerEventDefinition>'
    if kind == "when":
        inner = f'<bpmn:condition xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:condition>'
        return f'<bpmn:conditionalEventDefinition id="d_{name}">{inner}</bpmn:conditionalEventDefinition>'
    if kind in {"message", "signal", "error", "escalation"}:
        reference = f' {kind}Ref="{_reference(named, kind, text)}"' if text else ""
        return f'<bpmn:{kind}EventDefinition id="d_{name}"{reference}/>'
    return ""


def _listed(words: list[str]) -> dict[str, str]:
    if words[:1] != ["each"]:
        return {}
    return {"each": re.split(r" one by one| until ", " ".join(words[1:]))[0], "item": "one"}


def _loop(words: list[str]) -> str:
    text = " ".join(words[1:])
    if words[:1] == ["loop"]:
        head, _, condition = text.partition(" while ")
        limit, _, before = head.partition(" ")
        inner = f"<bpmn:loopCondition>{escape(condition)}</bpmn:loopCondition>" if condition else ""
        more = ' testBefore="true"' if before else ""
        return f'<bpmn:standardLoopCharacteristics loopMaximum="{limit}"{more}>{inner}</bpmn:standardLoopCharacteristics>'
    if not words:
        return ""
    rest, _, until = text.partition(" until ")
    inner = ""
    if words[0] == "times":
        inner = f"<bpmn:loopCardinality>{escape(rest.removesuffix(' one by one'))}</bpmn:loopCardinality>"
    inner += f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    order = str("one by one" in text).lower()
    tag = "multiInstanceLoopCharacteristics"
    return f'<bpmn:{tag} isSequential="{order}">{inner}</bpmn:{tag}>'


def _properties(given: Mapping[str, str]) -> str:
    items = "".join(
        f"<spiffworkflow:property name={quoteattr(k)} value={quoteattr(v)}/>" for k, v in given.items()
    )
    around = "<bpmn:extensionElements><spiffworkflow:properties>{}</spiffworkflow:properties></bpmn:extensionElements>"
    return around.format(items) if items else ""


def document(inner: str) -> bytes:
    """A whole file around what stands within definitions."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}\n{inner}\n</bpmn:definitions>\n'.encode()


def define(
    lines: str,
    properties: Mapping[str, Mapping[str, str]] | None = None,
    calls: Mapping[str, Definition] | None = None,
) -> Definition:
    """The definition of the lines."""
    return parse_definition({MAIN: draw(lines, properties)}, calls=calls or {})


def span(text: str) -> timedelta:
    """The length of an ISO duration of days, hours and minutes."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", text)
    assert found
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


class Case:
    """One instance that is moved by element id; every step goes through stored bytes."""

    def __init__(
        self,
        definition: Definition,
        seed: str = "seed",
        signers: Sequence[str] = (),
        functions: Mapping[str, Callable[[dict[str, Any]], Mapping[str, object]]] | None = None,
        **control: object,
    ) -> None:
        self.definition = definition
        self.seed = seed
        self.now = NOW
        self.signers = list(signers)
        self.keys: dict[str, list[str]] = {}
        self.timers: dict[str, Timer] = {}
        self.awaited: dict[str, Message] = {}
        self.thrown: list[Message] = []
        self.asked: list[FactsMissing] = []
        self.functions = functions or {}
        self.signing: dict[str, str] = {}
        self.signer_of: dict[str, str | None] = {}
        self.step: Advance = self._make(
            lambda facts: start(definition, control=control, now=self.now, seed=seed, facts=facts)
        )

    def complete(self, element_id: str, nth: int = 0, **values: object) -> Advance:
        """Complete an open task of an element, by default its first."""
        return self.do(Complete(self.keys[element_id][nth], values))

    def sign(self, signer: str, outcome: str = "approve") -> Advance:
        """Complete the part of a countersigned task that is this signer's."""
        return self.do(Complete(self.signing[signer], {"outcome": outcome}))

    def fire(self, element_id: str) -> Advance:
        """Let the time pass to when the timer of an element is due, and fire it."""
        timer = next(one for one in self.timers.values() if one.element_id == element_id)
        self.now = max(self.now, timer.due)
        return self.do(Fire(timer.key))

    def do(self, command: Command) -> Advance:
        """Apply a command to the stored state."""
        return self._make(
            lambda facts: advance(
                self.definition, self.step.state, command, now=self.now, seed=self.seed, facts=facts
            )
        )

    @property
    def open(self) -> list[str]:
        """The ids of the open tasks, sorted, once for each token."""
        return sorted(element for element, keys in self.keys.items() for _ in keys)

    @property
    def set(self) -> list[str]:
        """The elements whose timers are set, sorted."""
        return sorted(timer.element_id for timer in self.timers.values())

    def _make(self, attempt: Callable[[Mapping[str, object]], Advance | FactsMissing]) -> Advance:
        facts: dict[str, object] = {}
        while isinstance(result := attempt(facts), FactsMissing):
            self.asked.append(result)
            assert set(result.requests) - facts.keys(), result
            for due in result.due:
                at = datetime.fromisoformat(due.text) if due.form == "date" else due.since + span(due.text)
                facts[f"due:{due.key}"] = at if at.tzinfo else at.replace(tzinfo=UTC)
            facts |= {f"signers:{one.key}": self.signers for one in result.signers}
            for script in result.scripts:
                facts[f"script:{script.key}"] = self.functions[script.function](script.inputs)
            if "today" in result.requests:
                facts["today"] = self.now.date()
        return self._take(result)

    def _take(self, result: Advance) -> Advance:
        self.step = result
        for closed in result.closed:
            self.keys[closed.element_id].remove(closed.key)
            self.signing = {signer: key for signer, key in self.signing.items() if key != closed.key}
        for opened in result.opened:
            self.keys.setdefault(opened.element_id, []).append(opened.key)
            self.signer_of[opened.key] = opened.signer
            if opened.signer is not None:
                self.signing[opened.signer] = opened.key
        for timer in result.timers:
            if timer.change == "set":
                self.timers[timer.key] = timer
            else:
                del self.timers[timer.key]
        for message in result.messages:
            if message.change == "thrown":
                self.thrown.append(message)
            elif message.change == "awaited":
                self.awaited[message.key] = message
            else:
                del self.awaited[message.key]
        tasks = {key for keys in self.keys.values() for key in keys}
        assert tasks <= {entry["key"] for entry in result.marking}
        assert result.next_due == min((timer.due for timer in self.timers.values()), default=None)
        kinds = self.definition.elements
        marked = sorted(
            str(entry["element"])
            for entry in result.marking
            if entry["state"] == "open" and kinds[str(entry["element"])].kind in TASK_KINDS
            and (entry.get("run") is not None or not kinds[str(entry["element"])].several)
        )  # fmt: skip
        assert marked == self.open
        return result
