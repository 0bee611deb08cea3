"""Personal access tokens: made, shown once, revoked."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from workflows import errors as domain

LIFETIMES = (30, 90, 365)


@pages.post("/account/tokens")
@access("signed_in", session_only=True)
def new_token() -> Response | str:
    """Make a token and show its secret, this once."""
    from workflows.commands.tokens import create_token

    days = request.form.get("days", "90")
    lifetime = int(days) if days.isdigit() and int(days) in LIFETIMES else min(LIFETIMES)
    try:
        made = create_token(unit_of_work(), current_actor(), request.form.get("label", "").strip(), lifetime)
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
        return redirect(url_for("pages.account") + "#tokens", 303)
    return render_template("account/token.html", token=made)


@pages.post("/account/tokens/<uuid:token_id>/revoke")
@access("signed_in", session_only=True)
def revoke_token(token_id: UUID) -> Response:
    """Make a token worthless; programs that use it are refused at once."""
    from workflows.commands.tokens import revoke_token as revoke

    revoke(unit_of_work(), current_actor(), token_id)
    flash(gettext("token.revoked"), "done")
    return redirect(url_for("pages.account") + "#tokens", 303)
