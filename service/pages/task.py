"""The page of a task: read it, fill it, decide it. Every button of the form posts here with its `_action`."""

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from service.access import access
from service.current import clock, current_actor, request_key, unit_of_work
from service.errors import beyond, problem_of
from service.pages.answers import add_row, defaults, remove_row
from service.pages.blueprint import pages
from service.pages.desk import (
    Desk,
    context_of,
    from_draft,
    from_post,
    held_files,
    kept_sections,
    other_pages,
    save,
)
from service.pages.going_on import COOKIE, goes_on, kept_list, where_to
from service.pages.inbox import back_to_list
from service.pages.judged import drop_hidden
from service.pages.marking import mark
from service.pages.paging import goal_of
from service.pages.preferences import YEAR, safe_path
from service.pages.sheets import Sheet
from service.pages.together import choose, drop_row, put_typed, typing_of
from service.texts import sentence
from service.viewing import note_task
from workflows import errors as domain
from workflows import queries
from workflows.forms import InvalidForm
from workflows.forms.trace import Trace

if TYPE_CHECKING:
    from workflows.queries.views import TaskView

Answer = str | Redirect | tuple[str, int]

SAVES_ON_THE_WAY = 3


@pages.get("/tasks/<uuid:task_id>")
@access("signed_in")
def task(task_id: UUID) -> Answer:
    """Show a task: to work on, or to read when it is not mine to do."""
    return whole(from_draft(queries.read_task(unit_of_work(), current_actor(), task_id)))


@pages.post("/tasks/<uuid:task_id>")
@access("signed_in")
def work(task_id: UUID) -> Answer:
    """Do what the pressed button says; whatever happens, what was typed stays."""
    from workflows.commands.set_aside import set_aside

    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    verb, _, rest = request.form.get("_action", "draft").partition(":")
    if verb == "complete":
        return complete(desk)  # a second click finds its own first one and is success
    if not desk.view.may_complete:
        return not_mine(desk)
    files = held_files(desk)
    change_rows(desk, verb, rest)
    if verb in ("keep", "take"):
        choose(desk, verb, rest)
    if verb == "mark":
        mark(desk, rest)
    try:
        save(desk)
    except domain.DomainError as refused:
        desk.notice = problem_of(refused).detail
    except InvalidForm as refused:
        return not_kept(desk, refused)
    if verb == "del" and (gone := files - held_files(desk)) and desk.notice is None:
        set_aside(unit_of_work(), current_actor(), task_id, *gone)  # else they came back, to the row that is there now
    goal = goal_of(desk, rest) if verb == "page" and desk.notice is None else None
    if goal is not None:
        return redirect(goal, 303)
    if verb == "leave":  # sent by a page that nobody looks at any more
        return Response(status=204)
    return part_or_whole(desk)


@pages.post("/tasks/<uuid:task_id>/claim")
@access("signed_in")
def claim(task_id: UUID) -> Redirect:
    """Take a task of my group."""
    from workflows.commands.tasks import claim_task

    try:
        done = claim_task(unit_of_work(), current_actor(), task_id, idempotency_key=request_key())
    except (
        domain.TaskAlreadyClaimed,
        domain.TaskNotOpen,
        domain.SignatureNotNeeded,
        domain.SignsAlready,
    ) as refused:
        flash(problem_of(refused).detail, "soon")
        return redirect(url_for("pages.inbox", **({"tab": "claimable"} | kept_list(request.form))), 303)
    if request.form.get("_back") == "list":
        flash(gettext("inbox.claimed", number=done.number), "done")
        return redirect(back_to_list(task_id), 303)
    return redirect(url_for("pages.task", task_id=task_id, **kept_list(request.form)), 303)


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
    rows = form.field_at(path) if form else None
    if rows is None or rows.type != "dynamiclist":
        return
    if verb == "add":
        place = add_row(desk.typed, path, defaults(rows.children))
        first = next((one.key for one in rows.children if one.type not in ("text", "separator")), "")
        desk.focus = f"{path}[{place}].{first}"
    elif verb == "del" and number.isdigit():
        remove_row(desk.typed, path, int(number))
        drop_row(desk, path, int(number))
        desk.focus = path


