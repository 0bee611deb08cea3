"""Functions over strings: FEEL's names, plain texts instead of regular expressions, each charged by the length it reads."""

from collections.abc import Callable

from workflows.engine.expressions.errors import ExpressionError
from workflows.engine.expressions.values import (
    MAX_RESULT_CHARACTERS,
    MAX_RESULT_ITEMS,
    Meter,
    Value,
    number,
    spend,
)

_SIGNS = frozenset("\\.[]{}()*+?^$|")
_CHARACTERS_A_STEP = 64


def of_text(operation: Callable[[str], Value]) -> Callable[..., Value]:
    """A function of one text."""

    def on_text(value: Value, meter: Meter) -> Value:
        if type(value) is not str:
            return None
        spend(meter, len(value) // _CHARACTERS_A_STEP)
        result = operation(value)
        return _short(result) if type(result) is str and len(result) > len(value) else result

    return on_text


def of_texts(operation: Callable[[str, str], Value]) -> Callable[..., Value]:
    """A function of two texts."""

    def on_texts(left: Value, right: Value, meter: Meter) -> Value:
        if type(left) is not str or type(right) is not str:
            return None
        spend(meter, (len(left) + len(right)) // _CHARACTERS_A_STEP)
        return operation(left, right)

    return on_texts


def substring(text: Value, start: Value, *rest: Value) -> Value:
    first = whole(start)
    length = whole(rest[0]) if len(rest) == 2 else MAX_RESULT_CHARACTERS
    if type(text) is not str or not first or length is None or length < 1:
        return None
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin : begin + length]


def before(text: str, part: str) -> str:
    """What stands before the first place of a part; an empty text where there is none."""
    head, found, _ = text.partition(part) if part else ("", "", "")
    return head if found else ""


def after(text: str, part: str) -> str:
    """What stands after the first place of a part; the whole text after an empty one."""
    return text.partition(part)[2] if part else text


def replace(text: Value, pattern: Value, by: Value, meter: Meter) -> Value:
    """Every place of a plain text replaced. Raises ExpressionError for a pattern, or past the length of a result."""
    if type(text) is not str or type(pattern) is not str or type(by) is not str:
        return None
    part = plain(pattern)
    if "$" in by or "\\" in by:
        _refuse_pattern()
    if not part:
        return None
    spend(meter, len(text) // _CHARACTERS_A_STEP + 1)
    places = text.count(part)
    if len(text) + places * (len(by) - len(part)) > max(MAX_RESULT_CHARACTERS, len(text)):
        _short(None)
    return text.replace(part, by)


def split(text: Value, delimiter: Value, meter: Meter) -> Value:
    """The parts between the places of a plain text. Raises ExpressionError for a pattern, or past 10,000 parts."""
    if type(text) is not str or type(delimiter) is not str:
        return None
    part = plain(delimiter)
    if not part:
        return None
    spend(meter, len(text) // _CHARACTERS_A_STEP + 1)
    parts = text.count(part) + 1
    spend(meter, parts)
    if parts > MAX_RESULT_ITEMS:
        code = "too_large"
        raise ExpressionError(code, 0, f"A list with more than {MAX_RESULT_ITEMS} items came out.")
    return text.split(part)


def plain(pattern: str) -> str:
    """The text that a pattern without any wildcard stands for; ``\\.`` is a full stop.

    Raises ExpressionError for everything that a regular expression would read otherwise: backtracking cannot be bounded.
    """
    kept: list[str] = []
    signs = iter(pattern)
    for sign in signs:
        if sign == "\\":
            sign = next(signs, "")
            if sign not in _SIGNS or not sign:
                _refuse_pattern()
        elif sign in _SIGNS:
            _refuse_pattern()
        kept.append(sign)
    return "".join(kept)


def _refuse_pattern() -> None:
    code = "not_supported"
    message = 'replace and split take plain texts, no pattern and no $; write "\\\\." for a full stop itself.'
    raise ExpressionError(code, 0, message)


def whole(value: Value) -> int | None:
    """A whole number of reasonable size; digits after the point are dropped, as the standard does."""
    amount = number(value)
    if amount is None or amount.copy_abs() > 1_000_000:
        return None
    return int(amount)


def _short(text: str | None) -> str:
    if text is None or len(text) > MAX_RESULT_CHARACTERS:
        code = "too_large"
        raise ExpressionError(code, 0, f"A text longer than {MAX_RESULT_CHARACTERS} characters came out.")
    return text
