"""My account: name and language, password."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.auth import change_password_here
from service.current import current_actor, signed_in, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.preferences import keep_language
from service.texts import LANGUAGES
from workflows import errors as domain
from workflows import queries
from workflows.notices.kinds import MODES

Answer = str | Response | tuple[str, int]


@pages.get("/account")
@access("signed_in")
def account() -> str:
    """Show my account and my access tokens."""
    return render_template("account/page.html", **_context())


@pages.post("/account")
@access("signed_in", session_only=True)
def change() -> Answer:
    """Change name, phone, mail and language."""
    from workflows.commands.accounts import change_account

    typed = {name: request.form.get(name, "").strip() for name in ("name", "phone", "mail")}
    language = request.form.get("language", "")
    try:
        change_account(
            unit_of_work(),
            current_actor(),
            _me(),
            name=typed["name"],
            phone=typed["phone"],
            mail=typed["mail"],
            language=language if language in LANGUAGES else None,
        )
    except domain.DomainError as refused:
        return render_template(
            "account/page.html", **_context(), typed=typed, problem_text=problem_of(refused).detail
        ), 422
    flash(gettext("account.saved"), "done")
    answer = redirect(url_for("pages.account"), 303)
    if language in LANGUAGES:
        keep_language(answer, language)
    return answer


@pages.route("/account/password", methods=["GET", "POST"])
@access("signed_in", session_only=True, with_old_password=True)
def password() -> Answer:
    """Choose a new password; the old one is asked for."""
    person = signed_in()
    forced = person is not None and person.must_change_password
    if request.method == "GET":
        return render_template("account/password.html", forced=forced, errors={})
    errors: dict[str, str] = {}
    if request.form.get("new") != request.form.get("again"):
        errors["again"] = gettext("account.not_the_same")
    else:
        try:
            change_password_here(request.form.get("old", ""), request.form.get("new", ""))
        except domain.PasswordRefused as refused:
            errors["new"] = problem_of(refused).detail
        except (domain.SignInRefused, domain.DomainError) as refused:
            errors["old"] = problem_of(refused).detail
        else:
            flash(gettext("account.password_changed"), "done")
            return redirect(url_for("pages.inbox" if forced else "pages.account"), 303)
    return render_template("account/password.html", forced=forced, errors=errors), 422


def _me() -> UUID:
    account_id = current_actor().account_id
    assert account_id is not None  # noqa: S101 - only the system has none, and it opens no pages
    return account_id


def _context() -> dict[str, object]:
    uow, actor = unit_of_work(), current_actor()
    return {
        "account": queries.read_account(uow, actor, _me()),
        "tokens": queries.tokens(uow, actor),
        "wishes": queries.preferences(uow, actor),
        "modes": MODES,
    }
