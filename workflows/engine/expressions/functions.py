"""The functions that expressions may call: FEEL's names, pure, bounded, null where an argument has the wrong kind."""

import re
from collections.abc import Callable
from datetime import date, datetime
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

from workflows.engine.expressions import lists
from workflows.engine.expressions.values import (
    ARITHMETIC,
    MAX_RESULT_CHARACTERS,
    Meter,
    Value,
    finite,
    number,
)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_AND_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?[0-9]{1,34}(\.[0-9]{1,34})?", re.ASCII)


class Function(NamedTuple):
    """How many arguments a function takes and what it does with them (the last one is the meter)."""

    least: int
    most: int
    run: Callable[..., Value]


def read_date(text: str) -> date | None:
    """A date from ``YYYY-MM-DD``; None when there is no such day."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_date_and_time(text: str) -> datetime | None:
    """A date and time from ISO 8601 with seconds; None when it is not one."""
    if not _DATE_AND_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _texts(operation: Callable[[str, str], Value]) -> Callable[..., Value]:
    def on_texts(left: Value, right: Value, _meter: Meter) -> Value:
        return operation(left, right) if type(left) is str and type(right) is str else None

    return on_texts


def _text(operation: Callable[[str], Value]) -> Callable[..., Value]:
    def on_text(value: Value, _meter: Meter) -> Value:
        return operation(value) if type(value) is str else None

    return on_text


def _substring(text: Value, start: Value, *rest: Value) -> Value:
    first = _whole(start)
    length = _whole(rest[0]) if len(rest) == 2 else MAX_RESULT_CHARACTERS
    if type(text) is not str or not first or length is None or length < 1:
        return None
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin : begin + length]


def _string(value: Value, _meter: Meter) -> Value:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) in (date, datetime):
        return value.isoformat()
    if type(value) is str:
        return value
    amount = number(value)
    return None if amount is None else format(amount, "f")


def _number(value: Value, _meter: Meter) -> Value:
    if type(value) is str:
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    return number(value)


def _whole(value: Value) -> int | None:
    """A whole number of reasonable size; digits after the point are dropped, as the standard does."""
    amount = number(value)
    if amount is None or amount.copy_abs() > 1_000_000:
        return None
    return int(amount)


def _rounded(rounding: str) -> Callable[..., Value]:
    def rounded(value: Value, *rest: Value) -> Value:
        amount = number(value)
        scale = _whole(rest[0]) if len(rest) == 2 else 0
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
    amount = number(value)
    return None if amount is None else amount.copy_abs()


def _date(*arguments: Value) -> Value:
    parts = arguments[:-1]
    if len(parts) == 1:
        if type(parts[0]) is str:
            return read_date(parts[0])
        if type(parts[0]) is datetime:
            return parts[0].date()
        return parts[0] if type(parts[0]) is date else None
    year, month, day = (_whole(part) for part in (*parts, None)[:3])
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _date_and_time(value: Value, _meter: Meter) -> Value:
    if type(value) is str:
        return read_date_and_time(value)
    return value if type(value) is datetime else None


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
    "string length": Function(1, 1, _text(lambda text: Decimal(len(text)))),
    "upper case": Function(1, 1, _text(str.upper)),
    "lower case": Function(1, 1, _text(str.lower)),
    "trim": Function(1, 1, _text(str.strip)),
    "contains": Function(2, 2, _texts(lambda text, part: part in text)),
    "starts with": Function(2, 2, _texts(str.startswith)),
    "ends with": Function(2, 2, _texts(str.endswith)),
    "substring": Function(2, 3, _substring),
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
    "date": Function(1, 3, _date),
    "date and time": Function(1, 1, _date_and_time),
    "is defined": Function(1, 1, _is_defined),
}
