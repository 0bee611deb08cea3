"""One application: where it is, why, what comes next, what was handed in, and its diagram."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from lxml import etree
from werkzeug.wrappers import Response as BaseResponse

from service.access import access
from service.current import clock, current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.papers import lines_of
from service.pages.shown import filled, round_before, show_submission
from service.viewing import note_instance
from workflows import errors as domain
from workflows import policy, queries
from workflows.engine.xml import read_xml

if TYPE_CHECKING:
    from workflows.queries.views import AheadWay, Step


@pages.get("/instances/<uuid:instance_id>")
@access("signed_in")
def instance(instance_id: UUID) -> str:
    """Show an application."""
    uow, actor = unit_of_work(), current_actor()
    overseer = policy.may_see_journal(actor)
    view = note_instance(queries.read_instance(uow, actor, instance_id))
    shown = filled(
        show_submission(one, one.texts, before=round_before(one, view.submissions))
        for one in sorted(view.submissions, key=lambda one: one.at, reverse=True)
    )
    newest = {one.title: one.id for one in reversed(shown)}
    latest = [one for one in shown if newest[one.title] == one.id]
    earlier = [one for one in shown if newest[one.title] != one.id]
    coming = [step for step in view.stepper if step.state == "next"]
    first = likely(view.ahead, coming)
    decided = [entry for entry in view.timeline if entry.outcome_kind in ("approve", "return", "reject")]
    return render_template(
        "instance/page.html",
        view=view,
        mine=next((task for task in view.open_tasks if task.mine), None),
        decided=decided[-1] if decided else None,
        coming=coming,
        likely=first,
        ways=sorted(view.ahead, key=lambda way: way is not first),
        submissions=latest,
        earlier=earlier,
        papers=lines_of(view, queries.papers(uow, actor, instance_id)),
        incidents=queries.incidents(uow, actor, instance_id=instance_id).items if overseer else (),
        operates=policy.may_operate(current_actor()) and not view.quarantined,
        now=clock().now(),
    )


def likely(ways: Sequence["AheadWay"], coming: Sequence["Step"]) -> "AheadWay | None":
    """Return the way that a case goes when all goes well: one to a step that every good case passes, else the first."""
    main = {step.element_id for step in coming}
    drawn = [way for way in ways if way.event is None and way.back is None] or list(ways)
    return next(
        (way for way in drawn if main & {step.element_id for step in way.steps}), next(iter(drawn), None)
    )


@pages.get("/instances/<uuid:instance_id>/diagram.json")
@access("signed_in")
def instance_diagram(instance_id: UUID) -> Response:
    """Give the diagram island its drawing, what was passed, and where the application is now."""
    view = queries.package_diagram(unit_of_work(), current_actor(), instance_id)
    body = {
        "xml": in_words(view.xml, view.texts),
        "visited": [*view.done, *view.flows],
        "now": [
            str(place.get("element_id") or place.get("element") or place.get("id")) for place in view.marking
        ],
    }
    return Response(json.dumps(body), content_type="application/json")


def in_words(xml: bytes, words: Mapping[str, str]) -> str:
    """Return the drawing with its names in the reader's language."""
    root = read_xml(xml)
    for element in root.iter("{*}*"):
        for kind in ("element", "flow", "lane"):
            text = words.get(f"{kind}.{element.get('id')}")
            if text and element.get("name"):
                element.set("name", text)
        if element.tag.endswith("}participant") and words.get("package.title"):
            element.set("name", words["package.title"])
    return str(etree.tostring(root, encoding="unicode"))


@pages.post("/instances/<uuid:instance_id>/withdraw")
@access("signed_in")
def withdraw(instance_id: UUID) -> BaseResponse:
    """Withdraw an application; the page asked before."""
    from workflows.commands.instances import withdraw_instance

    reason = request.form.get("reason", "").strip()
    return _do(
        instance_id,
        lambda uow, actor, key: withdraw_instance(uow, actor, instance_id, reason, key),
        "instance.withdrawn",
    )


@pages.post("/instances/<uuid:instance_id>/cancel")
@access("signed_in")
def cancel(instance_id: UUID) -> BaseResponse:
    """Cancel an application for the house, with a reason."""
    from workflows.commands.instances import cancel_instance

    reason = request.form.get("reason", "").strip()
    return _do(
        instance_id,
        lambda uow, actor, key: cancel_instance(uow, actor, instance_id, reason, key),
        "instance.cancelled",
    )


@pages.post("/instances/<uuid:instance_id>/suspend")
@access("signed_in")
def suspend(instance_id: UUID) -> BaseResponse:
    """Stop an application until it is resumed, with a reason."""
    from workflows.commands.suspension import suspend_instance

    reason = request.form.get("reason", "").strip()
    return _do(
        instance_id,
        lambda uow, actor, key: suspend_instance(uow, actor, instance_id, reason, key),
        "operations.suspended",
    )


@pages.post("/instances/<uuid:instance_id>/resume")
@access("signed_in")
def resume(instance_id: UUID) -> BaseResponse:
    """Let a suspended application go on."""
    from workflows.commands.suspension import resume_instance

    reason = request.form.get("reason", "").strip()
    return _do(
        instance_id,
        lambda uow, actor, key: resume_instance(uow, actor, instance_id, reason, key),
        "operations.resumed",
    )


def _do(instance_id: UUID, command: Callable[..., Any], done: str) -> BaseResponse:
    try:
        command(unit_of_work(), current_actor(), request_key())
    except (domain.Conflict, domain.Invalid) as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext(done), "done")
    return redirect(url_for("pages.instance", instance_id=instance_id), 303)
