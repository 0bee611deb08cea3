"""Administrators: which group plays which lane of a process."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from workflows import errors as domain
from workflows import queries


@pages.get("/admin/bindings")
@access("role:administrator")
def bindings() -> str:
    """Show every process with its lanes and who plays them."""
    uow, actor = unit_of_work(), current_actor()
    titles = {one.key: one.title for one in queries.catalogue(uow, actor)}
    lanes: dict[str, list[object]] = {}
    for lane in queries.bindings(uow, actor):
        lanes.setdefault(lane.process_key, []).append(lane)
    processes = [{"key": key, "title": titles.get(key, key), "lanes": found} for key, found in lanes.items()]
    houses = queries.organisations(uow, actor, limit=100).items
    return render_template("admin/bindings.html", processes=processes, houses=houses)


@pages.post("/admin/bindings/<process_key>/<lane>")
@access("role:administrator")
def bind(process_key: str, lane: str) -> Response:
    """Give a lane to a group, or to nobody."""
    from workflows.commands.organisations import bind_lane

    uow, actor, group = unit_of_work(), current_actor(), request.form.get("group", "")
    try:
        bind_lane(uow, actor, process_key, lane, UUID(group) if group else None)
    except (domain.DomainError, ValueError) as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("bindings.saved"), "done")
    return redirect(url_for("pages.bindings"), 303)
