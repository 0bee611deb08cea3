"""What can be applied for, and the button that begins it."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.pages.blueprint import pages
from service.pages.frame import person
from workflows import queries


@pages.get("/catalogue")
@access("public")
def catalogue() -> str:
    """Show every process with its materials and times; a stranger reads it too."""
    actor = current_actor() if person() is not None else None
    return render_template("catalogue.html", entries=queries.catalogue(unit_of_work(), actor))


@pages.post("/catalogue/<process_key>/start")
@access("signed_in")
def start(process_key: str) -> Response:
    """Begin an application and open its first step."""
    from workflows.commands.instances import start_instance
    uow, actor = unit_of_work(), current_actor()
    begun = start_instance(uow, actor, process_key, request_key())
    case = queries.read_instance(uow, actor, begun.id)
    mine = next((task for task in case.open_tasks if task.mine), None)
    if mine is not None:
        return redirect(url_for("pages.task", task_id=mine.id), 303)
    return redirect(url_for("pages.instance", instance_id=case.id), 303)
