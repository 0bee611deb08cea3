"""Signing in, out and over to another organisation, for the browser at hand."""

from uuid import UUID

from flask import g, request, session
from flask_login import current_user, login_user, logout_user

from service.auth.identity import SignedInUser
from service.current import current_actor, signed_in, unit_of_work
from service.refusals import SignInNeeded
from workflows.commands.accounts import set_up
from workflows.commands.sessions import change_password, choose_organisation, sign_in, sign_out
from workflows.queries.views import SessionView


def sign_in_here(username: str, password: str) -> SessionView:
    """Check a password and start a new session: new token, new cookie content, new CSRF secret.

    Raises SignInRefused and TooManyAttempts.
    """
    return _begin(sign_in(unit_of_work(), username, password, request.remote_addr or "?"))


def set_up_here(token: str, username: str, password: str, name: str, **details: str | None) -> None:
    """Spend the one-time set-up token on the first administrator; they sign in next. Raises like set_up."""
    set_up(unit_of_work(), token, username, password, name, **details)  # type: ignore[arg-type]


def change_password_here(old: str, new: str) -> SessionView:
    """Change one's own password and go on in a new session; all others of the account have ended.

    Raises SignInRefused when the old one is wrong, PasswordRefused, TooManyAttempts.
    """
    person = signed_in()
    if person is None:
        raise SignInNeeded
    change_password(unit_of_work(), current_actor(), old, new, request.remote_addr or "?")
    return sign_in_here(person.username, new)


def sign_out_here() -> None:
    """End the session on both sides: the row and the cookie."""
    user = current_user._get_current_object()
    if isinstance(user, SignedInUser) and user.person is not None:
        sign_out(unit_of_work(), user.person.actor, user.token)
    logout_user()
    _forget()


def choose_organisation_here(organisation_id: UUID) -> None:
    """Act for another organisation of one's own from now on. Raises NotMember."""
    choose_organisation(unit_of_work(), current_actor(), current_user.token, organisation_id)
    g.pop("zhupi_signed_in", None)


def _begin(view: SessionView) -> SessionView:
    assert view.token is not None  # noqa: S101 - a new session always shows its token, once
    # Whatever an attacker planted before the login (session fixation) is gone: cookie content and token are new.
    _forget()
    login_user(SignedInUser(view.token, None))
    for name in ("zhupi_signed_in", "_login_user"):  # the rest of this request reads who it is now
        g.pop(name, None)
    return view


def _forget() -> None:
    session.clear()
    for name in ("csrf_token", "zhupi_signed_in", "_login_user"):
        g.pop(name, None)
