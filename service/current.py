"""What belongs to the request at hand: who asks, the unit of work, the key that makes a repetition harmless."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request

from service.refusals import BadIdempotencyKey, Refusal, SignInNeeded

if TYPE_CHECKING:
    from config.settings import Settings
    from storage.actor import Actor
    from storage.documents import Documents
    from storage.ports import Clock, Ids
    from storage.unit_of_work import UnitOfWork
    from workflows.queries.actors import SignedIn

KEY = re.compile(r"[!-~]{1,100}")
EXTENSION = "zhupi"


def settings() -> "Settings":
    """Return the settings that this app was made with."""
    return cast("Settings", current_app.extensions[EXTENSION]["settings"])


def clock() -> "Clock":
    """Return the clock of this app."""
    return cast("Clock", current_app.extensions[EXTENSION]["clock"])


def ids() -> "Ids":
    """Return where this app draws its ids."""
    return cast("Ids", current_app.extensions[EXTENSION]["ids"])


def signed_in() -> "SignedIn | None":
    """Return who asks, None for a stranger; looked up once per request, whatever came of it.

    Raises TokenRefused for an Authorization header that is not accepted, DatabaseUnavailable.
    """
    if "zhupi_signed_in" not in g:
        g.zhupi_signed_in = _look_up()
    found = g.zhupi_signed_in
    if isinstance(found, Exception):
        raise found
    return cast("SignedIn | None", found)


def _look_up() -> "SignedIn | Exception | None":
    from service.auth import identify
    from storage.errors import DatabaseUnavailable
    from storage.unit_of_work import LOST

    try:
        return identify()
    except Refusal as refused:
        return refused
    except LOST:
        return DatabaseUnavailable()


def current_actor() -> "Actor":
    """Return who acts. Raises SignInNeeded for a stranger, which a route with a policy never meets."""
    from service.texts import language

    person = signed_in()
    if person is None:
        raise SignInNeeded
    # What queries answer is read by whoever asks now: in the language of this request.
    return replace(person.actor, language=language())


def unit_of_work() -> "UnitOfWork":
    """Return the one unit of work of this request."""
    if "zhupi_uow" not in g:
        from storage.unit_of_work import build

        g.zhupi_uow = build(settings(), clock=clock(), ids=ids(), documents=_documents())
    return cast("UnitOfWork", g.zhupi_uow)


def _documents() -> "Documents":
    """Return the store's client of this process; it keeps its connections between requests."""
    from storage.documents import Documents

    house = current_app.extensions[EXTENSION]
    if "documents" not in house:
        house["documents"] = Documents(settings())
    return cast("Documents", house["documents"])


def request_key() -> str | None:
    """Return the Idempotency-Key header, or the field `_key` of a page's form, None when neither is there.

    1 to 100 visible ASCII characters; raises BadIdempotencyKey for anything else.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None and request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        key = request.form.get("_key")
    if key is not None and not KEY.fullmatch(key):
        raise BadIdempotencyKey
    return key


def request_id() -> str:
    """Return the id under which this request stands in the log."""
    return cast("str", g.get("zhupi_request_id", "-"))
