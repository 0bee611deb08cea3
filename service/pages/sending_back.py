"""What whoever works on a task may do beside its verdict: send the case back undrawn, add or remove a signer."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.desk import from_draft
from service.pages.going_on import kept_list, where_to
from service.pages.listing import wanted_of
from service.pages.task import Answer, whole
from workflows import errors as domain
from workflows import queries


@pages.post("/tasks/<uuid:task_id>/return")
@access("signed_in")
def send_back(task_id: UUID) -> Answer:
    """Send the case back to a step that nobody drew a flow to; a refusal keeps the reason that was written."""
    from workflows.commands.returns import return_task

    to, reason = request.form.get("to", ""), request.form.get("reason", "")
    version = request.form.get("_version", "")
    try:
        done = return_task(
            unit_of_work(),
            current_actor(),
            task_id,
            to,
            reason,
            task_version=int(version) if version.isdigit() else None,
            idempotency_key=request_key(),
        )
    except (domain.Conflict, domain.Invalid, domain.ReturnNotAllowed) as refused:
        desk = from_draft(queries.read_task(unit_of_work(), current_actor(), task_id))
        desk.returning = {"to": to, "reason": reason, "problem": problem_of(refused).detail}
        return whole(desk, problem_of(refused).status)
    flash(gettext("task.sent_back", number=done.number), "done")
    return redirect(where_to(wanted_of(request.form) if request.form.get("tab") else None), 303)


@pages.post("/tasks/<uuid:task_id>/signers")
@access("signed_in")
def change_signers(task_id: UUID) -> Redirect:
    """Let one more sign, or take one away who has not signed; the reason is told to the others."""
    from workflows.commands.signers import add_signer, remove_signer

    command = remove_signer if request.form.get("_action") == "remove" else add_signer
    signer, reason = request.form.get("signer", "")[:64], request.form.get("reason", "")
    try:
        command(unit_of_work(), current_actor(), task_id, signer, reason, idempotency_key=request_key())
    except (domain.Conflict, domain.Invalid) as refused:
        flash(problem_of(refused).detail, "zhu")
    else:
        flash(gettext("sign.removed" if command is remove_signer else "sign.added"), "done")
    return redirect(url_for("pages.task", task_id=task_id, **kept_list(request.form)), 303)
