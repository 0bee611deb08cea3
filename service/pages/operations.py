"""Operators: how the house does, what is in the way, and what to do about it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from service.access import access
from service.current import clock, current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from workflows import errors as domain
from workflows import policy, queries
from workflows.commands import incidents as commands
from workflows.handlers import HANDLERS
from workflows.queries.house import CAP, SHOWN
from workflows.queries.views import IncidentView
from workflows.schema_values import AmountValue, DateValue, NumberValue

OVERSEERS = "role:administrator|auditor|operator"
OPERATORS = "role:administrator|operator"
SETTLED = {"retry": "retried", "skip": "skipped", "fail": "failed", "close": "closed"}
Answer = str | Response | tuple[str, int]


@pages.get("/operations")
@access(OVERSEERS)
def operations() -> str:
    """Show workers, queues, timers and cases that stand still."""
    view = queries.read_house(unit_of_work(), current_actor())
    return render_template("operations/house.html", view=view, now=clock().now(), cap=CAP, shown=SHOWN)


@pages.get("/operations/incidents")
@access(OVERSEERS)
def incidents() -> str:
    """List incidents, open or closed, the newest first."""
    status = "closed" if request.args.get("status") == "closed" else "open"
    page = queries.incidents(unit_of_work(), current_actor(), status=status, after=request.args.get("after"))
    return render_template("operations/incidents.html", items=page.items, next=page.next, status=status)


@pages.get("/operations/incidents/<uuid:incident_id>")
@access(OVERSEERS)
def incident(incident_id: UUID) -> Answer:
    """Show one incident and what may be done about it."""
    return _page(queries.read_incident(unit_of_work(), current_actor(), incident_id))


@pages.post("/operations/incidents/<uuid:incident_id>")
@access(OPERATORS)
def settle_incident(incident_id: UUID) -> Answer:
    """Retry, skip with a reason and values, fail with a declared code, or close with a reason."""
    uow, actor, key = unit_of_work(), current_actor(), request_key()
    action, reason = request.form.get("_action", ""), request.form.get("reason", "").strip()
    try:
        if action == "retry":
            commands.retry_incident(uow, actor, incident_id, key)
        elif action == "skip":
            commands.skip_service_task(uow, actor, incident_id, _values(), reason, key)
        elif action == "fail":
            commands.fail_service_task(uow, actor, incident_id, request.form.get("error", ""), reason, key)
        else:
            action = "close"
            commands.close_incident(uow, actor, incident_id, reason, key)
    except (domain.Conflict, domain.Invalid) as refused:
        problem = problem_of(refused)
        view = queries.read_incident(uow, actor, incident_id)
        return _page(view, action, problem.detail), problem.status
    flash(gettext(f"operations.{SETTLED[action]}"), "done")
    return redirect(url_for("pages.incident", incident_id=incident_id), 303)


def _page(view: IncidentView, action: str = "", problem: str | None = None) -> str:
    return render_template(
        "operations/incident.html",
        view=view,
        operates=policy.may_operate(current_actor()),
        outputs=_outputs(view) if view.may_skip else {},
        typed=request.form if request.method == "POST" else {},
        action=action,
        problem_text=problem,
    )


def _outputs(view: IncidentView) -> Mapping[str, tuple[str, bool]]:
    """Return the kind of input and whether it is required, for each value that a handler gives back."""
    handler = HANDLERS.get(view.handler or "")
    if handler is None:
        return {}
    return {name: (_kind(field), field.required) for name, field in handler.output().fields.items()}


def _kind(field: Any) -> str:
    if isinstance(field, DateValue):
        return "date"
    return "number" if isinstance(field, AmountValue | NumberValue) else "text"


def _values() -> dict[str, str]:
    """Return the values that were typed; what was left empty is not given."""
    typed = {name: text.strip() for name, text in request.form.items() if name.startswith("value.")}
    return {name.removeprefix("value."): text for name, text in typed.items() if text}
