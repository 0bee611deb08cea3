"""Logs: no personal pattern and no secret gets through, in whatever part of a record it hides."""

import io
import json
import logging

import pytest

from config.logging import JsonLines, mask

CANARIES = {
    "ID number": "11010519491231002X",
    "ID number in digits": "440308199901010012",
    "mobile": "13812345678",
    "mobile with country": "+8613912345678",
    "mobile with blanks": "138 1234 5678",
    "mobile with hyphens": "138-1234-5678",
    "card": "6222021234567890123",
    "card with blanks": "6222 0212 3456 7890",
    "mail": "zhang.san@example.org",
    "passport": "E12345678",
}


@pytest.fixture
def log():
    """A logger of its own, and the text that it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("tests.masking")
    logger.addHandler(handler)
    yield logger, out
    logger.removeHandler(handler)


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES.keys())
def test_a_canary_is_masked_wherever_it_is(log, canary):
    logger, out = log
    logger.warning("the person %s was here", canary)
    logger.warning("a dict: %r", {"phone": canary, "list": [canary]})
    logger.warning("extra", extra={"detail": canary, "more": {"deep": [canary], canary: 1}})
    try:
        int(canary + ".")
    except ValueError:
        logger.exception("号码%s。", canary)
    written = out.getvalue()
    assert canary not in written
    assert canary not in json.dumps([json.loads(line) for line in written.splitlines()], ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证110101199003071234号", "身份证110101********1234号"),
        ("13812341234", "138****1234"),
        ("6222021234567891234", "6222********1234"),
    ],
)
def test_the_mask_keeps_what_helps_to_recognise(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "token=abcdefghijkl", 'Authorization: Bearer abcdefghijkl', '{"password": "abcdefghijkl"}',
        "postgresql://zhupi:abcdefghijkl@db/zhupi", "Cookie: abcdefghijkl",
    ],
)  # fmt: skip
def test_secrets_are_masked(text):
    assert "abcdefghijkl" not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "ZS-2026-000123", "2026-11-22T20:31:32.123456Z",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "seq 12345 took 0.25 s",
    ],
)  # fmt: skip
def test_ids_of_ours_stay_readable(text):
    assert mask(text) == text


def test_an_integer_that_is_a_phone_is_masked_too(log):
    logger, out = log
    logger.warning("x", extra={"value": 13812345678, "count": 3})
    assert "13812345678" not in out.getvalue()
    assert json.loads(out.getvalue())["count"] == 3


def test_a_uuid_of_digits_only_is_no_card():
    assert mask("00000000-0000-0000-0000-123456789012") == "00000000-0000-0000-0000-123456789012"