def complete(desk: Desk, tries: int = SAVES_ON_THE_WAY) -> Answer:
    """Hand the task in. A refusal shows the same page again, with the reason and all that was typed.

    A save of this very page that was still on its way is no reason to refuse: then it is looked at again.
    """
    from workflows.commands.tasks import complete_task

    desk.checked = True
    if desk.outcome is None:
        desk.problem = gettext("task.choose_first")
        return part_or_whole(desk, 422)
    version = request.form.get("_version", "")
    posted = desk.typed, desk.rows
    try:
        if unseen(desk):
            return look_again(desk)
        done = complete_task(
            unit_of_work(),
            current_actor(),
            desk.view.id,
            desk.outcome,
            drop_hidden(desk),
            int(version) if version.isdigit() else None,
            request_key(),
            draft_revision=desk.revision if desk.view.may_complete and desk.view.form else None,
        )
    except InvalidForm as refused:
        desk.errors = refused.errors
        return part_or_whole(desk, 422)
    except domain.DraftChanged:
        desk.typed, desk.rows = posted  # not what the draft was a moment ago: a row may have gone from it since
        desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)
        return complete(desk, tries - 1) if tries else look_again(desk)
    except (
        domain.TaskNotOpen,
        domain.InstanceEnded,
        domain.TaskAlreadyClaimed,
        domain.SignatureNotNeeded,
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
    answer = redirect(after(desk, done.instance_id), 303)
    if "_going_on" in request.form:
        answer.set_cookie(COOKIE, "1" if goes_on() else "0", max_age=YEAR, samesite="Lax", httponly=True)
    return answer


def unseen(desk: Desk) -> bool:
    """Put what was posted into the draft as it is now; tell whether that shows something the person has not seen."""
    from workflows import forms
    from workflows.commands.drafts import put_together

    form, draft = desk.view.form, desk.view.draft
    if form is None or not (desk.view.may_complete or desk.page):
        return False  # a form that is done already is only compared with what was handed in
    before, trace = (draft.answers, draft.trace) if draft else (desk.initial, None)
    typing = typing_of(desk)
    try:
        typed = forms.load_draft(form, typing.answers)
    except InvalidForm:  # the form as a whole is about to say so, and all else that is wrong
        return False
    merged = put_together(form, before, trace or Trace(), typed, typing)
    if merged.news or merged.contended or (trace is not None and trace.others):
        return True
    put_typed(desk, merged.kept)
    desk.revision = draft.revision if draft else 0
    return False


def look_again(desk: Desk) -> Answer:
    """Nothing is handed in unseen: keep what was typed, show what others changed, and ask to look at it first."""
    save(desk)
    names = gettext("format.comma").join(one.name for one in desk.news if not one.mine and one.name)
    desk.checked = False
    desk.notice = (
        gettext("draft.choose_before_submit", n=len(desk.rivals))
        if desk.rivals
        else gettext("draft.look_before_submit", names=names or gettext("draft.you_elsewhere"))
    )
    return part_or_whole(desk, 409)


def after(desk: Desk, instance_id: UUID) -> str:
    """Whoever decides goes on with the next task; an applicant sees where the application is now."""
    return where_to(desk.wanted) if desk.deciding else url_for("pages.instance", instance_id=instance_id)


def not_mine(desk: Desk) -> Answer:
    """Say kindly why this cannot be done (any more), and show what was typed so that nothing is lost."""
    desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)
    return whole(desk, 409)


def not_kept(desk: Desk, refused: InvalidForm) -> Answer:
    """Say what is past a limit of drafts, and what to do about it: all that was typed stays on the page."""
    desk.past, desk.problem, desk.unsaved = refused.errors, gettext("task.not_kept"), True
    desk.typed = {**other_pages(desk), **desk.typed}
    if "HX-Request" in request.headers:
        desk.checked = False  # what else is wrong stands on the page already
        return beyond(desk.problem, context_of(desk)["sheet"].problems)
    return whole(desk, 422)


def part_or_whole(desk: Desk, status: int = 200) -> Answer:
    """Answer htmx with the form alone, a plain browser with the whole page."""
    if "HX-Request" in request.headers:
        context = context_of(desk)
        if is_light(desk, context["sheet"]):
            context["checklist"] = context["sheet"].checklist(request.form.get("_listed", "").split())
        name = "task/light.html" if is_light(desk, context["sheet"]) else "task/form.html"
        page = Response(render_template(name, **context, light=name == "task/light.html"), status)
        if name == "task/light.html":
            page.headers["HX-Reswap"] = "none"  # its parts go to their own places
        return page
    return whole(desk, status)


def is_light(desk: Desk, sheet: Sheet) -> bool:
    """Tell whether a save has changed nothing of what is drawn but what is reckoned: then only that is sent."""
    return (
        request.form.get("_action") == "draft"
        and request.form.get("_shape") == sheet.shape
        and not (desk.deciding or desk.checked or desk.notice or desk.news or desk.rivals)
    )


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
        "task/page.html",
        **context_of(desk),
        why_not=reason,
        kept_sections=kept,
        open_submissions=True,
        now=clock().now(),
    )
    return page, status
