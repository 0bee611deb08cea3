"""The values that the engine knows: None, bool, Decimal, str, date, datetime, list and dict. Nothing else enters."""

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal

from workflows.engine.errors import EngineError, Fault

Value = None | bool | Decimal | str | date | datetime | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 16
MAX_ITEMS = 20_000
MAX_DIGITS = 400  # digits and exponent together: what the journal can write down


def clean(value: object) -> Value:
    """Return a copy that shares nothing with ``value``; an int becomes a Decimal.

    Limits: 16 levels, 20,000 values in all, numbers of 400 digits written out. Raises EngineError (value_not_supported, value_too_large).
    """
    return _clean(value, MAX_DEPTH, [MAX_ITEMS])


def clean_mapping(values: Mapping[str, object]) -> dict[str, Value]:
    """``clean`` for a mapping whose keys are names."""
    copied = clean(dict(values))
    if not isinstance(copied, dict):
        raise EngineError(Fault.VALUE_NOT_SUPPORTED, "A mapping is needed.", type=type(values).__name__)
    return copied


def _clean(value: object, depth: int, left: list[int]) -> Value:
    left[0] -= 1
    if depth < 0 or left[0] < 0:
        raise EngineError(
            Fault.VALUE_TOO_LARGE, f"A value is deeper than {MAX_DEPTH} or holds over {MAX_ITEMS} parts."
        )
    if isinstance(value, dict):
        return {_text(key): _clean(part, depth - 1, left) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part, depth - 1, left) for part in value]
    return _leaf(value)


def _leaf(value: object) -> Value:
    if isinstance(value, datetime):
        # A zone with rules of its own would come back from storage as a plain offset: make it one at once.
        offset = value.utcoffset()
        if offset is None:
            message = "A date and time without a zone is no value of a process."
            raise EngineError(Fault.VALUE_NOT_SUPPORTED, message, type="local date and time")
        return value.replace(fold=0, tzinfo=timezone(offset))
    if value is None or isinstance(value, bool | date):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        value = Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        _, digits, exponent = value.as_tuple()
        if len(digits) + abs(int(exponent)) > MAX_DIGITS:
            raise EngineError(Fault.VALUE_TOO_LARGE, f"A number has over {MAX_DIGITS} digits.")
        return value
    raise EngineError(
        Fault.VALUE_NOT_SUPPORTED,
        f"A {type(value).__name__} is no value of a process.",
        type=type(value).__name__,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise EngineError(Fault.VALUE_NOT_SUPPORTED, "A name must be text.", type=type(value).__name__)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise EngineError(Fault.VALUE_NOT_SUPPORTED, "A text holds half a character.", type="str") from None
    return str(value)


def number_text(value: Decimal) -> str:
    """The one spelling of a number, equal for equal numbers: integer without trailing zeros, E, exponent.

    12.50 is ``125E-1``, 0.0 is ``0``, -300 is ``-3E2``, 7 is ``7``.
    """
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "0"
    bare = text.rstrip("0")
    power = int(exponent) + len(text) - len(bare)
    return ("-" if sign else "") + bare + (f"E{power}" if power else "")
