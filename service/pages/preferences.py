"""Theme, language and keys of the reader: kept in cookies, so that a stranger has them too."""

from urllib.parse import urlsplit

from flask import redirect, request
from werkzeug.wrappers import Response

from service.access import access
from service.pages.blueprint import pages
from service.pages.frame import THEMES
from service.texts import LANGUAGES, SWITCH

YEAR = 365 * 24 * 3600


def safe_path(address: str | None, otherwise: str = "/") -> str:
    """Return an address of this house only: a path, never another host (open redirects)."""
    if not address:
        return otherwise
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not address.startswith("/") or address.startswith(("//", "/\\")):
        return otherwise
    return address if address.isprintable() else otherwise


def keep_language(answer: Response, language: str) -> None:
    """Let this browser read in a language from now on."""
    answer.set_cookie(SWITCH, language, max_age=YEAR, samesite="Lax", httponly=True)


@pages.get("/preferences")
@access("public")
def preferences() -> Response:
    """Change how pages look to this browser and go back; nothing else changes, so a link is enough."""
    answer = redirect(safe_path(request.args.get("back")), 303)
    if request.args.get("theme") in THEMES:
        answer.set_cookie("theme", request.args["theme"], max_age=YEAR, samesite="Lax", httponly=True)
    if request.args.get("keys") in ("on", "off"):
        answer.set_cookie("keys", request.args["keys"], max_age=YEAR, samesite="Lax", httponly=True)
    if request.args.get("language") in LANGUAGES:
        keep_language(answer, request.args["language"])
    return answer
