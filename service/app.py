"""Make the web application: one factory, no work at import, nothing that a route did not allow itself."""

import logging
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request, send_from_directory
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from service.access import access, policy_of, require_policies
from service.auth import init_auth
from service.auth.identity import has_bearer
from service.current import EXTENSION, signed_in
from service.errors import init_errors
from service.headers import init_headers, is_https, trusted_hosts
from service.health import blueprint as health
from service.measures import init_measures
from service.metrics import blueprint as metrics
from service.refusals import PasswordMustChange, RoleNeeded, SessionNeeded, SignInNeeded
from service.strict_json import StrictJson
from service.texts import init_texts, language
from storage.actor import AuthLevel
from storage.database import init_database
from storage.ports import Clock, Ids, RandomIds, SystemClock
from workflows.forms.vocabulary import MAX_ANSWERS
from workflows.handlers import add_handlers

if TYPE_CHECKING:
    from config.settings import Settings

STATIC = Path(__file__).parent / "static"
log = logging.getLogger("zhupi")


def create_app(settings: "Settings", *, clock: Clock | None = None, ids: Ids | None = None) -> Flask:
    """Make an app on these settings. Raises RouteWithoutPolicy when a route declares no policy, HandlersUnusable."""
    app = Flask(
        "service", static_folder=None, template_folder="templates", root_path=str(Path(__file__).parent)
    )
    app.static_folder = str(STATIC)  # set late, or Flask would add a route without a policy
    app.json_provider_class = StrictJson
    app.json = StrictJson(app)
    app.extensions[EXTENSION] = {
        "settings": settings,
        "clock": clock or SystemClock(),
        "ids": ids or RandomIds(),
    }
    app.config.update(_config(settings))
    if is_https(settings):
        # We never speak TLS ourselves, so a proxy stands in front: it says who calls, in the last entry it appends.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    add_handlers(settings.handlers)
    init_database(app, settings)
    init_measures(app)
    init_headers(app)
    init_auth(app)
    init_texts(app, settings.default_language)
    csrf = CSRFProtect(app)
    app.before_request(lambda: _check_access(app, csrf))
    init_errors(app)
    app.add_url_rule("/static/<path:filename>", "static", _static)
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    _register_routes(app)
    require_policies(app)
    return app


def _config(settings: "Settings") -> dict[str, Any]:
    https = is_https(settings)
    return {
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        # What the fullest form that deploy accepts may post (each value and row with a companion), and more.
        "MAX_FORM_MEMORY_SIZE": 8 * 1024 * 1024,
        "MAX_FORM_PARTS": 3 * MAX_ANSWERS,
        "TRUSTED_HOSTS": trusted_hosts(settings),
        "SESSION_COOKIE_NAME": "__Host-zhupi" if https else "zhupi",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "WTF_CSRF_CHECK_DEFAULT": False,
        # The token lives as long as its session: a page left open over lunch must still be able to save.
        "WTF_CSRF_TIME_LIMIT": None,
        "PREFERRED_URL_SCHEME": "https" if https else "http",
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _register_routes(app: Flask) -> None:
    from service import api, pages

    api.register(app)
    if hasattr(pages, "register"):
        pages.register(app)
    app.jinja_env.globals["language"] = language


def _check_access(app: Flask, csrf: CSRFProtect) -> None:
    """Let nobody through whom the route's policy does not name; refuse a forged form."""
    if isinstance(request.routing_exception, HTTPException):
        return  # 404, 405 and foreign hosts are answered by the router
    policy = policy_of(app, request.endpoint or "")
    if policy is None:
        raise RoleNeeded
    person = signed_in() if not policy.public or has_bearer() else None
    if not policy.public:
        if person is None:
            raise SignInNeeded
        if policy.session_only and person.actor.auth_level is AuthLevel.TOKEN:
            raise SessionNeeded
        by_password = person.actor.auth_level is AuthLevel.PASSWORD  # a token does not rest on the password
        if by_password and person.must_change_password and not policy.with_old_password:
            raise PasswordMustChange
        if policy.roles and not policy.roles & person.actor.roles:
            raise RoleNeeded
    if not has_bearer():
        csrf.protect()


@access("public")
def _static(filename: str) -> Response:
    """Serve our own scripts, styles and pictures; built files bear their hash in the name and never change."""
    response = send_from_directory(STATIC, filename)
    if filename.startswith("build/assets/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


mimetypes.add_type("text/javascript", ".js")
