"""Identifiers: what is accepted and how it is kept, what is refused and why. All numbers here are invented."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import TODAY, faults, form, load, text
from stdnum.cn import ric
from stdnum.cn import uscc as standard_uscc

from workflows.forms.checks import CHECKS, CheckFailed

LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def kept(check: str, value: str) -> str:
    return CHECKS[check].run(value, TODAY)


def refused(check: str, value: str) -> str:
    with pytest.raises(CheckFailed) as failure:
        CHECKS[check].run(value, TODAY)
    return failure.value.error.code


def identity(region: str, born: str, order: str = "001") -> str:
    body = f"{region}{born}{order}"
    return body + ric.calc_check_digit(body + "0")


def credit(body: str) -> str:
    return body + standard_uscc.calc_check_digit(body)


@pytest.mark.parametrize(
    "number",
    [
        identity("110101", "19900307"),
        identity("360426", "19910101"),
        identity("810000", "19800229"),
        identity("820000", "19991231"),
        identity("830000", "20261120"),
    ],
)
def test_identity_numbers_and_residence_permits_are_accepted(number: str) -> None:
    assert kept("cn_id", number) == number
    assert kept("cn_id", f" {number[:6]} {number[6:14]}-{number[14:]} ".lower()) == number


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (identity("110101", "20261121"), "cn_id_birth"),
        (identity("810000", "20991231"), "cn_id_birth"),
        (identity("110101", "18500101"), "cn_id"),
        (identity("110101", "19900230"), "cn_id"),
        (identity("110101", "19900307")[:-1] + "A", "cn_id"),
        (identity("990101", "19900307"), "cn_id"),
        (identity("810001", "19900307"), "cn_id"),
        ("123456", "cn_id_length"),
        ("", "cn_id_length"),
        ("٠" * 18, "cn_id"),
    ],
)
def test_identity_numbers_that_cannot_be_are_refused(number: str, code: str) -> None:
    assert refused("cn_id", number) in (code, "cn_id_birth" if code == "cn_id" else code)


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1950, 1, 1), TODAY), st.integers(0, 17), st.integers(0, 9))
def test_one_wrong_digit_in_an_identity_number_is_always_found(born: date, place: int, digit: int) -> None:
    number = identity("810000", born.strftime("%Y%m%d"))
    wrong = number[:place] + str(digit) + number[place + 1 :]
    if wrong != number:
        with pytest.raises(CheckFailed):
            CHECKS["cn_id"].run(wrong, TODAY)


@pytest.mark.parametrize(
    "body",
    ["91110000600037341", "A1110000600037341", "N2110000MA0000000", "Y1110000600037341", "52110000MJ0000000"],
)
def test_credit_codes_are_accepted_letter_leading_ones_too(body: str) -> None:
    code = credit(body)
    assert kept("uscc", code) == code
    assert kept("uscc", f" {code[:8]}　{code[8:]}".lower()) == code


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("91110000600037341", "uscc_length"),
        ("91110000600037341X", "uscc"),
        ("9111000060003734IL", "uscc"),
        ("B1110000600037341L", "uscc"),
        ("911100X0600037341L", "uscc"),
    ],
)
def test_credit_codes_that_cannot_be_are_refused(code: str, why: str) -> None:
    assert refused("uscc", code) == why


@settings(max_examples=200, deadline=None)
@given(st.text(LETTERS, min_size=9, max_size=9), st.integers(0, 17), st.sampled_from(LETTERS))
def test_one_wrong_character_in_a_credit_code_is_always_found(
    organisation: str, place: int, sign: str
) -> None:
    code = credit("91320100" + organisation)
    assert kept("uscc", code) == code
    wrong = code[:place] + sign + code[place + 1 :]
    if wrong != code:
        with pytest.raises(CheckFailed):
            CHECKS["uscc"].run(wrong, TODAY)


@pytest.mark.parametrize(
    ("check", "given_text", "number"),
    [
        ("mobile", "138 0000 0000", "13800000000"),
        ("mobile", "+86 138-0000-0000", "13800000000"),
        ("mobile", "8613800000000", "13800000000"),
        ("mobile", "１３８００００００００", "13800000000"),
        ("landline", "010-62345678", "010-62345678"),
        ("landline", "（010）62345678", "010-62345678"),
        ("landline", "0512-66345678-801", "0512-66345678-801"),
        ("landline", "400-800-1234", "400-800-1234"),
        ("phone", "13800000000", "13800000000"),
        ("phone", "010-62345678", "010-62345678"),
        ("mail", " Wang.Min@Example.COM ", "Wang.Min@example.com"),
        ("mail", "ａ＠example.com", "a@example.com"),
        ("bank_account", "1100 1234 5678 9012", "1100123456789012"),
        ("bank_card", "4111 1111 1111 1111", "4111111111111111"),
        ("tax_number", "91110000600037341l", "91110000600037341L"),
        ("tax_number", "110108123456789", "110108123456789"),
    ],
)
def test_contacts_and_accounts_are_kept_in_one_written_form(check: str, given_text: str, number: str) -> None:
    assert kept(check, given_text) == number


@pytest.mark.parametrize(
    ("check", "value"),
    [
        ("mobile", "12800000000"),
        ("mobile", "1380000000"),
        ("mobile", "010-62345678"),
        ("landline", "12"),
        ("phone", "abc"),
        ("mail", "a@b"),
        ("mail", "a b@example.com"),
        ("mail", "a@example..com"),
        ("mail", "@example.com"),
        ("mail", "a" * 300 + "@example.com"),
        ("bank_account", "1234567"),
        ("bank_account", "12345678a"),
        ("bank_card", "4111111111111112"),
        ("tax_number", "91110000600037341X"),
        ("tax_number", "1"),
    ],
)
def test_contacts_and_accounts_that_cannot_be_are_refused(check: str, value: str) -> None:
    assert refused(check, value) == check


def test_a_field_names_its_check() -> None:
    paper = form(text("code", check="uscc"))
    assert load(paper, {"code": "９１１１００００600037341l"}).answers == {"code": "91110000600037341L"}
    assert faults(paper, {"code": "x"}) == {"code": ["uscc_length"]}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=40) | st.text("0123456789X-+ @.", max_size=24))
def test_any_text_passes_or_has_a_code(check: str, value: str) -> None:
    try:
        result = CHECKS[check].run(value, TODAY)
    except CheckFailed:
        return
    assert CHECKS[check].run(result, TODAY) == result
