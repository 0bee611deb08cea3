"""Sentences for people come from the catalogues by code, never from the code."""

import logging
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, format_date, format_datetime, format_decimal, get_locale, gettext

from service.auth.identity import has_bearer
from service.current import settings, signed_in
from service.refusals import Refusal
from storage.errors import StorageError

LANGUAGES = ("zh_CN", "en")
SWITCH = "language"
CATALOGUES = Path(__file__).parent / "translations"
log = logging.getLogger(__name__)


def init_texts(app: Flask, default_language: str) -> None:
    """Give the app its catalogues and its rule for choosing a language."""
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    app.config["BABEL_DEFAULT_LOCALE"] = default_language
    babel = Babel(app, locale_selector=language)
    babel.domain_instance = Catalogues()


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
    except (Refusal, StorageError):
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
        return str(format_datetime(value, f"{gettext('format.day')} HH:mm"))
    if isinstance(value, date):
        return str(format_date(value, gettext("format.day")))
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return str(format_decimal(value))
    return str(value)


class Catalogues(Domain):  # type: ignore[misc]  # flask_babel ships no types
    """Our catalogues by our names: Babel calls zh_CN zh_Hans_CN and would look for a folder of that name."""

    def get_translations(self) -> NullTranslations:
        """Return the texts of the current language; outside of any app there are none."""
        locale = get_locale()
        if locale is None:
            return NullTranslations()
        return catalogue("en" if locale.language == "en" else "zh_CN")


@cache
def catalogue(code: str) -> Translations:
    """Read a catalogue once per process, straight from its source: there is no compiled file to grow stale."""
    from io import BytesIO

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (CATALOGUES / code / "LC_MESSAGES" / "messages.po").open("rb") as source:
        texts = read_po(source, locale=code)
    compiled = BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)
