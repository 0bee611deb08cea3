"""What can be applied for, and the button that begins it."""

from mimetypes import guess_type
from pathlib import PurePosixPath

from flask import Response as FileResponse
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.frame import person
from service.texts import language, sentence
from storage.actor import Actor
from storage.errors import NotFound
from workflows import errors as domain
from workflows import queries
from workflows.deployed import latest


@pages.get("/catalogue")
@access("public")
def catalogue() -> str:
    """Show every process with its materials and times; a stranger reads it too."""
    actor = current_actor() if person() is not None else Actor(None, language=language())
    return render_template(
        "catalogue.html",
        entries=queries.catalogue(unit_of_work(), actor),
        say=lambda code, params: sentence(code, **params),
    )


@pages.post("/catalogue/<process_key>/start")
@access("signed_in")
def start(process_key: str) -> Response:
    """Begin an application and open its first step."""
    from workflows.commands.instances import start_instance

    uow, actor = unit_of_work(), current_actor()
    try:
        begun = start_instance(uow, actor, process_key, request_key())
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
        return redirect(url_for("pages.catalogue"), 303)
    if begun.tasks:
        return redirect(url_for("pages.task", task_id=begun.tasks[0].id), 303)
    return redirect(url_for("pages.instance", instance_id=begun.id), 303)


@pages.get("/catalogue/<process_key>/<path:path>")
@access("public")
def document(process_key: str, path: str) -> Response:
    """Send a template that a process offers to applicants; nothing else of its package."""
    entry = queries.read_process(unit_of_work(), Actor(None, language=language()), process_key)
    if path not in {material.document for material in entry.materials}:
        raise NotFound(kind="document", id=path)
    content = latest(unit_of_work().session, process_key).package.files[path]
    kind = guess_type(path)[0] or "application/octet-stream"
    return FileResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f"attachment; filename={PurePosixPath(path).name}"},
    )
