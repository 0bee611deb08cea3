"""The values of expressions: how they compare, equal, add up, and what they may cost.

Kinds are null, boolean, number (Decimal), string, date, date and time, time, the two durations, list and context (dict).
Anything else that a caller hands in equals nothing and has no order; nothing here ever reads an attribute by a name from
a diagram.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from workflows.engine.expressions import temporal
from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.temporal import Months

Value = Any
Meter = list[int]

MAX_RESULT_CHARACTERS = 20_000
MAX_RESULT_ITEMS = 10_000
STEPS = 200_000

# decimal128, as the DMN standard wants: 34 digits, half to even. No traps: a result that is no number becomes null.
ARITHMETIC = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])

_ORDERED = frozenset({Decimal, str, date, datetime, time, timedelta, Months})
_MOMENTS = frozenset({date, datetime, time, timedelta, Months})
_LENGTHS = frozenset({timedelta, Months})


def spend(meter: Meter, steps: int) -> None:
    """Take steps from what one evaluation may cost; raises ExpressionError when nothing is left."""
    meter[0] -= steps
    if meter[0] < 0:
        code = "too_much_work"
        raise ExpressionError(code, 0, "The expression takes too many steps on this data.")


def number(value: Value) -> Decimal | None:
    """The value as a finite Decimal, or None when it is no number."""
    kind = type(value)
    if kind is Decimal:
        return value if value.is_finite() else None
    if kind is int:
        return Decimal(value)
    return None


def finite(value: Decimal) -> Decimal | None:
    """What arithmetic gives back: null instead of infinity or NaN."""
    return value if value.is_finite() else None


def equal(left: Value, right: Value, meter: Meter) -> bool | None:
    """FEEL's ``=``: null equals null only, values of different kinds compare to null (unknown)."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is type(right):
        if kind in _ORDERED or kind is bool:
            return bool(left == right)
        if kind is list:
            return _equal_lists(left, right, meter)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return _equal_contexts(left, right, meter)
    one, other = number(left), number(right)
    if one is None or other is None:
        return None
    return one == other


def _equal_lists(left: list[Value], right: list[Value], meter: Meter) -> bool | None:
    if len(left) != len(right):
        return False
    spend(meter, len(left))
    answers = [equal(one, other, meter) for one, other in zip(left, right, strict=True)]
    return None if None in answers and False not in answers else all(answers)


def _equal_contexts(left: Mapping[str, Value], right: Mapping[str, Value], meter: Meter) -> bool | None:
    if left.keys() != right.keys():
        return False
    spend(meter, len(left))
    answers = [equal(value, right[key], meter) for key, value in left.items()]
    return None if None in answers and False not in answers else all(answers)


def compared(operator: Callable[[Any, Any], bool], left: Value, right: Value) -> bool | None:
    """``<`` and its kin: numbers, strings, moments, durations, each with its own kind only; else null."""
    kind = type(left)
    if kind is type(right) and kind in _ORDERED:
        try:
            return operator(left, right)
        except (TypeError, ArithmeticError):  # a date and time with a zone beside one without, or NaN
            return None
    one, other = number(left), number(right)
    if one is None or other is None:
        return None
    return operator(one, other)


def added(left: Value, right: Value) -> Value:
    """``+``: numbers and durations add up, strings join, moments move; everything else is null."""
    if type(left) is str and type(right) is str:
        if len(left) + len(right) > MAX_RESULT_CHARACTERS:
            code = "too_large"
            raise ExpressionError(code, 0, f"A text longer than {MAX_RESULT_CHARACTERS} characters came out.")
        return left + right
    if type(left) in _MOMENTS or type(right) in _MOMENTS:
        return temporal.plus(left, right)
    return arithmetic(ARITHMETIC.add, left, right)


def subtracted(left: Value, right: Value) -> Value:
    """``-``: of numbers, of durations, of moments and durations, and between two moments; everything else is null."""
    if type(left) in _MOMENTS:
        return temporal.minus(left, right)
    return arithmetic(ARITHMETIC.subtract, left, right)


def multiplied(left: Value, right: Value) -> Value:
    """``*``: numbers, or a duration and a number; everything else is null."""
    if type(left) in _LENGTHS or type(right) in _LENGTHS:
        length, factor = (left, number(right)) if type(left) in _LENGTHS else (right, number(left))
        return None if factor is None else temporal.times(length, factor)
    return arithmetic(ARITHMETIC.multiply, left, right)


def divided(left: Value, right: Value) -> Value:
    """``/``: numbers, a duration by a number, or two durations of one kind (a number); everything else is null."""
    if type(left) not in _LENGTHS:
        return arithmetic(ARITHMETIC.divide, left, right)
    if type(left) is type(right):
        return arithmetic(ARITHMETIC.divide, temporal.size(left), temporal.size(right))
    divisor = number(right)
    if divisor is None or divisor == 0:
        return None
    share = finite(ARITHMETIC.divide(temporal.size(left), divisor))
    if share is None:
        return None
    unit = Months(1) if type(left) is Months else temporal.MICROSECOND
    return temporal.times(unit, share)


def arithmetic(operation: Callable[[Decimal, Decimal], Decimal], left: Value, right: Value) -> Decimal | None:
    """A calculation with two numbers; null when either is none, or when the result is not finite."""
    one = number(left)
    other = number(right)
    if one is None or other is None:
        return None
    return finite(operation(one, other))


def power(left: Value, right: Value) -> Decimal | None:
    """``**`` with a whole exponent of at most three digits; a larger one is an error, not a long wait."""
    base, exponent = number(left), number(right)
    if base is None or exponent is None:
        return None
    if exponent != exponent.to_integral_value() or exponent.copy_abs() > 999:
        code = "power_too_large"
        raise ExpressionError(code, 0, "The exponent of ** must be a whole number from -999 to 999.")
    return finite(ARITHMETIC.power(base, exponent))


def bounded(items: list[Value]) -> list[Value]:
    """The list itself; raises ExpressionError when it is longer than a result may be."""
    if len(items) > MAX_RESULT_ITEMS:
        code = "too_large"
        raise ExpressionError(code, 0, f"A list with more than {MAX_RESULT_ITEMS} items came out.")
    return items


def items_of(value: Value) -> list[Value]:
    """A list as it is, null as the empty list, anything else as a list of one (FEEL's coercion)."""
    if type(value) is list:
        return value
    if value is None:
        return []
    if type(value) is tuple:
        return list(value)
    return [value]


def step_into(value: Value, name: str, meter: Meter) -> Value:
    """``value.name``: an entry of a context, the same entry of every item of a list, or a part of a date."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list or kind is tuple:
        spend(meter, len(value))
        return [step_into(item, name, meter) if item is not None else None for item in value]
    if kind in _MOMENTS:
        return temporal.part(value, name)
    if isinstance(value, Mapping):
        return value.get(name)
    return None
