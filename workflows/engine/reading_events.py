"""Reading what an event waits for or throws, and how often an activity is done."""

from typing import Any

from workflows.engine.drawing import Drawing, Node
from workflows.engine.model import Repeat, Trigger
from workflows.engine.tags import children_of, local, split
from workflows.engine.vocabulary import BPMN, EVENT_DEFINITIONS, REFERENCES

MAX_EXPRESSION = 2_000
MAX_LOOPS = 1_000
_TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def text_of(drawing: Drawing, element: Any, tag: str, owner: str) -> tuple[str | None, int]:
    """The text of a child, None where there is no such child, and its line. One that is too long reads ``false``."""
    found = list(children_of(element, tag))
    if not found:
        return None, element.sourceline or 0
    text, line = (found[0].text or "").strip(), found[0].sourceline or 0
    if len(text) > MAX_EXPRESSION:
        message = f"An expression may have {MAX_EXPRESSION} characters at most."
        drawing.report("expression_too_long", owner, line, message)
        text = "false"
    return text, line


def read_trigger(drawing: Drawing, element: Any, node: Node) -> Trigger | None:
    """The event definition of an event, or the message of a send or receive task."""
    if node.kind in {"send_task", "receive_task"}:
        return _referring(drawing, "message", element, node)
    found = [(EVENT_DEFINITIONS[tag], child) for child in element for tag in [_event_tag(child)] if tag]
    if len(found) > 1:
        message = f"{node.id} has {len(found)} event definitions; draw one event for each."
        drawing.report("event_definitions_several", node.id, node.line, message, count=len(found))
    if not found:
        return None
    kind, definition = found[0]
    if kind in REFERENCES:
        return _referring(drawing, kind, definition, node)
    if kind == "timer":
        return _timer(drawing, definition, node)
    text, line = (
        text_of(drawing, definition, "condition", node.id) if kind == "conditional" else ("", node.line)
    )
    return Trigger(kind, text=text or "", line=line)


def _event_tag(child: Any) -> str | None:
    space, tag = split(child.tag)
    return tag if space == BPMN and tag in EVENT_DEFINITIONS else None


def _referring(drawing: Drawing, kind: str, element: Any, node: Node) -> Trigger:
    attribute, tag, _ = REFERENCES[kind]
    reference = element.get(attribute)
    if reference is None:
        return Trigger(kind, line=node.line)
    known, name = drawing.named.get(local(reference), ("", ""))
    if known != tag or not name:
        message = f"{node.id} refers to the {kind} {local(reference)[:64]!r}, which is not in the file or has no name."
        drawing.report("event_reference_unknown", node.id, node.line, message, ref=local(reference)[:64])
    return Trigger(kind, name, line=node.line)


def _timer(drawing: Drawing, definition: Any, node: Node) -> Trigger:
    given = [(form, *text_of(drawing, definition, tag, node.id)) for tag, form in _TIMERS.items()]
    there = [(form, text, line) for form, text, line in given if text]
    if len(there) != 1:
        message = f"The timer of {node.id} needs one of timeDate, timeDuration and timeCycle, and it has {len(there)}."
        drawing.report("timer_wrong", node.id, node.line, message)
        return Trigger("timer", form="duration", line=node.line)
    form, text, line = there[0]
    return Trigger("timer", form=form, text=text or "", line=line)


def read_repeat(drawing: Drawing, element: Any, node: Node) -> Repeat | None:
    """How often an activity is done, None for once."""
    several = next(children_of(element, "multiInstanceLoopCharacteristics"), None)
    loop = next(children_of(element, "standardLoopCharacteristics"), None)
    if several is not None and loop is not None:
        message = f"{node.id} is drawn with two kinds of loops."
        drawing.report("repeat_wrong", node.id, node.line, message)
    if several is not None:
        cardinality, line = text_of(drawing, several, "loopCardinality", node.id)
        until, until_line = text_of(drawing, several, "completionCondition", node.id)
        mode = "sequential" if several.get("isSequential") == "true" else "parallel"
        return Repeat(mode, cardinality or "", until or "", line=line, until_line=until_line)
    if loop is None:
        return None
    condition, line = text_of(drawing, loop, "loopCondition", node.id)
    maximum = loop.get("loopMaximum") or ""
    if not maximum.isascii() or not maximum.isdigit() or not 0 < int(maximum[:9]) <= MAX_LOOPS:
        message = f"The loop of {node.id} needs loopMaximum, a number from 1 to {MAX_LOOPS}."
        drawing.report("loop_without_limit", node.id, line, message, limit=MAX_LOOPS)
        maximum = "1"
    before = loop.get("testBefore", "false") == "true"
    return Repeat("loop", "", "", condition or "", int(maximum[:9]), before, line)
