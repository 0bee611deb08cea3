"""One value at a time: texts, numbers and days from what was typed or posted, bounded before anything is done."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from marshmallow import ValidationError

from workflows.forms.checks import half_width
from workflows.forms.errors import ErrorCode
from workflows.forms.vocabulary import INTEGER_DIGITS

# Control characters, lone surrogates, and the signs that turn the direction of text around.
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def refuse(code: str, **params: Any) -> NoReturn:
    """Refuse an answer."""
    raise ValidationError([ErrorCode(code, params)])


def clean_text(value: Any, limit: int, *, lines: bool) -> str:
    """A text without control characters and without space around it; raises ValidationError."""
    if not isinstance(value, str):
        refuse("wrong_type")
    if len(value) > limit + 1_000:  # do not work on what is refused anyway; trimming may still save a little
        refuse("too_long", limit=limit)
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if bad := _BAD.search(text):
        refuse("bad_characters", char=f"U+{ord(bad[0]):04X}")
    text = text.strip() if lines else " ".join(text.split("\n")).strip()
    if len(text) > limit:
        refuse("too_long", limit=limit)
    return text


def as_decimal(value: Any) -> Decimal | None:
    """A number from JSON or as typed, full-width digits included; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < 10**40 else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str):
        text = half_width(value[:100]).strip()
        if len(value) <= 100 and _NUMBER.fullmatch(text):
            return Decimal(text)
    return None


def as_date(value: Any) -> date | None:
    """A date, or a text YYYY-MM-DD; None when there is no such day."""
    if type(value) is date:
        return value
    if isinstance(value, str) and len(value) <= 40:
        text = half_width(value).strip()
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                return None
    return None


def bounded(number: Decimal, decimals: int) -> Decimal:
    """The number without needless zeros; raises ValidationError when it has too many digits."""
    digits = number.as_tuple().digits
    if len(digits) > 60 or (number and not -40 <= number.adjusted() < INTEGER_DIGITS):
        refuse("too_many_digits", digits=INTEGER_DIGITS)
    text = format(number, "f")
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    if len(rest) > decimals:
        if decimals == 0:
            refuse("not_whole")
        refuse("too_many_decimals", decimals=decimals)
    plain = f"{whole}.{rest}" if rest else whole
    result = Decimal(plain)
    return Decimal(0) if result == 0 else result


def as_uuid(value: Any) -> UUID:
    """The id of a file; raises ValidationError."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) > 40:
        refuse("file_unknown")
    try:
        return UUID(value)
    except ValueError:
        refuse("file_unknown")


def row_id(value: Any) -> UUID | None:
    """The id of a row that is a person, None for an empty one; raises ValidationError."""
    if value is None or value == "":
        return None
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) > 40:
        refuse("row_unknown")
    try:
        return UUID(value)
    except ValueError:
        refuse("row_unknown")
