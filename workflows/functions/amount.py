"""Amounts in words, as vouchers and receipts have them.

Source: the People's Bank's rules for filling in bills and settlement vouchers (支付结算办法, 附件一
正确填写票据和结算凭证的基本规定).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from marshmallow import Schema, fields

from workflows.calendar import WorkingCalendar
from workflows.functions.function import Function
from workflows.schema_values import AmountValue

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_GROUPS: Final = ("亿", "万", "")
_TENS: Final = 10


class InWordsInput(Schema):
    """The amount, in yuan."""

    amount = AmountValue(required=True)


class InWordsOutput(Schema):
    """The amount in words."""

    text = fields.String(required=True)


def in_words(amount: Decimal) -> str:
    """Return an amount in yuan in capital words, with the currency before it: 人民币壹仟肆佰零玖元伍角.

    From 0 to 999,999,999,999.99 yuan with at most two decimals; ValueError for any other. Of what the rules leave
    open: one 零 stands for every gap within the yuan, none between 万 and a 仟 that is there, one before 角 when
    the yuan end in 0; 整 only after yuan.
    """
    fen = int(amount * 100)
    if fen != amount * 100 or not 0 <= fen < 10**14:
        message = f"{amount} is no amount in yuan that has words"
        raise ValueError(message)
    yuan, cents = divmod(fen, 100)
    jiao, rest = divmod(cents, _TENS)
    words = [_whole(yuan) + "元"] if yuan or not fen else []
    if jiao and yuan and not yuan % _TENS:
        words.append("零")
    if jiao:
        words.append(_DIGITS[jiao] + "角")
    if rest:
        words.append(("零" if yuan and not jiao else "") + _DIGITS[rest] + "分")
    return "人民币" + "".join(words) + ("" if cents else "整")


def _whole(yuan: int) -> str:
    """Return whole yuan in words, group by group of four digits."""
    digits = f"{yuan:012d}"
    groups = [(digits[at : at + 4], name) for at, name in zip(range(0, 12, 4), _GROUPS, strict=True)]
    words = ""
    for group, name in groups:
        if group == "0000":
            words += "零" if words and not words.endswith("零") else ""
            continue
        spoken = "".join(_four(group))
        if not words:
            spoken = spoken.lstrip("零")
        elif words.endswith("零"):
            spoken = spoken.removeprefix("零")
        words += spoken + name
    return words.rstrip("零") or "零"


def _four(group: str) -> Iterator[str]:
    """The words of four digits; a run of noughts is one 零, and none at the end."""
    for nought, places in groupby(
        zip(group.rstrip("0"), _PLACES, strict=False), key=lambda place: place[0] == "0"
    ):
        if nought:
            yield "零"
        else:
            yield from (_DIGITS[int(digit)] + place for digit, place in places)


def _words_of(inputs: Mapping[str, Any], _: WorkingCalendar) -> dict[str, Any]:
    return {"text": in_words(inputs["amount"])}


FUNCTIONS = (Function("amount.in_words", InWordsInput, InWordsOutput, _words_of),)
