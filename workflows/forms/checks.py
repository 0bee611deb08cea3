"""Checks of identifiers by name: ``properties.check`` of a text field. Each gives the value as it is kept."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from workflows.forms.errors import ErrorCode

# Full-width digits, letters and signs as Chinese input methods write them, and the wide dashes people copy.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2010: "-",
    0x2011: "-",
    0x2012: "-",
    0x2013: "-",
    0x2014: "-",
    0x2212: "-",
    0x00A0: " ",
}
_SEPARATORS = re.compile(r"[\s-]+")
_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,9}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,9}[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_LANDLINE = re.compile(
    r"(?:0[1-9][0-9]{1,2}-?)?[2-9][0-9]{6,7}(?:(?:-|转|x)[0-9]{1,6})?|[48]00-?[0-9]{3}-?[0-9]{4}"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(r"[1-9AJNPY][0-9A-HJ-NP-RT-UW-Y][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}")
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
# GB 11643 numbers of the residence permits for Hong Kong, Macao and Taiwan: the prefix stands for the region.
_PERMIT = re.compile(r"8[123]0000[0-9]{11}[0-9X]")
_OLDEST = date(1890, 1, 1)


class CheckFailed(Exception):
    """The value does not pass; ``error`` says why."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.error = ErrorCode(code, params)


@dataclass(frozen=True, slots=True)
class IdentifierCheck:
    """A named check: ``run(value, today)`` returns the value in its one written form or raises CheckFailed."""

    name: str
    run: Callable[[str, date], str]


def half_width(text: str) -> str:
    """Digits, letters and signs in half width."""
    return text.translate(_HALF_WIDTH)


def compact(text: str) -> str:
    """Half width, without spaces and hyphens, in capitals."""
    return _SEPARATORS.sub("", half_width(text)).upper()


def cn_id(text: str, today: date) -> str:
    """A resident identity number of 18 characters (GB 11643), residence permits 81, 82 and 83 included."""
    number = compact(text)
    if len(number) != 18:
        raise CheckFailed(code="cn_id_length", length=len(number))
    if not (number[:17].isascii() and number[:17].isdigit() and number[17] in "0123456789X"):
        raise CheckFailed(code="cn_id")
    try:
        born = ric.get_birth_date(number)
        if number[17] != ric.calc_check_digit(number):
            raise CheckFailed(code="cn_id")
        if number[:2] in ("81", "82", "83"):
            if not _PERMIT.fullmatch(number):
                raise CheckFailed(code="cn_id")
        else:
            ric.validate(number)
    except (ValidationError, ValueError):
        raise CheckFailed(code="cn_id") from None
    if not _OLDEST <= born <= today:
        raise CheckFailed(code="cn_id_birth")
    return number


def uscc(text: str, _today: date) -> str:
    """A unified social credit code (GB 32100), letter-leading ones included."""
    code = compact(text)
    if len(code) != 18:
        raise CheckFailed(code="uscc_length", length=len(code))
    if not _USCC.fullmatch(code):
        raise CheckFailed(code="uscc")
    total = sum(
        _USCC_CHARACTERS.index(sign) * weight for sign, weight in zip(code[:17], _USCC_WEIGHTS, strict=True)
    )
    if code[17] != _USCC_CHARACTERS[(31 - total) % 31]:
        raise CheckFailed(code="uscc")
    return code


def mobile(text: str, _today: date) -> str:
    """A mobile number of mainland China, kept as eleven digits; +86 in front is dropped."""
    number = compact(text).removeprefix("+86").removeprefix("0086")
    if len(number) == 13:
        number = number.removeprefix("86")
    if not _MOBILE.fullmatch(number):
        raise CheckFailed(code="mobile")
    return number


def landline(text: str, _today: date) -> str:
    """A fixed line with area code, with an extension where there is one, or a 400 or 800 number."""
    number = re.sub(r"\s+", "", half_width(text)).replace("(", "").replace(")", "-").replace("--", "-")
    number = number.removeprefix("+86-").removeprefix("+86")
    if not _LANDLINE.fullmatch(number):
        raise CheckFailed(code="landline")
    return number


def phone(text: str, today: date) -> str:
    """A mobile number or a fixed line."""
    try:
        return mobile(text, today)
    except CheckFailed:
        try:
            return landline(text, today)
        except CheckFailed:
            raise CheckFailed(code="phone") from None


def mail(text: str, _today: date) -> str:
    """A mail address; the domain is kept in small letters."""
    address = half_width(text).strip()
    local, at, domain = address.rpartition("@")
    if len(address) > 254 or not at or not _MAIL.fullmatch(address):
        raise CheckFailed(code="mail")
    return f"{local}@{domain.lower()}"


def bank_account(text: str, _today: date) -> str:
    """An account number of an enterprise: 8 to 32 digits; banks use no common check digit."""
    number = compact(text)
    if not (number.isascii() and number.isdigit() and 8 <= len(number) <= 32):
        raise CheckFailed(code="bank_account")
    return number


def bank_card(text: str, _today: date) -> str:
    """A card number: 13 to 19 digits with Luhn's check digit (ISO/IEC 7812)."""
    number = compact(text)
    if not (number.isascii() and number.isdigit() and 13 <= len(number) <= 19 and luhn.is_valid(number)):
        raise CheckFailed(code="bank_card")
    return number


def tax_number(text: str, today: date) -> str:
    """A taxpayer number: a unified social credit code, or an old one of 15 to 20 digits and capitals."""
    number = compact(text)
    if len(number) == 18:
        try:
            return uscc(number, today)
        except CheckFailed:
            raise CheckFailed(code="tax_number") from None
    if not re.fullmatch(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}", number):
        raise CheckFailed(code="tax_number")
    return number


CHECKS: dict[str, IdentifierCheck] = {
    check.__name__: IdentifierCheck(check.__name__, check)
    for check in (cn_id, uscc, mobile, landline, phone, mail, bank_account, bank_card, tax_number)
}
