"""Administrators: groups of an organisation and who works in them."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from workflows import errors as domain
from workflows.commands import organisations as commands


@pages.post("/admin/organisations/<uuid:organisation_id>/groups")
@access("role:administrator")
def new_group(organisation_id: UUID) -> Response:
    """Make a group."""
    name = request.form.get("name", "").strip()
    try:
        commands.create_group(
            unit_of_work(), current_actor(), organisation_id, name, idempotency_key=request_key()
        )
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("organisations.group_made", name=name), "done")
    return redirect(url_for("pages.one_organisation", organisation_id=organisation_id), 303)


@pages.post("/admin/organisations/<uuid:organisation_id>/groups/<uuid:group_id>")
@access("role:administrator")
def change_group(organisation_id: UUID, group_id: UUID) -> Response:
    """Say who works in a group."""
    try:
        members = [UUID(one) for one in request.form.getlist("members")]
        commands.put_group_members(unit_of_work(), current_actor(), group_id, members)
    except (domain.DomainError, ValueError) as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("account.saved"), "done")
    return redirect(url_for("pages.one_organisation", organisation_id=organisation_id), 303)
