"""Amounts in words after the rules of the People's Bank, read back by a reader that shares nothing with the writer."""

import random
import re
from decimal import Decimal

import pytest

from workflows.functions import FUNCTIONS, FunctionRefused
from workflows.functions.amount import in_words

# The examples of the rules themselves, and amounts at every border.
KNOWN = [
    ("1409.50", "壹仟肆佰零玖元伍角"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
    ("107000.53", "壹拾万柒仟元零伍角叁分"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("0", "零元整"),
    ("0.01", "壹分"),
    ("0.10", "壹角"),
    ("0.11", "壹角壹分"),
    ("1", "壹元整"),
    ("1.00", "壹元整"),
    ("10", "壹拾元整"),
    ("15.50", "壹拾伍元伍角"),
    ("100", "壹佰元整"),
    ("101", "壹佰零壹元整"),
    ("110.05", "壹佰壹拾元零伍分"),
    ("700", "柒佰元整"),
    ("1000.10", "壹仟元零壹角"),
    ("1001", "壹仟零壹元整"),
    ("10000", "壹万元整"),
    ("10001", "壹万零壹元整"),
    ("10100", "壹万零壹佰元整"),
    ("100000", "壹拾万元整"),
    ("1000000", "壹佰万元整"),
    ("1010101.01", "壹佰零壹万零壹佰零壹元零壹分"),
    ("10000000", "壹仟万元整"),
    ("100000000", "壹亿元整"),
    ("100000001", "壹亿零壹元整"),
    ("100010000", "壹亿零壹万元整"),
    ("100001000", "壹亿零壹仟元整"),
    ("110000000", "壹亿壹仟万元整"),
    ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
]


@pytest.mark.parametrize(("amount", "words"), KNOWN)
def test_an_amount_has_these_words(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == "人民币" + words


def read(words: str) -> Decimal:
    """The amount that words stand for: by the places of what is spoken, without the writer's groups."""
    found = re.fullmatch(r"人民币(?:([^元]+)元)?(零)?(?:(.)角)?(零)?(?:(.)分)?(整)?", words)
    assert found, words
    units = {"仟": 1000, "佰": 100, "拾": 10}
    total = section = digit = 0
    for sign in found[1] or "":
        if sign in "亿万":
            section += digit
            total = (total + section) * 10**8 if sign == "亿" else total + section * 10**4
            section = digit = 0
        elif sign in units:
            assert digit, words
            section, digit = section + digit * units[sign], 0
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
    cents = sum(
        "零壹贰叁肆伍陆柒捌玖".index(sign or "零") * worth for sign, worth in ((found[3], 10), (found[5], 1))
    )
    return Decimal(total + section + digit) + Decimal(cents) / 100


def amounts() -> list[Decimal]:
    chance = random.Random(7)  # noqa: S311 - a reproducible test, no secret
    drawn = [Decimal(chance.randrange(10 ** chance.randint(1, 14))) / 100 for _ in range(20_000)]
    sparse = [
        Decimal("".join(chance.choice("00001") for _ in range(chance.randint(1, 14))) or "0") / 100
        for _ in range(20_000)
    ]
    return [*drawn, *sparse, *(Decimal(fen) / 100 for fen in range(30_000))]


def test_every_amount_is_read_back_as_itself_and_well_written() -> None:
    for amount in amounts():
        words = in_words(amount)
        assert read(words) == amount, (amount, words)
        assert "零零" not in words
        assert not re.search(r"零[万亿仟佰拾]", words)
        assert words.endswith("整") == (amount == amount.to_integral_value())
        assert "零元" not in words or amount == 0
        assert not re.search(r"(?<![壹贰叁肆伍陆柒捌玖])拾", words)  # ten is one ten


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000", "1E+30"])
def test_what_is_no_amount_has_no_words(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        in_words(Decimal(amount))


@pytest.mark.parametrize("amount", [None, "700", True, Decimal(0), Decimal("1.005"), Decimal(10**9)])
def test_the_function_refuses_what_is_no_amount_by_name(amount: object) -> None:
    with pytest.raises(FunctionRefused) as refused:
        FUNCTIONS["amount.in_words"]({"amount": amount})
    assert refused.value.reason == "amount"


def test_the_function_gives_the_words() -> None:
    assert FUNCTIONS["amount.in_words"]({"amount": Decimal("700.00")}) == {"text": "人民币柒佰元整"}
    with pytest.raises(FunctionRefused, match="other"):
        FUNCTIONS["amount.in_words"]({"amount": Decimal(1), "other": 1})
