"""Timers, messages, signals, conditions, errors and escalations: what is awaited, and what happens when it comes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from workflows.engine.errors import EngineError, Fault, NotOpen
from workflows.engine.expressions import text_of
from workflows.engine.model import Element
from workflows.engine.results import Correlate, DueRequest, Message, Timer, TrailEntry
from workflows.engine.state import Wait
from workflows.engine.step import Step
from workflows.engine.timer_texts import CYCLE, is_bare_timer, trouble_of_timer
from workflows.engine.values import Value, clean, clean_mapping

if TYPE_CHECKING:
    from workflows.engine.live import Live

_STORED = frozenset({"timer", "message"})


# -- waiting ------------------------------------------------------------------------------------------------------------


def await_all(live: "Live", task: Any, element: Element) -> None:
    """Set the timers and await the messages of what has just opened: its boundary events and its own."""
    for event in awaited(live, task, element):
        if event.trigger is not None and event.trigger.type in _STORED:
            _await(live, task, event)


def awaited(live: "Live", task: Any, element: Element) -> Iterator[Element]:
    """The events that can happen to an open token."""
    if task.internal_data["index"] is not None:
        return
    definition = live.step.definition
    elements = definition.elements
    yield from (elements[boundary] for boundary in definition.boundaries.get(element.id, ()))
    if element.kind == "event_gateway":
        yield from (elements[definition.flows[flow].target] for flow in element.outgoing)
    elif element.kind in {"catch_event", "receive_task"}:
        yield element


def _await(live: "Live", task: Any, event: Element) -> None:
    step, trigger = live.step, event.trigger
    key, host = step.new_key(), task.internal_data["key"]
    if trigger is None or trigger.type == "message":
        text = event.properties.get("correlation")
        told = None if text is None else clean(step.evaluate(event, text, live.context(task, own=False)))
        step.state.waits.append(Wait(key, host, event.id, correlation=told))
        name = trigger.name if trigger else ""
        step.messages.append(Message(key, event.id, "awaited", name, told))
        return
    form, text, left = _timer_text(step, event, trigger.form, trigger.text, live.context(task, own=False))
    _set_timer(
        step,
        event,
        Wait(key, host, event.id, None, text if form == "cycle" else None, left),
        form,
        text,
        step.now,
    )


def _timer_text(
    step: Step, event: Element, form: str, text: str, context: dict[str, Value]
) -> tuple[Any, str, int | None]:
    """What a timer says: its form, one ISO text, and how often it fires (None: without end)."""
    value: Any = text
    if not is_bare_timer(form, text):
        value = step.evaluate(event, text, context)
    if isinstance(value, datetime | date):
        return "date", value.isoformat(), 1
    said = value if isinstance(value, str) else _iso(value)
    if trouble_of_timer(form, said, working=event.properties.get("days") == "working") is None:
        cycle = CYCLE.fullmatch(said) if form == "cycle" else None
        if cycle is not None:
            return form, cycle[2], int(cycle[1]) if cycle[1] else None
        return form, said, 1
    raise EngineError(
        Fault.TIMER_WRONG, f"The timer of {event.id} gives {said[:80]!r}, no {form}.", element=event.id
    )


def _iso(value: object) -> str:
    """The ISO text of a duration of the expression language; of anything else nothing that a timer takes."""
    return text_of(value) or ""


def _set_timer(step: Step, event: Element, wait: Wait, form: Any, text: str, since: datetime) -> None:
    working = event.properties.get("days") == "working"
    request = DueRequest(wait.key, event.id, form, text, since, working)
    due = step.due(request)
    step.state.waits.append(Wait(wait.key, wait.host, wait.element_id, due, wait.every, wait.left))
    step.timers.append(Timer(wait.key, event.id, "set", due, wait.host, event.interrupting, request))


def drop(step: Step, host: str) -> None:
    """Take away everything that a token waited for."""
    for wait in [one for one in step.state.waits if one.host == host]:
        _take(step, wait, "dropped")


def _take(step: Step, wait: Wait, change: Any, values: dict[str, Value] | None = None) -> None:
    step.state.waits.remove(wait)
    event = step.definition.elements[wait.element_id]
    if wait.due is not None:
        change = "fired" if change == "taken" else change
        step.timers.append(Timer(wait.key, event.id, change, wait.due, wait.host, event.interrupting))
    else:
        name = event.trigger.name if event.trigger else ""
        step.messages.append(Message(wait.key, event.id, change, name, wait.correlation, values or {}))


# -- from outside -------------------------------------------------------------------------------------------------------


def fire(live: "Live", key: str) -> None:
    """A timer is due. Raises NotOpen, timer_not_due."""
    step = live.step
    wait, due = _timer(step, key)
    if step.now < due:
        raise EngineError(Fault.TIMER_NOT_DUE, f"The timer is due at {due.isoformat()}.", key=key)
    event, host = step.definition.elements[wait.element_id], live.by_key[wait.host]
    _take(step, wait, "taken")
    if wait.every is not None and wait.left != 1 and not event.interrupting:
        left = None if wait.left is None else wait.left - 1
        following = Wait(step.new_key(), wait.host, event.id, None, wait.every, left)
        _set_timer(step, event, following, "cycle", wait.every, due)
    happen(live, host, event)


def reschedule(live: "Live", key: str) -> None:
    """A timer is due at another instant. Raises NotOpen."""
    step = live.step
    wait, was = _timer(step, key)
    due = step.new_due(key, wait.element_id)
    step.state.waits[step.state.waits.index(wait)] = replace(wait, due=due)
    step.trail.append(TrailEntry("moved", wait.element_id, values={"was": was, "due": due}))
    event = step.definition.elements[wait.element_id]
    step.timers.append(Timer(key, event.id, "moved", due, wait.host, event.interrupting))


def _timer(step: Step, key: str) -> tuple[Wait, datetime]:
    for wait in step.state.waits:
        if wait.key == key and wait.due is not None:
            return wait, wait.due
    raise NotOpen(key)


def correlate(live: "Live", command: Correlate) -> None:
    """A message has come. Raises message_not_awaited, message_ambiguous."""
    step, told = live.step, clean(command.correlation)
    waits = [
        wait
        for wait in step.state.waits
        if (event := step.definition.elements[wait.element_id]).trigger is not None
        and event.trigger.type == "message"
        and event.trigger.name == command.message
        and wait.correlation == told
        and (command.key is None or wait.key == command.key)
    ]
    if not waits:
        raise EngineError(
            Fault.MESSAGE_NOT_AWAITED,
            f"Nobody awaits the message {command.message[:80]}.",
            name=command.message[:80],
        )
    if len(waits) > 1:
        raise EngineError(
            Fault.MESSAGE_AMBIGUOUS,
            f"{len(waits)} tokens await the message.",
            keys=[wait.key for wait in waits],
        )
    values = clean_mapping(command.values)
    (wait,) = waits
    event, host = step.definition.elements[wait.element_id], live.by_key[wait.host]
    _take(step, wait, "taken", values)
    if event.kind == "boundary_event" and not event.interrupting:
        # The activity goes on, and so does what sits on it: it is there as long as the activity is (ISO 19510, 13.5.3).
        again = Wait(step.new_key(), wait.host, event.id, correlation=wait.correlation)
        step.state.waits.append(again)
        step.messages.append(Message(again.key, event.id, "awaited", command.message, again.correlation))
    happen(live, host, event, values)


def refuse_late(live: "Live", task: Any) -> None:
    """Nothing is completed past a timer that would have cut it off (rule 8). Raises timer_due."""
    hosts = set(live.keys(task, own=True))
    for wait in live.step.state.waits:
        due = wait.due is not None and wait.due <= live.step.now
        if due and wait.host in hosts and live.step.definition.elements[wait.element_id].interrupting:
            raise EngineError(
                Fault.TIMER_DUE, "A timer is due and fires first.", key=wait.key, element=wait.element_id
            )


# -- what happens -------------------------------------------------------------------------------------------------------


def happen(live: "Live", host: Any, event: Element, values: Value = None) -> None:
    """An event that a token waits for has come."""
    live.step.trail.append(
        TrailEntry("event", event.id, values={"type": event.trigger.type if event.trigger else ""})
    )
    if event.kind == "boundary_event":
        within, source = host.internal_data["within"], live.element(host).id
        if event.interrupting:
            live.cut(host)
        live.put(event.id, source, within, values)
        return
    element = live.element(host)
    if element.kind == "event_gateway":
        host.internal_data["brings"] = values
        host.internal_data["way"] = live.step.definition.flow_between[element.id, event.id]
    elif event.produces:
        live.write(host, values)
    host.internal_data["passing"] = True
    host.run()


def catchers(live: "Live", kind: str) -> Iterator[tuple[Any, Element]]:
    """Open tokens to which an event of this kind can happen, with the event."""
    for task in live.live():
        if "key" in task.internal_data:
            for event in awaited(live, task, live.element(task)):
                if event.trigger is not None and event.trigger.type == kind:
                    yield task, event


def meet_one(live: "Live", tasks: list[Any]) -> bool:
    """Let a conditional event happen whose condition has become true."""
    if not live.step.definition.conditional or not tasks:
        return False
    for host, event in list(catchers(live, "conditional")):
        text = event.trigger.text if event.trigger else ""
        if live.step.condition(event, text, live.context(host, own=False), quiet=True):
            happen(live, host, event)
            return True
    return False


def throw(live: "Live", task: Any, element: Element) -> None:
    """A throw event, a send task or an end event throws what it is drawn with. Errors and terminations come at the end."""
    trigger, step = element.trigger, live.step
    if trigger is None or trigger.type not in {"message", "signal", "escalation"}:
        return
    values: dict[str, Value] = {"type": trigger.type, "name": trigger.name}
    step.trail.append(TrailEntry("event", element.id, values=values))
    if trigger.type == "message":
        context = live.context(task)
        text = element.properties.get("correlation")
        told = None if text is None else clean(step.evaluate(element, text, context))
        given = step.given(element, "input.", context)
        step.messages.append(Message(step.new_key(), element.id, "thrown", trigger.name, told, given))
    elif trigger.type == "signal":
        for host, event in list(catchers(live, "signal")):
            if event.trigger is not None and event.trigger.name == trigger.name and live.is_live(host):
                happen(live, host, event)
    elif element.kind == "throw_event":
        raise_to(live, task.internal_data["within"], "escalation", trigger.name)


def end(live: "Live", task: Any, element: Element) -> None:
    """A token has come to an end event."""
    within, trigger, step = task.internal_data["within"], element.trigger, live.step
    if within is None:
        step.state.end_event = element.id
    kind = trigger.type if trigger else ""
    if kind == "terminate":
        live.cut_level(within)
    elif kind == "escalation" and trigger is not None:
        raise_to(live, within, "escalation", trigger.name)
    elif kind == "error" and trigger is not None:
        fail(live, within, trigger.name, element.id)


def fail(live: "Live", around: str | None, code: str, element_id: str) -> None:
    """A business error: the next activity around with an error event for it is cut off; else the process ends."""
    step = live.step
    values: dict[str, Value] = {"type": "error", "name": code}
    step.trail.append(TrailEntry("event", element_id, values=values))
    if not raise_to(live, around, "error", code):
        live.cut_level(None)
        step.state.error = code
        if step.definition.elements[element_id].kind == "end_event":
            step.state.end_event = element_id


def raise_to(live: "Live", around: str | None, kind: str, code: str) -> bool:
    """Let the innermost activity around that has a boundary event for an error or escalation catch it."""
    key = around
    while key is not None:
        host = live.by_key[key]
        for event in awaited(live, host, live.element(host)):
            if event.trigger is not None and event.trigger.type == kind and event.trigger.name in {"", code}:
                happen(live, host, event)
                return True
        key = host.internal_data["within"]
    return False
