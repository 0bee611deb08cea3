"""Comparison, membership and arithmetic as the compiled parts use them."""

from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from workflows.engine.expressions import values
from workflows.engine.expressions.values import Meter, Value

ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def comparison(operator: str) -> Callable[[Value, Value, Meter], bool | None]:
    if operator == "=":
        return values.equal
    if operator == "!=":

        def unequal(left: Value, right: Value, meter: Meter) -> bool | None:
            answer = values.equal(left, right, meter)
            return None if answer is None else not answer

        return unequal
    order = ORDER[operator]
    compared = values.compared
    return lambda left, right, _meter: compared(order, left, right)


CALCULATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": values.added,
    "-": values.subtracted,
    "*": values.multiplied,
    "/": values.divided,
    "**": values.power,
}


def any_true(
    checks: list[Callable[[Value, Any, Meter], Value]], value: Value, scope: Any, meter: Meter
) -> bool | None:
    """Three-valued ``or`` over tests of one value."""
    unknown = False
    for check in checks:
        answer = check(value, scope, meter)
        if answer is True:
            return True
        unknown = unknown or answer is None
    return None if unknown else False


def fits(value: Value, wanted: Value, meter: Meter) -> bool | None:
    if type(wanted) is not list:
        return values.equal(value, wanted, meter)
    if type(value) is list and values.equal(value, wanted, meter) is True:
        return True
    values.spend(meter, len(wanted))
    return any(values.equal(value, item, meter) is True for item in wanted)


def both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def at(items: list[Value], index: Value) -> Value:
    """The item at a place counted from 1, or from the end when negative; null where there is none."""
    if index != index.to_integral_value() or not 1 <= index.copy_abs() <= len(items):
        return None
    place = int(index)
    return items[place - 1 if place > 0 else place]
