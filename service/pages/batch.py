"""One verdict for many tasks, where the package allows it: what will be done, then what became of each."""

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Redirect

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.going_on import is_id
from service.pages.listing import address_of, wanted_of
from storage.errors import StorageError
from workflows import queries
from workflows.errors import DomainError
from workflows.forms import InvalidForm

MOST = 50
"""Nobody reads more numbers than this before they press the button."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one of them: `why_not` is empty where it was done."""

    task_id: UUID
    applicant: str
    number: str
    why_not: str = ""


@pages.post("/inbox/batch")
@access("signed_in")
def batch() -> str | Redirect:
    """Ask once with all the numbers, then complete each task by a command of its own and say how each went."""
    wanted = wanted_of(request.form)
    ids = [UUID(one) for one in dict.fromkeys(request.form.getlist("task")) if is_id(one)][:MOST]
    outcome = request.form.get("outcome", "")
    items = queries.offered(unit_of_work(), current_actor(), ids) if ids else ()
    chosen = [item for item in items if outcome in dict(item.batch)]
    if not chosen and "_confirmed" not in request.form:
        flash(gettext("batch.tick_first"), "soon")
        return redirect(url_for("pages.inbox", **address_of(wanted)), 303)
    context = {"outcome": outcome, "title": dict(chosen[0].batch)[outcome] if chosen else gettext("batch.report"), "address": address_of(wanted)}
    if "_confirmed" not in request.form:
        return render_template("inbox/batch.html", items=chosen, left=len(ids) - len(chosen), **context)
    fit = {item.task_id for item in chosen}
    unfit = {item.task_id for item in items} - fit
    results = [
        Result(
            one,
            request.form.get(f"applicant:{one}", "")[:200],
            request.form.get(f"number:{one}", "")[:40],
            gettext("batch.unfit") if one in unfit else give(one, outcome),
        )
        for one in ids
    ]
    return render_template("inbox/batch_done.html", results=results, **context)


def give(task_id: UUID, outcome: str) -> str:
    """Complete one task as it was shown; return why that was refused, nothing when it is done."""
    from workflows.commands.tasks import complete_task

    seen = request.form.get(f"version:{task_id}", "")
    key = f"{request_key()}-{task_id}"[:100]
    try:
        complete_task(
            unit_of_work(),
            current_actor(),
            task_id,
            outcome,
            {},
            int(seen) if seen.isdigit() else None,
            key,
        )
    except InvalidForm:
        return str(gettext("batch.asks"))
    except (DomainError, StorageError) as refused:
        return str(problem_of(refused).detail)
    return ""
