"""JSON as this house reads and writes it: numbers are decimals, no key twice, nothing that a database cannot keep."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from flask.json.provider import JSONProvider

DEEPEST = 32
BIGGEST = Decimal(10) ** 18
FINEST = -12


class JsonRefused(ValueError):
    """The text is no JSON that we read; `reason` says why: malformed, constant, twice, deep, number, text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(text: str | bytes) -> Any:
    """Parse JSON strictly. Raises JsonRefused, never RecursionError or another ValueError.

    Limits: 32 levels, numbers below 10^18 with at most 12 decimals, no NUL and no half surrogate in texts.
    """
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_once
        )
    except JsonRefused:
        raise
    except RecursionError as error:
        reason = "deep"
        raise JsonRefused(reason) from error
    except ValueError as error:  # also UnicodeDecodeError
        reason = "malformed"
        raise JsonRefused(reason) from error
    _judge(value, 0)
    return value


def _whole(text: str) -> int:
    if len(text) > 19:
        reason = "number"
        raise JsonRefused(reason)
    return int(text)


def _constant(_name: str) -> NoReturn:
    reason = "constant"
    raise JsonRefused(reason)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        reason = "twice"
        raise JsonRefused(reason)
    return found


def _judge(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        reason = "deep"
        raise JsonRefused(reason)
    if isinstance(value, str):
        _judge_text(value)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        _judge_number(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _judge_text(key)
            _judge(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _judge(inner, depth + 1)


def _judge_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        reason = "text"
        raise JsonRefused(reason)


def _judge_number(number: Decimal | int) -> None:
    reason = "number"
    if isinstance(number, int):
        if abs(number) >= BIGGEST:
            raise JsonRefused(reason)
        return
    exponent = number.as_tuple().exponent
    # The exponent first: comparing 1E+999999999 would build the number.
    if not isinstance(exponent, int) or exponent < FINEST or number.adjusted() >= 18:
        raise JsonRefused(reason)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # A number without a point stays a number; money keeps its decimals as text elsewhere (schemas say so).
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if isinstance(value, frozenset | set) else list(value)
    message = f"no JSON for {type(value).__name__}"
    raise TypeError(message)


class StrictJson(JSONProvider):
    """Flask's JSON, with the strict reader and a writer that knows decimals, dates, ids and sets."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        kwargs.setdefault("default", _plain)
        kwargs.setdefault("ensure_ascii", False)
        return json.dumps(obj, allow_nan=False, **kwargs)

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        return read(s)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        body = self.dumps(self._prepare_response_obj(args, kwargs))
        return self._app.response_class(f"{body}\n", mimetype="application/json")
