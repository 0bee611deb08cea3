"""Administrators: accounts, their roles, first passwords, and closing them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from storage.actor import Role
from workflows import errors as domain
from workflows import queries
from workflows.commands import accounts

Answer = str | Response | tuple[str, int]
FIELDS = ("username", "name", "phone", "mail", "password", "organisation")


@pages.get("/admin/people")
@access("role:administrator")
def people() -> str:
    """List and search accounts."""
    query = request.args.get("q", "").strip()
    page = queries.people(unit_of_work(), current_actor(), query=query, after=request.args.get("after"))
    return render_template("admin/people.html", items=page.items, next=page.next, query=query)


@pages.route("/admin/people/new", methods=["GET", "POST"])
@access("role:administrator")
def new_person() -> Answer:
    """Make an account with a first password that has to be changed."""
    typed = _typed()
    if request.method == "GET":
        return _page(None, typed)
    try:
        made = accounts.create_account(
            unit_of_work(),
            current_actor(),
            username=typed["username"],
            password=request.form.get("password", ""),
            name=typed["name"],
            phone=typed["phone"] or None,
            mail=typed["mail"] or None,
            roles=typed["roles"],
            organisation_id=UUID(typed["organisation"]) if typed["organisation"] else None,
            idempotency_key=request_key(),
        )
    except domain.DomainError as refused:
        return _page(None, typed, problem_of(refused).detail), 422
    flash(gettext("people.made", name=made.username), "done")
    return redirect(url_for("pages.people"), 303)


@pages.route("/admin/people/<uuid:account_id>", methods=["GET", "POST"])
@access("role:administrator")
def one_person(account_id: UUID) -> Answer:
    """Show an account and change it."""
    view = queries.read_account(unit_of_work(), current_actor(), account_id)
    if request.method == "GET":
        typed = {name: getattr(view, name, None) for name in FIELDS} | {"roles": list(view.roles)}
        return _page(view, typed)
    typed = _typed()
    renamed = typed["username"] if typed["username"] != view.username else None
    try:
        accounts.change_account(
            unit_of_work(),
            current_actor(),
            account_id,
            name=typed["name"],
            phone=_if_changed(typed["phone"], view.phone),
            mail=_if_changed(typed["mail"], view.mail),
            username=renamed,
            roles=typed["roles"],
        )
    except domain.DomainError as refused:
        return _page(view, typed, problem_of(refused).detail), 422
    flash(gettext("account.saved"), "done")
    return redirect(url_for("pages.one_person", account_id=account_id), 303)


@pages.post("/admin/people/<uuid:account_id>/password")
@access("role:administrator", session_only=True)  # a leaked token must not take over accounts
def reset_person_password(account_id: UUID) -> Response:
    """Give a new first password; every session of the account ends."""
    try:
        accounts.reset_password(
            unit_of_work(), current_actor(), account_id, request.form.get("new_password", "")
        )
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("people.reset_done"), "done")
    return redirect(url_for("pages.one_person", account_id=account_id), 303)


@pages.post("/admin/people/<uuid:account_id>/switch")
@access("role:administrator")
def switch_person(account_id: UUID) -> Response:
    """Close an account, or open it again."""
    change = accounts.disable_account if request.form.get("to") == "disabled" else accounts.enable_account
    try:
        change(unit_of_work(), current_actor(), account_id)
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("account.saved"), "done")
    return redirect(url_for("pages.one_person", account_id=account_id), 303)


def _if_changed(typed: str, shown: str | None) -> str | None:
    """Administrators see phone and mail masked: what was not touched is not written back."""
    return None if typed == (shown or "") else typed


def _typed() -> dict[str, Any]:
    known = {str(role) for role in Role}
    typed: dict[str, Any] = {name: request.form.get(name, "").strip() for name in FIELDS}
    return typed | {"roles": [role for role in request.form.getlist("roles") if role in known]}


def _page(view: Any, typed: dict[str, Any], problem: str | None = None) -> str:
    houses = queries.organisations(unit_of_work(), current_actor()) if view is None else ()
    return render_template(
        "admin/person.html",
        person_=view,
        typed=typed,
        problem_text=problem,
        roles=[str(role) for role in Role],
        organisations_=getattr(houses, "items", houses),
    )
