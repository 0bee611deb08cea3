"""Every place of a drawing where an expression stands, with the line of its text."""

from collections.abc import Iterator, Mapping
from typing import Final

from workflows.engine import Element
from workflows.engine.checks.slots import Slot, slots_of
from workflows.engine.expressions import Type
from workflows.functions import FUNCTIONS, Function
from workflows.handlers import HANDLERS, Handler
from workflows.packages.calls import INPUT_KINDS
from workflows.packages.kinds import item_of, kinds_of_schema
from workflows.packages.parts import Parts

BOOLEAN: Final = frozenset({"boolean"})


def drawn_slots(parts: Parts) -> Iterator[tuple[str, Element | None, Slot]]:
    """Return each expression with the id of the flow or element that holds it, flows first.

    Those of a called process are left out: they were checked with that process. So are the outputs of a call, which
    read the names of the called process.
    """
    if parts.definition is None:
        return
    for flow in parts.definition.flows.values():
        if flow.condition and "." not in flow.source:
            yield flow.id, None, Slot("condition", flow.condition, flow.line, BOOLEAN)
    for element in parts.definition.elements.values():
        if "." not in element.id:
            for slot in slots_of(element):
                if not (element.kind == "call_activity" and slot.place.startswith("output.")):
                    yield element.id, element, slot


def kinds_at(parts: Parts, element: Element, slot: Slot, kinds: Mapping[str, Type]) -> dict[str, Type]:
    """Return the names that an expression finds: those of the process, and the members of the lists around it."""
    found = dict(kinds)
    elements = parts.definition.elements if parts.definition else {}
    around: list[Element] = []
    holder = (
        element
        if slot.place.startswith(("input.", "output.", "result"))
        else elements.get(element.parent or "")
    )
    while holder is not None:
        around.append(holder)
        holder = elements.get(holder.parent or "")
    for one in reversed(around):
        each, item = one.properties.get("each"), one.properties.get("item")
        if each is not None and item is not None:
            found[item] = item_of(each, found)
    return found


def wanted_at(parts: Parts, element: Element, slot: Slot) -> frozenset[str] | None:
    """Return the kind that a handler, function or called process takes here, None where any of the slot will do."""
    if not slot.place.startswith("input."):
        return None
    name = slot.place.removeprefix("input.")
    called = parts.calls.get(element.id)
    if called is not None:
        declared = called.manifest.inputs.get(name)
        return None if declared is None else frozenset({INPUT_KINDS[declared].kind})
    taker: Handler | Function | None = None
    if element.kind == "service_task":
        taker = HANDLERS.get(element.properties.get("handler", ""))
    elif element.kind == "script_task":
        taker = FUNCTIONS.get(element.properties.get("function", ""))
    kind = kinds_of_schema(taker.input).get(name) if taker else None
    return None if kind is None or kind.kind == "any" else frozenset({kind.kind})
