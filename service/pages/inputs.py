"""What the input of a field is given: its value as it is typed, its limits, its width."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from service.pages.words import local

if TYPE_CHECKING:
    from workflows.forms import Field

WIDE = frozenset(
    {"textarea", "dynamiclist", "filepicker", "text", "separator", "group", "checklist", "radio"}
)


def as_list(given: Any) -> list[Any]:
    """Return a list for a value that may be one thing."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def as_typed(given: Any) -> str:
    """Return what stands in an input for a kept value."""
    if given is None or isinstance(given, list | dict | bool):
        return ""
    if isinstance(given, Decimal):
        return format(given.normalize(), "f") if given == given.to_integral() else format(given, "f")
    return given.isoformat() if hasattr(given, "isoformat") else str(given)


def limits(one: "Field") -> dict[str, Any]:
    """Return the limits that the browser may know of; the server checks them all again.

    It is not told how long a text may be: it counts otherwise than we do, and cuts what is pasted without a word.
    """
    from service.current import clock
    from workflows.forms.cells import day_of

    if one.type == "datetime":
        today = local(clock().now()).date()
        days = {"minimum": day_of(one, "earliest", today), "maximum": day_of(one, "latest", today)}
        return {name: as_typed(day) for name, day in days.items()}
    if one.type != "number":
        return {}
    return {name: as_typed(one.validate.get(rule)) for name, rule in (("minimum", "min"), ("maximum", "max"))}


def width_of(one: "Field") -> str:
    """Return the class of the column: as wide as form-js says (of 16), else by what is written in it."""
    columns = getattr(one, "columns", None)
    if columns:
        share = columns * 12 // 16
        return (
            "w12"
            if share >= 10
            else "w8"
            if share >= 7
            else "w6"
            if share >= 5
            else ""
            if share >= 4
            else "w3"
        )
    if one.type in WIDE:
        return "w12"
    return "w3" if one.type in ("number", "datetime") else "w6" if one.type == "textfield" else ""
