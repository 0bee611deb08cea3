"""Marshmallow fields, one for each kind of answer: typed, bounded, and never an error other than ValidationError."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

from workflows.forms.checks import CHECKS, CheckFailed, half_width
from workflows.forms.errors import ErrorCode
from workflows.forms.form import Field, plain_path
from workflows.forms.vocabulary import (
    DECIMAL_DIGITS,
    DEFAULT_SIZE_MB,
    DEFAULT_TYPES,
    INTEGER_DIGITS,
    MEDIA_TYPES,
    ROWS_LIMIT,
    TEXT_LIMIT,
    TEXTAREA_LIMIT,
)

# Control characters, lone surrogates, and the signs that turn the direction of text around.
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIELD_PATH = re.compile(r"[A-Za-z_]\w{0,62}(\[\d{1,4}\])?(\.[A-Za-z_]\w{0,62}(\[\d{1,4}\])?){0,3}", re.ASCII)
_EARLIEST, _LATEST = date(1890, 1, 1), date(2199, 12, 31)
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """What is known of a file that answers may name: for which field it came, its size in bytes, type and digest."""

    field: str
    size: int
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What checks need beside the answer: the day, the files at hand, the fields that other forms offer."""

    today: date
    files: Mapping[UUID, AttachmentInfo] = field(default_factory=dict)
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)


_around: ContextVar[Surroundings] = ContextVar("surroundings of the answers being loaded")


@contextmanager
def surrounded(surroundings: Surroundings) -> Iterator[None]:
    """Load answers within these surroundings."""
    token = _around.set(surroundings)
    try:
        yield
    finally:
        _around.reset(token)


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
    if _BAD.search(text):
        refuse("bad_characters")
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


class Cell(fields.Field[Any]):
    """An answer to one component. Empty answers become None."""

    def __init__(self, component: Field) -> None:
        super().__init__(allow_none=True, attribute=component.key, data_key=component.key)
        self.component = component

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - marshmallow's signature
        **kwargs: Any,  # noqa: ARG002 - marshmallow's signature
    ) -> Any:
        return self.read(value)

    def read(self, value: Any) -> Any:
        """The typed value, None for an empty one. Raises ValidationError."""
        raise NotImplementedError


class TextCell(Cell):
    """textfield and textarea."""

    def read(self, value: Any) -> str | None:
        component = self.component
        lines = component.type == "textarea"
        limit = component.validate.get("maxLength", TEXTAREA_LIMIT if lines else TEXT_LIMIT)
        text = clean_text(value, limit, lines=lines)
        if not text:
            return None
        if len(text) < component.validate.get("minLength", 0):
            refuse("too_short", limit=component.validate["minLength"])
        text = self._checked(text)
        return self._fitting(text)

    def _checked(self, text: str) -> str:
        name = self.component.properties.get("check")
        if name is None:
            return text
        try:
            return CHECKS[name].run(text, _around.get().today)
        except CheckFailed as failed:
            raise ValidationError([failed.error]) from None

    def _fitting(self, text: str) -> str:
        pattern = self.component.pattern
        if pattern is None or pattern.fits(text):
            return text
        narrow = half_width(text)  # digits typed with a Chinese input method
        if not pattern.fits(narrow):
            refuse("pattern")
        return narrow


class NumberCell(Cell):
    """number: a Decimal with a bounded number of digits, without needless zeros."""

    def read(self, value: Any) -> Decimal | None:
        if isinstance(value, str) and not value.strip():
            return None
        number = as_decimal(value)
        if number is None:
            refuse("not_a_number")
        decimals = self.component.decimal_digits
        decimals = DECIMAL_DIGITS if decimals is None else decimals
        number = _bounded(number, decimals)
        self._in_range(number)
        return number

    def _in_range(self, number: Decimal) -> None:
        low, high = (_limit(self.component.validate.get(name)) for name in ("min", "max"))
        if low is not None and high is not None and not low <= number <= high:
            refuse("out_of_range", low=low, high=high)
        if low is not None and number < low:
            refuse("too_small", low=low)
        if high is not None and number > high:
            refuse("too_large", high=high)


