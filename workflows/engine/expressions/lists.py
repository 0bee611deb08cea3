"""Functions over lists: sums, extremes, search. Null where an item has the wrong kind; every item costs a step."""

from collections.abc import Callable
from decimal import Decimal

from workflows.engine.expressions.texts import whole
from workflows.engine.expressions.values import (
    ARITHMETIC,
    Meter,
    Value,
    added,
    bounded,
    compared,
    equal,
    finite,
    items_of,
    number,
    spend,
)


def spread(arguments: tuple[Value, ...]) -> list[Value]:
    """``sum(1, 2)`` and ``sum([1, 2])`` are the same."""
    if len(arguments) == 1:
        return items_of(arguments[0])
    return list(arguments)


def count(*arguments: Value) -> Value:
    values, meter = arguments[0], arguments[-1]
    items = items_of(values)
    spend(meter, 1)
    return Decimal(len(items))


def total(*arguments: Value) -> Value:
    items = spread(arguments[:-1])
    spend(arguments[-1], len(items))
    if not items:
        return None
    result: Value = Decimal(0)
    for item in items:
        value = number(item)
        if value is None:
            return None
        result = ARITHMETIC.add(result, value)
    return finite(result)


def mean(*arguments: Value) -> Value:
    whole = total(*arguments)
    if whole is None:
        return None
    return finite(ARITHMETIC.divide(whole, Decimal(len(spread(arguments[:-1])))))


def extreme(operator: Callable[[Value, Value], bool]) -> Callable[..., Value]:
    def extreme(*arguments: Value) -> Value:
        items = spread(arguments[:-1])
        spend(arguments[-1], len(items))
        if not items or isinstance(items[0], (bool, list, dict)):
            return None
        best = items[0]
        if len(items) == 1 and compared(operator, best, best) is None:
            return None
        for item in items[1:]:
            better = compared(operator, item, best)
            if better is None:
                return None
            if better:
                best = item
        return best

    return extreme


def all_true(*arguments: Value) -> Value:
    items = spread(arguments[:-1])
    if arguments[0] is None and len(arguments) == 2:
        return None
    spend(arguments[-1], len(items))
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def any_true(*arguments: Value) -> Value:
    items = spread(arguments[:-1])
    if arguments[0] is None and len(arguments) == 2:
        return None
    spend(arguments[-1], len(items))
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def list_contains(values: Value, wanted: Value, meter: Meter) -> Value:
    items = items_of(values)
    spend(meter, len(items))
    return any(equal(item, wanted, meter) is True for item in items)


def index_of(values: Value, wanted: Value, meter: Meter) -> Value:
    items = items_of(values)
    spend(meter, len(items))
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(item, wanted, meter) is True]


def distinct(values: Value, meter: Meter) -> Value:
    kept: list[Value] = []
    for item in items_of(values):
        spend(meter, len(kept) + 1)
        if not any(equal(item, other, meter) is True for other in kept):
            kept.append(item)
    return kept


def concatenate(*arguments: Value) -> Value:
    joined: list[Value] = []
    for part in arguments[:-1]:
        joined.extend(items_of(part))
        bounded(joined)
    spend(arguments[-1], len(joined))
    return joined


def append(*arguments: Value) -> Value:
    items = [*items_of(arguments[0]), *arguments[1:-1]]
    spend(arguments[-1], len(items))
    return bounded(items)


def insert_before(values: Value, place: Value, item: Value, meter: Meter) -> Value:
    items = items_of(values)
    index = _place(place, len(items))
    spend(meter, len(items))
    return None if index is None else bounded([*items[:index], item, *items[index:]])


def remove(values: Value, place: Value, meter: Meter) -> Value:
    items = items_of(values)
    index = _place(place, len(items))
    spend(meter, len(items))
    return None if index is None else [*items[:index], *items[index + 1 :]]


def reverse(values: Value, meter: Meter) -> Value:
    items = items_of(values)
    spend(meter, len(items))
    return items[::-1]


def sublist(values: Value, start: Value, *rest: Value) -> Value:
    items = items_of(values)
    index = _place(start, len(items))
    length = whole(rest[0]) if len(rest) == 2 else len(items)
    if index is None or length is None or length < 0 or (len(rest) == 2 and index + length > len(items)):
        return None
    spend(rest[-1], length)
    return items[index : index + length]


def union(*arguments: Value) -> Value:
    return distinct(concatenate(*arguments), arguments[-1])


def product(*arguments: Value) -> Value:
    items = spread(arguments[:-1])
    spend(arguments[-1], len(items))
    result: Value = Decimal(1)
    for item in items:
        value = number(item)
        if value is None:
            return None
        result = ARITHMETIC.multiply(result, value)
    return finite(result) if items else None


def median(*arguments: Value) -> Value:
    items = spread(arguments[:-1])
    spend(arguments[-1], len(items) * 4)
    amounts = [number(item) for item in items]
    ordered = sorted(amount for amount in amounts if amount is not None)
    if not items or len(ordered) != len(items):
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return finite(ARITHMETIC.divide(ARITHMETIC.add(ordered[middle - 1], ordered[middle]), Decimal(2)))


def _place(place: Value, length: int) -> int | None:
    """The index of a place counted from 1, or from the end when negative; None where there is none."""
    at = whole(place)
    if not at or abs(at) > length:
        return None
    return at - 1 if at > 0 else length + at


def flatten(values: Value, meter: Meter) -> Value:
    flat: list[Value] = []
    waiting = [iter(items_of(values))]
    while waiting:
        item = next(waiting[-1], waiting)
        spend(meter, 1)
        if item is waiting:
            waiting.pop()
        elif type(item) is list:
            waiting.append(iter(item))
        else:
            flat.append(item)
    return bounded(flat)


def string_join(values: Value, *rest: Value) -> Value:
    separator = rest[0] if len(rest) == 2 and rest[0] is not None else ""
    if values is None:
        return None
    items = [item for item in items_of(values) if item is not None]
    spend(rest[-1], len(items))
    result: Value = None
    for item in items:
        result = item if result is None else added(added(result, separator), item)
        if type(result) is not str:
            return None
    return "" if result is None else result
