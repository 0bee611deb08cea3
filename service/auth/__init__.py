"""Who asks: a browser session (cookie, Flask-Login, a row per session) or a program (bearer token)."""

from service.auth.identity import SignedInUser, identify, init_auth
from service.auth.sessions import (
    change_password_here,
    choose_organisation_here,
    set_up_here,
    sign_in_here,
    sign_out_here,
)

__all__ = [
    "SignedInUser",
    "change_password_here",
    "choose_organisation_here",
    "identify",
    "init_auth",
    "set_up_here",
    "sign_in_here",
    "sign_out_here",
]
