"""Every refusal that the code can utter has a sentence in both languages."""

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from service import refusals
from service.access import Policy
from service.errors import HTTP_CODES, STATUS, status_of
from service.texts import catalogue, fill
from storage import errors as storage
from workflows import errors as domain
from workflows.engine import RETURN_REASONS

ROOT = Path(__file__).resolve().parents[2]
INTERNAL = {"storage_error", "lease_lost"}
UTTERED = re.compile(
    r"""(?:refuse\(|refuse\(self, |ErrorCode\(|CheckFailed\(|FileRefused\()\s*(?:code=)?"([a-z_]+)\""""
)
PASSWORD_RULE = re.compile(r'PasswordRefused\(rule="([a-z_]+)"')


def codes_of(module: ModuleType) -> set[str]:
    classes = [
        found for _, found in inspect.getmembers(module, inspect.isclass) if issubclass(found, Exception)
    ]
    return {found.code for found in classes if isinstance(getattr(found, "code", None), str)}


def uttered(pattern: re.Pattern[str], *folders: str) -> set[str]:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {code for path in files for code in pattern.findall(path.read_text("utf-8"))}


ERRORS = (
    (codes_of(domain) | codes_of(storage) | codes_of(refusals) | set(HTTP_CODES.values()))
    - INTERNAL
    - {"bad_json"}
    | uttered(UTTERED, "storage")
    | {f"bad_json_{reason}" for reason in ("malformed", "constant", "twice", "deep", "number", "text")}
    | {f"password_refused_{rule}" for rule in uttered(PASSWORD_RULE, "workflows")}
    | {f"return_refused_{reason}" for reason in RETURN_REASONS}
    | {"internal", "unknown", "csrf", "invalid_form"}
)
FIELDS = uttered(UTTERED, "workflows/forms") | {
    "required", "wrong_type", "wrong_value", "unknown_field", "too_short", "too_long", "bad_characters", "wrong_id",
    "out_of_range", "not_one_of", "too_many",
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_code_has_a_sentence(language: str) -> None:
    texts = catalogue(language)
    wanted = {f"error.{code}" for code in ERRORS} | {f"form.{code}" for code in FIELDS}
    assert sorted(msgid for msgid in wanted if texts.gettext(msgid) == msgid) == []


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_both_languages_use_the_same_places(code: str) -> None:
    chinese, english = (catalogue(language).gettext(f"error.{code}") for language in ("zh_CN", "en"))
    places = re.compile(r"%\((\w+)\)s")
    assert set(places.findall(chinese)) == set(places.findall(english))
    assert chinese.endswith(("。", ")s"))
    assert "您" not in chinese
    assert "用户" not in chinese.replace("用户名", "")


def test_every_refusal_of_the_domain_has_a_status() -> None:
    classes = [
        found
        for _, found in inspect.getmembers(domain, inspect.isclass)
        if issubclass(found, domain.DomainError)
    ]
    assert [
        found.__name__ for found in classes if found is not domain.DomainError and status_of(found) is None
    ] == []
    assert all(400 <= status <= 599 for status in STATUS.values())


def test_a_place_without_a_value_reads_as_a_dash() -> None:
    assert fill("%(a)s and %(b)s, 100%%", {"a": "1"}) == "1 and –, 100%"


def test_a_policy_reads_as_it_was_written() -> None:
    assert str(Policy(public=True)) == "public"
    assert str(Policy()) == "signed_in"
