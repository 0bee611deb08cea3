"""Texts: every key in both languages, none left over, and no sentence outside the catalogues."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from service.api.schemas.incidents import IncidentSchema
from service.refusals import Refusal
from storage.errors import StorageError
from workflows.errors import DomainError
from workflows.events import Event
from workflows.notices.keeping import SEND_KIND
from workflows.worker_jobs import OWN_KINDS

SERVICE = Path(__file__).parents[2] / "service"
TEMPLATES = sorted((SERVICE / "templates").rglob("*.html"))
CODE = sorted((SERVICE).rglob("*.py"))
PLAIN = re.compile(r"""\b(?:_|gettext)\(\s*["']([a-z_]+\.[a-z_0-9.]+)["']""")
# Keys that are put together from a code or a state; the tests of their owners know the codes.
PUT_TOGETHER = (
    "error.", "form.", "format.money_", "event.", "status.", "role.", "seal.", "language.", "phrase.", "home.for_", "inbox.", "operations.",
    "error_page.title_", "sign.mode_", "sign.state_", "task.then_", "keys.", "instance.withdrawn", "instance.cancelled", "api_docs.",
    "notification.", "delivery.", "case.row_", "paper.",
)  # fmt: skip
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def catalogue(language: str) -> dict[str, str]:
    """Return the texts of a language by key."""
    with (SERVICE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return catalogue("zh_CN")


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return catalogue("en")


def used() -> set[str]:
    """Return the keys that templates and code name in full."""
    return {
        key
        for path in [*TEMPLATES, *CODE]
        for key in PLAIN.findall(path.read_text("utf-8"))
        if key[-1] not in "._"
    }


def test_every_key_that_is_used_has_a_text(chinese: dict[str, str]) -> None:
    assert used() - chinese.keys() == set()


def test_both_languages_have_the_same_keys_and_places(
    chinese: dict[str, str], english: dict[str, str]
) -> None:
    assert chinese.keys() == english.keys()
    places = re.compile(r"%\((\w+)\)s")
    differing = [
        key for key in chinese if set(places.findall(chinese[key])) != set(places.findall(english[key]))
    ]
    assert differing == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []


def test_english_is_english(english: dict[str, str]) -> None:
    # The brand, its seal, the seals of decisions and the name of the other language stay as they are.
    kept = {"brand.seal", "language.zh_CN", "home.footer"}
    left = [
        key
        for key, text in english.items()
        if CHINESE.search(text) and key not in kept and not key.startswith("seal.")
    ]
    assert left == []


def test_no_text_is_left_over(chinese: dict[str, str]) -> None:
    everything = "\n".join(path.read_text("utf-8") for path in [*TEMPLATES, *CODE])
    left = [
        key
        for key in chinese
        if not key.startswith(PUT_TOGETHER) and f'"{key}"' not in everything and f"'{key}'" not in everything
    ]
    assert left == []


def codes(base: type) -> set[str]:
    """Return the codes of a class of refusals and of all below it."""
    return {base.code} | {code for kind in base.__subclasses__() for code in codes(kind)}


@pytest.mark.parametrize("base", [DomainError, StorageError, Refusal], ids=lambda base: base.__name__)
def test_every_refusal_has_a_sentence(base: type, chinese: dict[str, str]) -> None:
    split = {"bad_json"}  # says why in its own codes, bad_json_…
    assert {f"error.{code}" for code in codes(base) - split} - chinese.keys() == set()


def test_every_line_of_a_history_has_words(chinese: dict[str, str]) -> None:
    told = ("instance.", "task.", "service_task.", "payment_order.", "invoice.", "register.")
    assert {f"event.{one}" for one in Event if one.startswith(told)} - chinese.keys() == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_sentence_of_its_own(path: Path) -> None:
    assert CHINESE.findall(COMMENT.sub("", path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_a_style_or_a_script_of_its_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)", text) == []


def test_every_kind_of_work_and_of_trouble_has_words(chinese: dict[str, str]) -> None:
    """Operators read them; the kinds of incidents are those that the API names."""
    told = re.findall(r"\w+_(?:failed|damaged|infected)", str(IncidentSchema.__doc__).split("resolution")[0])
    trouble = {f"operations.{part}_{kind}" for kind in told for part in ("kind", "about")}
    work = {f"operations.job_{kind.replace('.', '_')}" for kind in (*OWN_KINDS, SEND_KIND, "handler")}
    assert len(told) >= 4
    assert (trouble | work) - chinese.keys() == set()
