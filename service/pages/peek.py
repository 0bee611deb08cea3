"""A case beside the list: what it is about, what was marked last time, what follows. Looking at it is noted."""

from uuid import UUID

from flask import render_template, request

from service.access import access
from service.current import current_actor, unit_of_work
from service.pages.blueprint import pages
from service.pages.going_on import kept_list
from service.pages.shown import Item, submissions_of
from service.viewing import note_task
from workflows import queries

FACTS = 8


@pages.get("/inbox/preview/<uuid:task_id>")
@access("signed_in")
def peek(task_id: UUID) -> str:
    """Show the gist of a task of the list."""
    view = note_task(queries.read_task(unit_of_work(), current_actor(), task_id))
    shown = submissions_of(view)
    facts: list[Item] = [
        item
        for one in shown[-1:]  # what the case began with
        for section in one.sections
        for item in section.items
        if item.rows is None and not item.files and item.text
    ]
    decisions = [entry for entry in view.timeline if entry.outcome_kind in ("approve", "return", "reject")]
    return render_template(
        "inbox/peek.html",
        view=view,
        facts=facts[:FACTS],
        last=decisions[-1] if decisions else None,
        files=sum(len(one.attachments) for one in view.submissions if one.round == view.round or view.round == 1),
        coming=[step for step in view.stepper if step.state == "next"][:3],
        address=kept_list(request.args),
    )
