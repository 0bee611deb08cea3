"""What every answer says to the browser, and how large and from where a request may be."""

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, has_request_context, request
from werkzeug.exceptions import RequestEntityTooLarge

from config.logging import forget_case
from service.body import ChunkedBody
from service.current import request_id, settings
from service.measures import measures
from service.refusals import BadCharacters
from storage.statements import count_anew, counted

if TYPE_CHECKING:
    from config.settings import Settings

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Tabler draws its select arrows and check marks as data: pictures
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000"
PLAIN_BODY = 1024 * 1024
FORM_PAGES = frozenset({"pages.work", "pages.attach", "pages.detach"})
"""Where answers of a form arrive; what does not begin with _ is judged by the form."""
SLOW = 3000
"""Milliseconds after which a request is worth a warning."""
QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/static/<path:filename>"})
"""What is asked all the time and by machines: its lines are there at level DEBUG only."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
log = logging.getLogger("zhupi.requests")


class RequestIdFilter(logging.Filter):
    """Give every log record that is written during a request the id of that request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context():
            record.request_id = request_id()
        return True


def name_requests() -> None:
    """Let all handlers of this process write the id of the request, whoever logs."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RequestIdFilter())


def is_https(settings_: "Settings") -> bool:
    """Tell whether people reach this house over https."""
    return urlsplit(settings_.public_url).scheme == "https"


def trusted_hosts(settings_: "Settings") -> list[str]:
    """Return the host names under which this house answers; the machine's own always count."""
    public = urlsplit(settings_.public_url).hostname
    names = {public, settings_.host, "localhost", "127.0.0.1", "[::1]"} - {None, "", "0.0.0.0", "::"}  # noqa: S104
    return sorted(str(name) for name in names)


def init_headers(app: Flask) -> None:
    """Number, bound and check every request; mark and log every answer."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.zhupi_began = time.monotonic()
    forget_case()
    count_anew()
    given = request.headers.get("X-Request-ID", "")
    g.zhupi_request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    if request.mimetype != "multipart/form-data":
        request.max_content_length = min(PLAIN_BODY, settings().max_body_bytes)
    limit = request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    if limit is not None and request.content_length is None and "wsgi.input_terminated" in request.environ:
        request.environ["wsgi.input"] = ChunkedBody(request.environ["wsgi.input"], limit)
    texts = [request.path, *request.args.keys(), *(v for values in request.args.listvalues() for v in values)]
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        judged = request.endpoint in FORM_PAGES  # a form says it beside the field, and keeps what else was typed
        texts += request.form.keys()
        texts += [text for name, text in request.form.items(multi=True) if not judged or name.startswith("_")]
    if any("\x00" in text for text in texts):
        raise BadCharacters


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = request_id()
    if is_https(settings()):
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    _tell(response.status_code)
    return response


def _tell(status: int) -> None:
    """Count the answer and write its line: the rule, not the address, which can hold what somebody searched for."""
    route = request.url_rule.rule if request.url_rule else "-"
    seconds = time.monotonic() - g.get("zhupi_began", time.monotonic())
    statements = counted()
    method = request.method if request.method in METHODS else "-"
    measures().request(
        method, route, request.endpoint or "-", status, g.get("zhupi_code", "ok"), seconds, statements
    )
    milliseconds = round(seconds * 1000)
    level = logging.WARNING if status >= 500 or milliseconds > SLOW else logging.INFO
    if level == logging.INFO and route in QUIET:
        level = logging.DEBUG
    if log.isEnabledFor(level):
        more = {
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": milliseconds,
            "statements": statements,
        }
        log.log(level, "answered", extra=more)
