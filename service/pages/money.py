"""Amounts as an official writes them: grouped, with the unit, and in capital words for whoever reads Chinese."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from flask_babel import get_locale

from service.pages.words import gettext

if TYPE_CHECKING:
    from workflows.forms import Field
UNITS = {"yuan": Decimal(1), "wan": Decimal(10_000)}


def unit_of(one: "Field") -> str:
    """Return the unit of an amount, empty for any other field."""
    unit = one.properties.get("money")
    return gettext(f"format.money_{unit}") if unit in UNITS else ""


def amount(one: "Field", given: Any) -> str:
    """Return an amount grouped and with its unit, 12,000.00 元 or 1.2 万元; empty for what is no amount."""
    number = number_of(one, given)
    if number is None:
        return ""
    pattern = "#,##0.00" if one.properties["money"] == "yuan" else "#,##0.######"
    return f"{format_decimal(number, pattern, locale=get_locale())} {unit_of(one)}"


def amount_in_words(one: "Field", given: Any) -> str:
    """Return an amount in capital words (大写); empty in other languages and for what vouchers have no words for."""
    from workflows.functions.amount import in_words

    number = number_of(one, given)
    locale = get_locale() if number is not None else None
    if number is None or locale is None or locale.language != "zh":
        return ""
    try:
        return in_words(number * UNITS[one.properties["money"]])
    except ValueError:
        return ""


def number_of(one: "Field", given: Any) -> Decimal | None:
    """Return the number of an amount of money, None for what is none."""
    if one.properties.get("money") not in UNITS:
        return None
    from workflows.forms.typed import as_decimal

    return as_decimal(given)
