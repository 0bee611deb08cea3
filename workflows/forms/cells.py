"""Marshmallow fields, one for each kind of answer: typed, bounded, and never an error other than ValidationError."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields

from workflows.forms.checks import CHECKS, CheckFailed, half_width
from workflows.forms.file_rules import file_rules
from workflows.forms.form import Field, plain_path, rows_limit
from workflows.forms.surroundings import around
from workflows.forms.typed import as_date, as_decimal, as_uuid, bounded, clean_text, refuse, row_id
from workflows.forms.vocabulary import (
    DECIMAL_DIGITS,
    MEDIA_TYPES,
    ROW_ID,
    TEXT_LIMIT,
    TEXTAREA_LIMIT,
    TODAY,
)

FIELD_PATH = re.compile(r"[A-Za-z_]\w{0,62}(\[\d{1,4}\])?(\.[A-Za-z_]\w{0,62}(\[\d{1,4}\])?){0,3}", re.ASCII)
_EARLIEST, _LATEST = date(1890, 1, 1), date(2199, 12, 31)
MAX_NAMES = 1_000


class Cell(fields.Field[Any], ABC):
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

    @abstractmethod
    def read(self, value: Any) -> Any:
        """The typed value, None for an empty one. Raises ValidationError."""


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
            return CHECKS[name].run(text, around.get().today)
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
        number = bounded(number, decimals)
        self._in_range(number)
        if self.component.properties.get("check") == "share" and not 0 < number <= 100:
            refuse("share")
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


class ChoiceCell(Cell):
    """select and radio: the value of one option."""

    def read(self, value: Any) -> str | None:
        if not isinstance(value, str):
            refuse("wrong_type")
        if not value:
            return None
        source = self.component.options_from
        if source is not None:
            if len(value) > 200 or not FIELD_PATH.fullmatch(value):
                refuse("wrong_choice")
            offered = around.get().choices.get(source)
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
        if self.component.validate.get("disallowPassedDates") and day < around.get().today:
            refuse("date_passed")
        self._within(day)
        return day

    def _within(self, day: date) -> None:
        first, last = (day_of(self.component, name, around.get().today) for name in ("earliest", "latest"))
        if first is not None and day < first:
            refuse("date_too_early", limit=first)
        if last is not None and day > last:
            by_today = self.component.properties.get("latest") == TODAY
            refuse("date_in_future" if by_today else "date_too_late", limit=last)


def day_of(component: Field, name: str, today: date) -> date | None:
    """The earliest or latest day that a date field takes, None where the form does not say."""
    said = component.properties.get(name)
    return today if said == TODAY else as_date(said)


class FilesCell(Cell):
    """filepicker: ids of files that were uploaded for this field."""

    def read(self, value: Any) -> list[UUID] | None:
        values = value if isinstance(value, list) else [value]
        limit = file_rules(self.component).files
        if len(values) > limit:
            refuse("too_many_files", limit=limit)
        ids = [as_uuid(one) for one in values if one not in (None, "")]
        if len(set(ids)) != len(ids):
            refuse("file_repeated")
        for one in ids:
            self._accept(one)
        return ids or None

    def _accept(self, file_id: UUID) -> None:
        info = around.get().files.get(file_id)
        if info is None or plain_path(info.field) != self.component.path:
            refuse("file_unknown")
        rules = file_rules(self.component)
        if info.media_type not in {MEDIA_TYPES[kind] for kind in rules.types}:
            refuse("file_type", types=", ".join(sorted(rules.types)))
        if info.size > rules.octets:
            refuse("file_too_large", limit=rules.megabytes)


class RowIdCell(fields.Field[Any]):
    """The id of a row that is a person: one that the server issued for this case."""

    def __init__(self) -> None:
        super().__init__(allow_none=True, attribute=ROW_ID, data_key=ROW_ID)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Mapping[str, Any] | None,  # noqa: ARG002 - marshmallow's signature
        **kwargs: Any,  # noqa: ARG002 - marshmallow's signature
    ) -> UUID | None:
        found = row_id(value)
        known = around.get().people
        if found is not None and known is not None and found not in known:
            refuse("row_unknown")
        return found


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
            refuse("too_many_rows", limit=limit, count=len(value))
        rows: list[dict[str, Any]] = []
        errors: dict[int, Any] = {}
        for place, given in enumerate(value):
            try:
                if isinstance(given, Mapping) and len(given) > MAX_NAMES:
                    refuse("wrong_type")
                rows.append(self.row.load(given))
            except ValidationError as error:
                errors[place] = error.messages
                rows.append(error.valid_data if isinstance(error.valid_data, dict) else {})
        if errors:
            raise ValidationError(errors, valid_data=rows)
        return rows or None