def _limit(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _bounded(number: Decimal, decimals: int) -> Decimal:
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


class ChoiceCell(Cell):
    """select and radio: the value of one option."""

    def read(self, value: Any) -> str | None:
        if not isinstance(value, str):
            refuse("wrong_type")
        if not value:
            return None
        source = self.component.options_from
        if source is not None:
            if len(value) > 200 or not _FIELD_PATH.fullmatch(value):
                refuse("wrong_choice")
            offered = _around.get().choices.get(source)
            if offered is not None and value not in offered and plain_path(value) not in offered:
                refuse("wrong_choice")
        elif not any(value == option.value for option in self.component.options):
            refuse("wrong_choice")
        return value


class ChoicesCell(Cell):
    """checklist: values of options, each once, in the order of the form."""

    def read(self, value: Any) -> list[str] | None:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            refuse("wrong_type")
        known = [option.value for option in self.component.options]
        if len(value) > len(known) or not set(value) <= set(known):
            refuse("wrong_choice")
        if len(set(value)) != len(value):
            refuse("repeated_choice")
        return [one for one in known if one in value] or None


class TickCell(Cell):
    """checkbox."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            refuse("wrong_type")
        return value


class DateCell(Cell):
    """datetime with subtype date."""

    def read(self, value: Any) -> date | None:
        if isinstance(value, str) and not value.strip():
            return None
        day = as_date(value)
        if day is None:
            refuse("not_a_date")
        if not _EARLIEST <= day <= _LATEST:
            refuse("date_out_of_range")
        if self.component.validate.get("disallowPassedDates") and day < _around.get().today:
            refuse("date_passed")
        return day


class FilesCell(Cell):
    """filepicker: ids of files that were uploaded for this field."""

    def read(self, value: Any) -> list[UUID] | None:
        values = value if isinstance(value, list) else [value]
        limit = int(self.component.properties.get("maxFiles", 1))
        if len(values) > limit:
            refuse("too_many_files", limit=limit)
        ids = [_uuid(one) for one in values if one not in (None, "")]
        if len(set(ids)) != len(ids):
            refuse("file_repeated")
        for one in ids:
            self._accept(one)
        return ids or None

    def _accept(self, file_id: UUID) -> None:
        info = _around.get().files.get(file_id)
        if info is None or plain_path(info.field) != self.component.path:
            refuse("file_unknown")
        types = kinds_of(self.component)
        if info.media_type not in {MEDIA_TYPES[kind] for kind in types}:
            refuse("file_type", types=", ".join(sorted(types)))
        limit = Decimal(self.component.properties.get("maxSizeMB", DEFAULT_SIZE_MB))
        if info.size > limit * MIB:
            refuse("file_too_large", limit=limit)


def kinds_of(component: Field) -> set[str]:
    """The file types that a filepicker takes."""
    types = str(component.properties.get("types", DEFAULT_TYPES))
    return {kind.strip().lower() for kind in types.split(",") if kind.strip()}


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or len(value) > 40:
        refuse("file_unknown")
    try:
        return UUID(value)
    except ValueError:
        refuse("file_unknown")


class RowsCell(Cell):
    """dynamiclist: rows, each checked by its own schema; the places of sound rows survive beside faulty ones."""

    def __init__(self, component: Field, row: Schema) -> None:
        super().__init__(component)
        self.row = row

    def read(self, value: Any) -> list[dict[str, Any]] | None:
        if not isinstance(value, list):
            refuse("wrong_type")
        limit = rows_limit(self.component)
        if len(value) > limit:
            refuse("too_many_rows", limit=limit)
        rows: list[dict[str, Any]] = []
        errors: dict[int, Any] = {}
        for place, given in enumerate(value):
            try:
                rows.append(self.row.load(given))
            except ValidationError as error:
                errors[place] = error.messages
                rows.append(error.valid_data if isinstance(error.valid_data, dict) else {})
        if errors:
            raise ValidationError(errors, valid_data=rows)
        return rows or None


def rows_limit(component: Field) -> int:
    """How many rows a list may have."""
    limit = component.properties.get("maxRows", component.validate.get("maxRows", ROWS_LIMIT))
    return int(limit)
