"""Set-up, sign-in, sign-out, and the switch between organisations."""

from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.auth import choose_organisation_here, set_up_here, sign_in_here, sign_out_here
from service.current import signed_in
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.frame import is_new_house
from service.pages.preferences import safe_path
from service.pages.returning import keep_after_sign_in, kept_fields
from service.texts import sentence
from workflows import errors as domain
from workflows.passwords import check_username

Answer = str | Response | tuple[str, int]


@pages.get("/login")
@access("public")
def login() -> Answer:
    """Show the sign-in page."""
    if signed_in() is not None:
        return redirect(safe_path(request.args.get("next"), url_for("pages.inbox")), 303)
    return render_template("login.html", next_path=safe_path(request.args.get("next"), ""))


@pages.post("/login")
@access("public")
def enter() -> Answer:
    """Check name and password; come back to where the person was going, with what they had typed."""
    goal = safe_path(request.form.get("next"), "")
    username = request.form.get("username", "").strip()
    try:
        begun = sign_in_here(username, request.form.get("password", ""))
    except (domain.SignInRefused, domain.TooManyAttempts) as refused:
        problem = problem_of(refused)
        page = render_template(
            "login.html", next_path=goal, username=username, problem_text=problem.detail, kept=kept_fields()
        )
        return page, problem.status
    session.permanent = False
    if begun.must_change_password:
        return redirect(url_for("pages.password"), 303)
    if kept_fields() and keep_after_sign_in(goal):
        flash(gettext("login.kept_as_draft"), "done")
    return redirect(goal or url_for("pages.inbox"), 303)


@pages.post("/logout")
@access("signed_in", with_old_password=True)
def logout() -> Response:
    """End the session."""
    sign_out_here()
    flash(gettext("login.out"), "done")
    return redirect(url_for("pages.home"), 303)


@pages.post("/organisation")
@access("signed_in", session_only=True)
def choose_organisation() -> Response:
    """Act for another of my organisations from now on."""
    try:
        choose_organisation_here(UUID(request.form.get("organisation", "")))
    except (ValueError, domain.NotMember):
        flash(gettext("account.not_member"), "zhu")
    return redirect(url_for("pages.inbox"), 303)


@pages.route("/setup", methods=["GET", "POST"])
@access("public")
def setup() -> Answer:
    """Make the first administrator with the one-time token that the first start printed."""
    typed = {name: request.values.get(name, "").strip() for name in ("token", "username", "name")}
    if not is_new_house():
        flash(sentence(domain.SetupClosed.code), "soon")
        return redirect(url_for("pages.login"), 303)
    if request.method == "GET":
        return render_template("setup.html", typed=typed, errors={}, problem_text=None)
    password = request.form.get("password", "")
    errors = _mistyped(typed["username"], password)
    problem: str | None = None
    if not errors:
        try:
            set_up_here(typed["token"], typed["username"], password, typed["name"])
            sign_in_here(typed["username"], password)
        except domain.PasswordRefused as refused:
            errors["password"] = problem_of(refused).detail
        except domain.UsernameTaken as refused:
            errors["username"] = problem_of(refused).detail
        except domain.SetupClosed as refused:
            errors["token"] = problem_of(refused).detail
        except domain.DomainError as refused:
            problem = problem_of(refused).detail
        else:
            flash(gettext("setup.done"), "done")
            return redirect(url_for("pages.people"), 303)
    return render_template("setup.html", typed=typed, errors=errors, problem_text=problem), 422


def _mistyped(username: str, password: str) -> dict[str, str]:
    """Return what can be said before the token is tried, all at once."""
    errors: dict[str, str] = {}
    try:
        check_username(username)
    except domain.UsernameRefused as refused:
        errors["username"] = problem_of(refused).detail
    if password != request.form.get("again"):
        errors["again"] = gettext("account.not_the_same")
    return errors
