"""The page of a task: read it, fill it, decide it. Every button of the form posts here with its `_action`."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.answers import with_row, without_row
from service.pages.blueprint import pages
from service.pages.desk import (
    Desk,
    context_of,
    defaults,
    drop_hidden,
    from_draft,
    from_post,
    kept_sections,
    save,
)
from service.pages.preferences import safe_path
from service.texts import sentence
from service.viewing import note_task
from workflows import errors as domain
from workflows import queries
from workflows.forms import InvalidForm

if TYPE_CHECKING:
    from workflows.queries.views import TaskView

Answer = str | Redirect | tuple[str, int]


@pages.get("/tasks/<uuid:task_id>")
@access("signed_in")
def task(task_id: UUID) -> Answer:
    """Show a task: to work on, or to read when it is not mine to do."""
    return whole(from_draft(queries.read_task(unit_of_work(), current_actor(), task_id)))


@pages.post("/tasks/<uuid:task_id>")
@access("signed_in")
def work(task_id: UUID) -> Answer:
    """Do what the pressed button says; whatever happens, what was typed stays."""
    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    verb, _, rest = request.form.get("_action", "draft").partition(":")
    if verb == "complete":
        return complete(desk)  # a second click finds its own first one and is success
    if not desk.view.may_complete:
        return not_mine(desk)
    change_rows(desk, verb, rest)
    try:
        save(desk, over="_over" in request.form)
    except domain.DraftChanged as refused:
        desk.notice, desk.conflict = problem_of(refused).detail, True
    except domain.DomainError as refused:
        desk.notice = problem_of(refused).detail
    return part_or_whole(desk)


@pages.post("/tasks/<uuid:task_id>/claim")
@access("signed_in")
def claim(task_id: UUID) -> Redirect:
    """Take a task of my group."""
    from workflows.commands.tasks import claim_task

    try:
        claim_task(unit_of_work(), current_actor(), task_id, idempotency_key=request_key())
    except (domain.TaskAlreadyClaimed, domain.TaskNotOpen) as refused:
        flash(problem_of(refused).detail, "soon")
        return redirect(url_for("pages.inbox", tab="claimable"), 303)
    return redirect(url_for("pages.task", task_id=task_id), 303)


@pages.post("/tasks/<uuid:task_id>/release")
@access("signed_in")
def release(task_id: UUID) -> Redirect:
    """Give a task back to my group."""
    from workflows.commands.tasks import release_task

    release_task(unit_of_work(), current_actor(), task_id, idempotency_key=request_key())
    flash(gettext("task.released"), "done")
    return redirect(safe_path(request.form.get("back"), url_for("pages.inbox")), 303)


def change_rows(desk: Desk, verb: str, rest: str) -> None:
    """Add a row, or remove one, in what is typed."""
    path, _, number = rest.partition(":")
    form = desk.view.form
    rows = (
        next((one for one in form.walk() if one.type == "dynamiclist" and one.key == path), None)
        if form
        else None
    )
    if rows is None:
        return
    if verb == "add":
        desk.typed = with_row(desk.typed, path, defaults(rows.children))
        first = next((one.key for one in rows.children if one.type not in ("text", "separator")), "")
        desk.focus = f"{path}[{len(desk.typed[path]) - 1}].{first}"
    elif verb == "del" and number.isdigit():
        desk.typed = without_row(desk.typed, path, int(number))
        desk.focus = path


def complete(desk: Desk) -> Answer:
    """Hand the task in. A refusal shows the same page again, with the reason and all that was typed."""
    from workflows.commands.tasks import complete_task

    desk.checked = True
    if desk.outcome is None:
        desk.problem = gettext("task.choose_first")
        return part_or_whole(desk, 422)
    version = request.form.get("_version", "")
    try:
        done = complete_task(
            unit_of_work(),
            current_actor(),
            desk.view.id,
            desk.outcome,
            drop_hidden(desk),
            int(version) if version.isdigit() else None,
            request_key(),
        )
    except InvalidForm as refused:
        desk.errors = refused.errors
        return part_or_whole(desk, 422)
    except (
        domain.TaskNotOpen,
        domain.InstanceEnded,
        domain.TaskAlreadyClaimed,
        domain.NotAllowed,
    ) as refused:
        desk.problem = problem_of(refused).detail
        return not_mine(desk)
    except domain.StaleTask as refused:
        desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)
        desk.notice = problem_of(refused).detail
        return part_or_whole(desk, 409)
    except domain.DomainError as refused:
        problem = problem_of(refused)
        desk.problem = problem.detail
        return part_or_whole(desk, problem.status)
    flash(
        gettext("task.done", title=desk.view.title, outcome=desk.chosen.title if desk.chosen else ""), "done"
    )
    return redirect(after(desk, done.instance_id), 303)


def after(desk: Desk, instance_id: UUID) -> str:
    """Whoever decides goes on with the next task; an applicant sees where the application is now."""
    return url_for("pages.inbox") if desk.deciding else url_for("pages.instance", instance_id=instance_id)


def not_mine(desk: Desk) -> Answer:
    """Say kindly why this cannot be done (any more), and show what was typed so that nothing is lost."""
    desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)
    return whole(desk, 409)


def part_or_whole(desk: Desk, status: int = 200) -> Answer:
    """Answer htmx with the form alone, a plain browser with the whole page."""
    if "HX-Request" in request.headers:
        page = Response(render_template("task/form.html", **context_of(desk)), status)
        page.headers["X-Draft-Revision"] = str(desk.revision)
        return page
    return whole(desk, status)


def why_not(view: "TaskView") -> str:
    """Say why a task is not to be done by the reader, with the names that the page shows anyway."""
    if view.why_not is None:
        return str(gettext("task.not_yours"))
    if view.why_not == domain.TaskNotOpen.code:
        ended = {(view.element_id, view.round, f"task.{verb}") for verb in ("completed", "returned")}
        ending = (one for one in reversed(view.timeline) if (one.element_id, one.round, one.action) in ended)
        last = next(ending, None)
        by = last.by.name if last is not None and last.by is not None else view.lane_title
        return sentence(view.why_not, by=by, at=view.ended_at)
    if view.why_not == domain.TaskAlreadyClaimed.code:
        holder = view.holder.name if view.holder is not None else view.lane_title
        return sentence(view.why_not, holder=holder, since=view.claimed_at)
    return sentence(view.why_not, at=view.ended_at)


def whole(desk: Desk, status: int = 200) -> Answer:
    """Draw the whole page of a task; that staff read what was handed in is noted."""
    view = note_task(desk.view)
    reason = desk.problem or why_not(view)
    kept = kept_sections(desk) if request.method == "POST" and not view.may_complete else ()
    page = render_template(
        "task/page.html", **context_of(desk), why_not=reason, kept_sections=kept, open_submissions=True
    )
    return page, status
