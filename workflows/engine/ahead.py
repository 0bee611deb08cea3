"""What a case may come to next: a walk over the drawing from a live element, without making a step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from workflows.engine.expressions import Expression, ExpressionError
from workflows.engine.model import Definition, Element
from workflows.engine.values import Value

MOST: Final = 24
"""Ways beyond these are not told: nobody reads them."""
_STOPS: Final = frozenset({"user_task", "receive_task", "catch_event", "event_gateway"})
_COMES: Final = frozenset({"timer", "message", "signal", "conditional"})
"""The boundary events that come from outside; errors and escalations are thrown by the drawing itself."""


@dataclass(frozen=True)
class Way:
    """One way that a case may go on from a live element.

    ``elements`` are what it comes to: user tasks, waits or an end, several where they are open together. ``flows`` are
    those taken where the drawing decides and what it will read is not known yet. ``event`` is the event that begins
    it, None where the element itself is completed. ``joined``: the way goes on once others have arrived as well.
    """

    elements: tuple[str, ...]
    flows: tuple[str, ...] = ()
    event: str | None = None
    joined: bool = False


@dataclass(frozen=True)
class _Trace:
    """What is known on a way: the values, less the roots that are written before they are read, and where it has been."""

    values: Mapping[str, Value] | None
    unknown: frozenset[str]
    outcome: tuple[str, str] | None = None
    been: frozenset[str] = frozenset()


def ways_ahead(
    definition: Definition,
    element_id: str,
    outcome: str | None = None,
    control: Mapping[str, Value] | None = None,
) -> tuple[Way, ...]:
    """Return the ways that lead on from a live element, in the order of the drawing, at most 24.

    ``outcome`` is what its task is completed with, where that is chosen; ``control`` the values of the case as
    ``read_control`` gives them. A condition that reads nothing else is decided, any other leaves both ways open.
    """
    element = definition.elements[element_id]
    known = (element.local, outcome) if outcome is not None else None
    trace = _Trace(control, frozenset({element.local, "facts"}), known, frozenset({element_id}))
    if element.kind == "event_gateway":
        found = [
            replace(way, event=definition.flows[flow].target)
            for flow in element.outgoing
            for way in _leave(definition, definition.elements[definition.flows[flow].target], trace)
        ]
    else:
        found = _leave(definition, element, trace)
    if outcome is None:
        for boundary in definition.boundaries.get(element_id, ()):
            event = definition.elements[boundary]
            if event.trigger is not None and event.trigger.type in _COMES:
                found += [replace(way, event=boundary) for way in _leave(definition, event, trace)]
    return tuple(dict.fromkeys(found))[:MOST]


def _leave(definition: Definition, element: Element, trace: _Trace) -> list[Way]:
    """The ways out of an element that is done."""
    if element.kind == "end_event":
        if element.parent is None:
            return [Way((element.id,))]
        around = definition.elements[element.parent]
        return [
            replace(way, joined=True) if around.several else way
            for way in _leave(definition, around, _beyond(around, trace))
        ]
    if element.kind == "exclusive_gateway" and len(element.outgoing) > 1:
        return _choose(definition, element, trace)
    if element.kind == "inclusive_gateway" and len(element.outgoing) > 1:
        verdicts = {
            flow: _verdict(definition, flow, trace) for flow in element.outgoing if flow != element.default
        }
        taken = [flow for flow, verdict in verdicts.items() if verdict is not False]
        taken = taken or ([element.default] if element.default else [])
        return _together(_arrive(definition, flow, trace, told=verdicts.get(flow) is None) for flow in taken)
    return _together(_arrive(definition, flow, trace) for flow in element.outgoing)


def _choose(definition: Definition, element: Element, trace: _Trace) -> list[Way]:
    """The ways out of an exclusive gateway: up to the first that is sure to be taken."""
    verdicts: list[tuple[str, bool | None]] = []
    for flow in element.outgoing:
        if flow != element.default:
            verdict = _verdict(definition, flow, trace)
            if verdict is not False:
                verdicts.append((flow, verdict))
            if verdict:
                break
    else:
        if element.default:
            verdicts.append((element.default, True))
    told = len(verdicts) > 1
    return [way for flow, _ in verdicts for way in _arrive(definition, flow, trace, told=told)]


def _verdict(definition: Definition, flow_id: str, trace: _Trace) -> bool | None:
    """Is the condition of a flow true, as far as that is known? None where it is not."""
    text = definition.flows[flow_id].condition
    if text is None:
        return None
    expression: Expression = definition.expressions[text]
    context: dict[str, Value] = dict(trace.values or {})
    for name in expression.names:
        root, _, rest = name.partition(".")
        if trace.outcome is not None and (root, rest) == (trace.outcome[0], "outcome"):
            context[root] = {"outcome": trace.outcome[1]}
        elif root in trace.unknown or trace.values is None:
            return None
    try:
        return expression.evaluate(context) is True
    except ExpressionError:
        return None


def _arrive(definition: Definition, flow_id: str, trace: _Trace, *, told: bool = False) -> list[Way]:
    """The ways on from what a flow leads to. ``told``: that it was taken is part of the answer."""
    element = definition.elements[definition.flows[flow_id].target]
    chosen = (flow_id,) if told else ()
    if element.kind in _STOPS:
        return [Way((element.id,), chosen)]
    if element.id in trace.been:
        return []
    unknown = trace.unknown | ({element.local} if element.produces else set())
    on = replace(trace, unknown=unknown, been=trace.been | {element.id})
    if element.id in definition.starts:
        inside = replace(on, values=None, outcome=None) if element.scoped else on
        found = _leave(definition, definition.elements[definition.starts[element.id]], inside)
    else:
        found = _leave(definition, element, on)
    joins = element.kind in {"parallel_gateway", "inclusive_gateway"} and len(element.incoming) > 1
    return [replace(way, flows=chosen + way.flows, joined=way.joined or joins) for way in found]


def _beyond(around: Element, trace: _Trace) -> _Trace:
    """What is known once a sub-process or called process is left: nothing of it, where it had a scope of its own."""
    if around.scoped:
        return replace(trace, values=None, outcome=None)
    return replace(trace, unknown=trace.unknown | {around.local})


def _together(branches: Iterable[list[Way]]) -> list[Way]:
    """What comes when every branch is gone at once."""
    found: list[Way] = []
    for several in product(*[ways for ways in branches if ways]):
        if not several:
            break
        found.append(
            Way(
                tuple(dict.fromkeys(element for way in several for element in way.elements)),
                tuple(dict.fromkeys(flow for way in several for flow in way.flows)),
                joined=any(way.joined for way in several),
            )
        )
        if len(found) == MOST:
            break
    return found
