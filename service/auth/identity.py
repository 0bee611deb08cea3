"""From the cookie or the Authorization header to a person."""

from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user

from service.current import clock
from service.refusals import TokenRefused
from workflows.queries.actors import TOKEN_PREFIX, SignedIn, person_of_session, person_of_token

BEARER = "bearer"
LONGEST_TOKEN = 200


class SignedInUser(UserMixin):  # type: ignore[misc]  # flask_login ships no types
    """What Flask-Login carries around: the session token as its id, and the person behind it."""

    def __init__(self, token: str, person: SignedIn | None) -> None:
        self.token = token
        self.person = person

    def get_id(self) -> str:
        """Return the raw session token; it lives in the signed cookie only, the database keeps its hash."""
        return self.token


def init_auth(app: Flask) -> None:
    """Let Flask-Login find the person of a cookie; every request reads the row, so a disabled account is out."""
    manager = LoginManager()
    # Sessions are rows that end by themselves; binding them to an address logs people out on every train ride.
    manager.session_protection = None
    manager.user_loader(_by_session)
    manager.init_app(app)


def has_bearer() -> bool:
    """Tell whether the request carries an Authorization header: then no cookie counts, and no CSRF check is due."""
    return "Authorization" in request.headers


def identify() -> SignedIn | None:
    """Return who asks; None for a stranger. Raises TokenRefused when an Authorization header is not accepted."""
    if has_bearer():
        return _by_header(request.headers["Authorization"])
    user = current_user._get_current_object()  # the proxy itself is never None
    return user.person if isinstance(user, SignedInUser) else None


def _by_session(token: str) -> SignedInUser | None:
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        return None
    person = person_of_session(token, clock().now())
    return None if person is None else SignedInUser(token, person)


def _by_header(header: str) -> SignedIn:
    kind, _, token = header.partition(" ")
    token = token.strip()
    if kind.lower() != BEARER or not token.startswith(TOKEN_PREFIX) or len(token) > LONGEST_TOKEN:
        raise TokenRefused
    person = person_of_token(token, clock().now())
    if person is None:
        raise TokenRefused
    return person
