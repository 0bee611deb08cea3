"""Business errors: whether what a boundary event catches is reported by anything within its activity."""

from workflows.engine import Definition, Element
from workflows.handlers import HANDLERS
from workflows.packages.parts import Parts


def check_errors(parts: Parts) -> None:
    """Note every boundary event for an error that its activity never throws."""
    if parts.definition is None:
        return
    for event in parts.elements("boundary_event"):
        if event.trigger is None or event.trigger.type != "error":
            continue
        host = parts.definition.elements[event.attached_to or ""]
        thrown = _thrown(parts.definition, host)
        if event.trigger.name not in thrown and (event.trigger.name or not thrown):
            wanted = f"the error '{event.trigger.name}'" if event.trigger.name else "errors"
            known = ", ".join(sorted(thrown)) or "none"
            message = f"'{event.id}' catches {wanted} of '{host.id}', which throws {known}."
            parts.refuse_element(event, "error_never_thrown", message, error=event.trigger.name)


def _thrown(definition: Definition, host: Element) -> set[str]:
    """Return the codes that an activity can end with: those of its handler, or of all that lies within it."""
    inside, stack = [host], [host.id]
    while stack:
        parent = stack.pop()
        children = [element for element in definition.elements.values() if element.parent == parent]
        inside += children
        stack += [child.id for child in children]
    codes: set[str] = set()
    for element in inside:
        if element.kind == "service_task":
            handler = HANDLERS.get(element.properties.get("handler", ""))
            codes.update(handler.errors if handler else ())
        elif element.kind == "end_event" and element.trigger and element.trigger.type == "error":
            codes.add(element.trigger.name)
    return codes
