"""Handlers of the operator's own: named by a setting, checked at the start, never brought by a drawing."""

import sys
from pathlib import Path

import pytest

from config.settings import SettingsError, load_settings
from service.prepare import CannotPrepare, prepare
from workflows import handlers
from workflows.handlers import HANDLERS, HandlersUnusable, add_handlers

SECRETS = {
    "ZHUPI_SECRET_KEY": "a secret for the tests only, of enough length",
    "ZHUPI_PERSONAL_KEY": "11" * 32,
    "ZHUPI_INDEX_KEY": "22" * 32,
    "ZHUPI_S3_ACCESS_KEY": "tests",
    "ZHUPI_S3_SECRET_KEY": "a secret of the object store",
}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a module of handlers; what it adds is gone after the test."""
    monkeypatch.syspath_prepend(tmp_path)
    known = dict(handlers._all)

    def write(name: str, text: str) -> str:
        (tmp_path / f"{name}.py").write_text(text)
        return name

    yield write
    handlers._all.clear()
    handlers._all.update(known)
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


OWN = """
from marshmallow import Schema
from workflows.handlers import Effect, Handler, Outcome
class Nothing(Schema):
    pass
HANDLERS = (Handler({name!r}, Effect.OUTSIDE, Nothing, Nothing, lambda call, given: Outcome({{}})),)
"""


def test_a_module_brings_its_handlers_once(module) -> None:
    name = module("own_post", OWN.format(name="post.send"))
    add_handlers([name])
    add_handlers([name])
    assert HANDLERS["post.send"].name == "post.send"
    assert "payment.open_order" in HANDLERS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HANDLERS = (1,)", "no handler"),
        ("", "cannot be used"),
        ("import nothing_of_this_name", "cannot be used"),
        (OWN.format(name="payment.open_order"), "there is a handler payment.open_order already"),
    ],
)
def test_a_module_that_cannot_be_used_is_refused_with_a_sentence(module, text: str, said: str) -> None:
    name = module("own_wrong", text)
    before = dict(HANDLERS)
    with pytest.raises(HandlersUnusable, match=said):
        add_handlers([name])
    assert dict(HANDLERS) == before


def test_a_name_that_is_no_module_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ZHUPI_HANDLERS"):
        load_settings({**SECRETS, "ZHUPI_DATA": str(tmp_path), "ZHUPI_HANDLERS": "os; import sys"})
    settings = load_settings({**SECRETS, "ZHUPI_DATA": str(tmp_path), "ZHUPI_HANDLERS": "own_missing"})
    assert settings.handlers == ("own_missing",)
    with pytest.raises(CannotPrepare, match="own_missing"):
        prepare(settings)
