"""Sentences for people come from the catalogues by code, never from the code."""

import logging
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from flask_babel import Babel, format_date, format_datetime, format_decimal, gettext

from service.auth.identity import has_bearer
from service.current import settings, signed_in
from service.refusals import Refusal

LANGUAGES = ("zh_CN", "en")
SWITCH = "language"
CATALOGUES = Path(__file__).parent / "translations"
log = logging.getLogger(__name__)


def init_texts(app: Flask, default_language: str) -> None:
    """Give the app its catalogues and its rule for choosing a language."""
    compile_catalogues()
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    app.config["BABEL_DEFAULT_LOCALE"] = default_language
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(CATALOGUES)
    Babel(app, locale_selector=language)


def language() -> str:
    """Return the language of the answer: the switch on the page, the account, what the browser prefers, the house.

    A program says it per request (Accept-Language); its account speaks only where it says nothing.
    """
    if not has_request_context():
        return settings().default_language
    asked = preferred(request.headers.get("Accept-Language", ""))
    if has_bearer():
        return asked or _of_account() or settings().default_language
    switched = request.cookies.get(SWITCH)
    if switched in LANGUAGES:
        return switched
    return _of_account() or asked or settings().default_language


def _of_account() -> str | None:
    try:
        person = signed_in()
    except Refusal:
        return None
    return person.actor.language if person is not None and person.actor.language in LANGUAGES else None


@lru_cache(maxsize=256)
def preferred(header: str) -> str | None:
    """Return our language for an Accept-Language header, None when it names none of ours."""
    from werkzeug.datastructures import LanguageAccept
    from werkzeug.http import parse_accept_header

    best = parse_accept_header(header, LanguageAccept).best_match(["zh-CN", "zh", "en"])
    return None if best is None else ("en" if best == "en" else "zh_CN")


def sentence(code: str, section: str = "error", /, **params: Any) -> str:
    """Return the sentence of a code in the language of whoever asks; params fill its %(name)s places.

    A code without a sentence is a mistake of ours: it is logged and answered with the general sentence.
    """
    msgid = f"{section}.{code}"
    text = gettext(msgid)
    if text == msgid:
        log.error("no sentence for %s", msgid)
        text = gettext(f"{section}.unknown")
    return fill(text, {name: shown(value) for name, value in params.items()})


def fill(text: str, params: Mapping[str, str]) -> str:
    """Put params into the %(name)s places of a text; a place without a param reads as a dash."""
    return re.sub(r"%\((\w+)\)s", lambda place: params.get(place[1], "–"), text).replace("%%", "%")


def shown(value: Any) -> str:
    """Write a value as people of the current language do."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return str(format_datetime(value, "medium"))
    if isinstance(value, date):
        return str(format_date(value, "long"))
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return str(format_decimal(value))
    return str(value)


def compile_catalogues() -> None:
    """Compile every catalogue that is newer than its compiled form; a read-only folder was compiled when built."""
    for source in CATALOGUES.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parts[-3])
    draft = target.with_suffix(".mo.new")
    try:
        with draft.open("wb") as compiled:
            write_mo(compiled, catalogue)
        draft.replace(target)
    except OSError:
        log.warning("cannot compile %s", source, exc_info=True)
