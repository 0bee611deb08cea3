"""Administrators: organisations and who belongs to them."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from workflows import errors as domain
from workflows import queries
from workflows.commands import organisations as commands

Answer = str | Response | tuple[str, int]


@pages.route("/admin/organisations", methods=["GET", "POST"])
@access("role:administrator")
def organisations() -> Answer:
    """List organisations and make new ones."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "credit_code")}
    problem = None
    if request.method == "POST":
        try:
            made = commands.create_organisation(
                unit_of_work(),
                current_actor(),
                typed["name"],
                typed["credit_code"] or None,
                idempotency_key=request_key(),
            )
        except domain.DomainError as refused:
            problem = problem_of(refused).detail
        else:
            flash(gettext("organisations.made", name=made.name), "done")
            return redirect(url_for("pages.one_organisation", organisation_id=made.id), 303)
    page = queries.organisations(unit_of_work(), current_actor(), after=request.args.get("after"))
    body = render_template(
        "admin/organisations.html", items=page.items, next=page.next, typed=typed, problem_text=problem
    )
    return body, 422 if problem else 200


@pages.get("/admin/organisations/<uuid:organisation_id>")
@access("role:administrator")
def one_organisation(organisation_id: UUID) -> str:
    """Show an organisation, its members and its groups."""
    view = queries.read_organisation(unit_of_work(), current_actor(), organisation_id)
    return render_template("admin/organisation.html", view=view)


@pages.post("/admin/organisations/<uuid:organisation_id>/members")
@access("role:administrator")
def change_members(organisation_id: UUID) -> Response:
    """Add a member by user name, or take one out."""
    uow, actor = unit_of_work(), current_actor()
    members = {one.id for one in queries.read_organisation(uow, actor, organisation_id).members if one.id}
    gone, username = request.form.get("remove", ""), request.form.get("username", "").strip()
    if gone:
        changed = {one for one in members if str(one) != gone}
    else:
        found = [
            one.id for one in queries.people(uow, actor, query=username).items if one.username == username
        ]
        changed = members | set(found)
    if not gone and not found:
        flash(gettext("organisations.not_found"), "zhu")
    else:
        commands.put_members(uow, actor, organisation_id, changed)
        flash(gettext("account.saved"), "done")
    return redirect(url_for("pages.one_organisation", organisation_id=organisation_id), 303)
