"""The one place where refusals of the domain become answers of HTTP.

Programs get `application/problem+json` (RFC 9457) with a stable `code`; people get a page. Both get a sentence in
their language that says what is wrong and what to do.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from service.current import request_id
from service.refusals import BadFields, BadJson, PasswordMustChange, Refusal, SignInNeeded
from service.texts import sentence
from service.viewing import note_denied
from storage import errors as storage
from storage.unit_of_work import LOST
from workflows import errors as domain
from workflows.forms.errors import InvalidForm

MIB = 1024 * 1024
READ_ON = 64 * MIB
"""So much of a body that is refused is read all the same, for a browser to see the answer."""

log = logging.getLogger("zhupi.errors")

STATUS: Mapping[type[Exception], int] = {
    domain.NotAllowed: 403,
    domain.Conflict: 409,
    domain.LaneUnbound: 409,
    domain.Invalid: 422,
    domain.SetupClosed: 404,
    domain.SignInRefused: 401,
    domain.TooManyAttempts: 429,
    storage.NotFound: 404,
    storage.IdempotencyMismatch: 422,
    storage.StateDamaged: 409,
    storage.DueTimer: 409,
    storage.DatabaseUnavailable: 503,
    storage.StoreUnavailable: 503,
    storage.CheckUnavailable: 503,
    storage.FileRefused: 422,
    InvalidForm: 422,
}
"""Refusal → status; a subclass that is not named takes the status of its nearest base."""

HTTP_CODES: Mapping[int, str] = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    411: "length_required",
    412: "precondition_failed",
    413: "too_large",
    414: "address_too_long",
    415: "media_type_unsupported",
    431: "header_too_large",
}
RETRY_SECONDS = 5
FOR_PROGRAMS = frozenset({"/healthz", "/readyz", "/metrics"})
"""What only programs ask, outside the API: they are refused in its way, too."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence about one field."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as both the API and the pages show it."""

    status: int
    code: str
    detail: str
    errors: Mapping[str, Sequence[Message]] = field(default_factory=dict)
    findings: Sequence[Mapping[str, Any]] = ()
    retry_after: int | None = None

    @property
    def request_id(self) -> str:
        """The id under which the log knows this request."""
        return request_id()

    def body(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        found: dict[str, Any] = {
            "type": f"/api/docs#{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": self.request_id,
        }
        if self.errors:
            found["errors"] = {
                path: [{"code": one.code, "message": one.message} for one in messages]
                for path, messages in self.errors.items()
            }
        if self.findings:
            found["findings"] = list(self.findings)
        return found


def status_of(kind: type[Exception]) -> int | None:
    """Return the status for a class of refusals, None for an exception that is a mistake of ours."""
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), None)


def problem_of(error: Exception) -> Problem:
    """Turn an exception into what is said about it; unknown ones are logged and become a 500 without detail."""
    problem = _problem_of(error)
    g.zhupi_code = problem.code  # what the metrics say came of this request
    return problem


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Refusal):
        return _refused(error)
    status = status_of(type(error))
    if status is not None:
        return _domain(error, status)
    if isinstance(error, CSRFError):
        return Problem(400, "csrf", sentence("csrf"))
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        code = HTTP_CODES.get(error.code, "bad_request")
        return Problem(error.code, code, sentence(code, limit=_limit()))
    if isinstance(error, LOST) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        _log(error)
        return Problem(
            503, "database_unavailable", sentence("database_unavailable"), retry_after=RETRY_SECONDS
        )
    _log(error)
    return Problem(500, "internal", sentence("internal", request=request_id()))


def _limit() -> str:
    """Say how large a request of this kind may be."""
    return f"{(request.max_content_length or 0) / (1024 * 1024):g} MB"


def _refused(error: Refusal) -> Problem:
    if isinstance(error, BadJson):
        code = f"bad_json_{error.reason}"
        return Problem(error.status, code, sentence(code))
    errors: dict[str, list[Message]] = {}
    if isinstance(error, BadFields):
        for path, found in error.errors.items():
            errors[path] = [Message(one.code, sentence(one.code, "form", **one.params)) for one in found]
    retry = RETRY_SECONDS if error.status == 503 else None
    return Problem(error.status, error.code, sentence(error.code, **error.params), errors, retry_after=retry)


def _domain(error: Exception, status: int) -> Problem:
    code = str(getattr(error, "code", "internal"))
    params = dict(getattr(error, "params", {}))
    errors: dict[str, list[Message]] = {}
    retry = RETRY_SECONDS if status == 503 else None
    if isinstance(error, InvalidForm):
        code = "invalid_form"
        params = {"count": len(error.errors)}
        for path, found in error.errors.items():
            errors[path] = [Message(one.code, sentence(one.code, "form", **one.params)) for one in found]
    elif isinstance(error, storage.FileRefused) and code == "file_too_large":
        status = 413
        params["limit_text"] = f"{params.get('limit', 0) / MIB:.4g} MB"
    elif isinstance(error, domain.PasswordRefused):
        return Problem(status, code, sentence(f"{code}_{params['rule']}", **params))
    elif isinstance(error, domain.ReturnRefused):
        return Problem(status, code, sentence(f"{code}_{params['why']}", **params))
    elif isinstance(error, domain.FieldLocked | domain.TooManyFiles):
        from service.pages.words import in_row

        params["name"] = f"{params['label']}{in_row(params['field'])}"
    elif isinstance(error, domain.TooManyAttempts):
        retry = max(1, int(params.get("seconds", 60)))
    findings = [finding_of(one) for one in getattr(error, "findings", ())]
    if status >= 500:
        _log(error)
    return Problem(status, code, sentence(code, **params), errors, findings, retry)


def finding_of(finding: Any) -> dict[str, Any]:
    """Return a finding of the deploy gate as plain data."""
    return {name: getattr(finding, name) for name in ("file", "element", "line", "rule", "message")}


def answer(problem: Problem) -> Response:
    """Write a problem down as JSON for programs, as a page for people."""
    response: Response
    if request.path.startswith("/api/v1") or request.path in FOR_PROGRAMS:
        from flask import current_app

        body = current_app.json.dumps(problem.body())
        response = Response(body + "\n", problem.status, content_type="application/problem+json")
    else:
        response = Response(_page(problem), problem.status, content_type="text/html; charset=utf-8")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _read_on() -> None:
    """Take in what is left of a form of bearable size: browsers do not read an answer that comes before they are done."""
    left = request.content_length or 0
    with suppress(HTTPException, OSError):
        if 0 < left <= (request.max_content_length or 0):
            getattr(request.stream, "exhaust", bool)()
        elif left <= READ_ON:  # refused for its length: nothing of it was read yet
            while left > 0 and (part := request.environ["wsgi.input"].read(min(left, MIB))):
                left -= len(part)


def beyond(detail: str, problems: Sequence[Any] = ()) -> Response:
    """Say above a form that it is too much to be taken; the form itself stays, with all that was typed."""
    text = render_template("parts/beyond.html", detail=detail, problems=problems)
    return Response(text, 413, {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"})


def _page(problem: Problem) -> str:
    """Draw the error page; where even that fails (the database is away), the sentence alone."""
    try:
        return render_template("error.html", problem=problem)
    except Exception as error:  # an error page must not fail
        _log(error)
        return f"<!doctype html><title>{problem.status}</title><p>{escape(problem.detail)}</p>"


def init_errors(app: Flask) -> None:
    """Answer every exception through the table above."""
    app.register_error_handler(Exception, handle)


def handle(error: Exception) -> ResponseReturnValue:
    """Answer one exception; a stranger on a page is led to the login instead."""
    if isinstance(error, HTTPException) and error.code is not None and 300 <= error.code < 400:
        return error  # a redirect of the router
    page = not request.path.startswith("/api/") and request.path not in FOR_PROGRAMS
    if page and isinstance(error, SignInNeeded) and request.method == "POST":
        from service.pages.returning import ask_to_sign_in

        return ask_to_sign_in()
    if page and isinstance(error, SignInNeeded):
        return redirect(_login_address())
    if page and isinstance(error, PasswordMustChange):
        return redirect("/account/password")
    if page and isinstance(error, RequestEntityTooLarge):
        g.zhupi_code = "too_large"
        _read_on()
        if "HX-Request" in request.headers:
            return beyond(sentence("form_beyond"))
        if request.endpoint == "pages.work":
            return answer(Problem(413, "too_large", sentence("form_beyond_page")))
    if isinstance(error, storage.NotFound):
        note_denied(error)
    response = answer(problem_of(error))
    allowed = getattr(error, "valid_methods", None)
    if isinstance(error, HTTPException) and error.code == 405 and allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _login_address() -> str:
    from urllib.parse import quote

    if request.method not in ("GET", "HEAD") or request.path == "/":
        return "/login"
    return "/login?next=" + quote(request.full_path.rstrip("?"), safe="")


def _log(error: Exception) -> None:
    """Log where it happened and of what kind, never the message: it may quote what a person typed."""
    cause = (
        error.original_exception
        if hasattr(error, "original_exception") and error.original_exception
        else error
    )
    frames = "".join(traceback.format_tb(cause.__traceback__))
    log.error("%s on %s %s\n%s", type(cause).__qualname__, request.method, request.url_rule, frames)
