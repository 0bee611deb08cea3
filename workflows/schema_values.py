"""Dates, numbers and amounts in the schemas of handlers and functions, as the engine holds them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields


class DateValue(fields.Field[date]):
    """A date as the engine holds it; texts are not dates here."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        message = "not a date"
        raise ValidationError(message)


class AmountValue(fields.Field[Decimal]):
    """An amount in yuan with at most two decimals, above zero and below a thousand million."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            amount = Decimal(value)
            if 0 < amount < 10**9 and amount == amount.quantize(Decimal("0.01")):
                return amount
        message = "not an amount in yuan"
        raise ValidationError(message)


class NumberValue(fields.Field[Decimal]):
    """A number as the engine holds it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            return Decimal(value)
        message = "not a number"
        raise ValidationError(message)
