"""The functions that expressions may call: FEEL's names, pure, bounded, null where an argument has the wrong kind."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from operator import gt, lt
from typing import NamedTuple

from workflows.engine.expressions import lists, moments, texts
from workflows.engine.expressions.temporal import Months, text_of
from workflows.engine.expressions.texts import of_text, of_texts, whole
from workflows.engine.expressions.values import ARITHMETIC, Meter, Value, finite, number

_NUMBER = re.compile(r"-?[0-9]{1,34}(\.[0-9]{1,34})?", re.ASCII)


class Function(NamedTuple):
    """How many arguments a function takes and what it does with them (the last one is the meter)."""

    least: int
    most: int
    run: Callable[..., Value]


def _string(value: Value, _meter: Meter) -> Value:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is str:
        return value
    amount = number(value)
    return text_of(value) if amount is None else format(amount, "f")


def _number(value: Value, _meter: Meter) -> Value:
    if type(value) is str:
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    return number(value)


def _rounded(rounding: str) -> Callable[..., Value]:
    def rounded(value: Value, *rest: Value) -> Value:
        amount = number(value)
        scale = whole(rest[0]) if len(rest) == 2 else 0
        if amount is None or scale is None or not -6111 <= scale <= 6176:
            return None
        context = ARITHMETIC.copy()
        context.rounding = rounding
        result = context.quantize(amount, Decimal(1).scaleb(-scale))
        if not result.is_finite():  # already coarser than 34 digits can show
            return amount
        return ARITHMETIC.plus(result) if scale >= 0 else Decimal(format(ARITHMETIC.plus(result), "f"))

    return rounded


def _modulo(left: Value, right: Value, _meter: Meter) -> Value:
    """FEEL: the sign of the divisor."""
    dividend, divisor = number(left), number(right)
    if dividend is None or divisor is None or divisor == 0:
        return None
    rest = ARITHMETIC.remainder(dividend, divisor)
    if rest.is_finite() and rest != 0 and (rest < 0) != (divisor < 0):
        rest = ARITHMETIC.add(rest, divisor)
    return finite(rest)


def _abs(value: Value, _meter: Meter) -> Value:
    if type(value) is timedelta:
        return abs(value)
    if type(value) is Months:
        return Months(abs(value.total))
    amount = number(value)
    return None if amount is None else amount.copy_abs()


def _is_defined(value: Value, _meter: Meter) -> Value:
    return value is not None


MANY = 50

FUNCTIONS: dict[str, Function] = {
    "count": Function(1, 1, lists.count),
    "sum": Function(1, MANY, lists.total),
    "mean": Function(1, MANY, lists.mean),
    "min": Function(1, MANY, lists.extreme(lt)),
    "max": Function(1, MANY, lists.extreme(gt)),
    "all": Function(1, MANY, lists.all_true),
    "any": Function(1, MANY, lists.any_true),
    "list contains": Function(2, 2, lists.list_contains),
    "index of": Function(2, 2, lists.index_of),
    "distinct values": Function(1, 1, lists.distinct),
    "concatenate": Function(1, MANY, lists.concatenate),
    "flatten": Function(1, 1, lists.flatten),
    "append": Function(2, MANY, lists.append),
    "insert before": Function(3, 3, lists.insert_before),
    "remove": Function(2, 2, lists.remove),
    "reverse": Function(1, 1, lists.reverse),
    "sublist": Function(2, 3, lists.sublist),
    "union": Function(1, MANY, lists.union),
    "product": Function(1, MANY, lists.product),
    "median": Function(1, MANY, lists.median),
    "string length": Function(1, 1, of_text(lambda text: Decimal(len(text)))),
    "upper case": Function(1, 1, of_text(str.upper)),
    "lower case": Function(1, 1, of_text(str.lower)),
    "trim": Function(1, 1, of_text(str.strip)),
    "contains": Function(2, 2, of_texts(lambda text, part: part in text)),
    "starts with": Function(2, 2, of_texts(str.startswith)),
    "ends with": Function(2, 2, of_texts(str.endswith)),
    "substring": Function(2, 3, texts.substring),
    "substring before": Function(2, 2, of_texts(texts.before)),
    "substring after": Function(2, 2, of_texts(texts.after)),
    "replace": Function(3, 3, texts.replace),
    "split": Function(2, 2, texts.split),
    "string": Function(1, 1, _string),
    "string join": Function(1, 2, lists.string_join),
    "number": Function(1, 1, _number),
    "abs": Function(1, 1, _abs),
    "floor": Function(1, 2, _rounded(ROUND_FLOOR)),
    "ceiling": Function(1, 2, _rounded(ROUND_CEILING)),
    "decimal": Function(2, 2, _rounded(ROUND_HALF_EVEN)),
    "round up": Function(2, 2, _rounded(ROUND_UP)),
    "round down": Function(2, 2, _rounded(ROUND_DOWN)),
    "round half up": Function(2, 2, _rounded(ROUND_HALF_UP)),
    "round half down": Function(2, 2, _rounded(ROUND_HALF_DOWN)),
    "modulo": Function(2, 2, _modulo),
    "date": Function(1, 3, moments.date_of),
    "date and time": Function(1, 2, moments.date_and_time),
    "time": Function(1, 4, moments.time_of),
    "duration": Function(1, 1, moments.duration),
    "years and months duration": Function(2, 2, moments.years_and_months_duration),
    "day of week": Function(1, 1, moments.day_of_week),
    "day of year": Function(1, 1, moments.day_of_year),
    "week of year": Function(1, 1, moments.week_of_year),
    "month of year": Function(1, 1, moments.month_of_year),
    "is defined": Function(1, 1, _is_defined),
}
