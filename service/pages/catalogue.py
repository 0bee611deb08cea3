"""What can be applied for, and the button that begins it."""

from collections.abc import Sequence
from mimetypes import guess_type
from pathlib import PurePosixPath
from uuid import UUID

from flask import Response as FileResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
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

MOST_NAMES, LONGEST_NAME = 5, 40


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


@pages.post("/instances/<uuid:instance_id>/again")
@access("signed_in")
def again(instance_id: UUID) -> Response:
    """Begin a new application with what an earlier one of my organisation holds, and say what was taken over."""
    from workflows.commands.copying import copy_earlier, process_of
    from workflows.commands.instances import start_instance

    uow, actor = unit_of_work(), current_actor()
    process_key = process_of(uow, actor, instance_id)
    try:
        begun = start_instance(uow, actor, process_key, request_key())
        copied = copy_earlier(uow, actor, begun.tasks[0].id, instance_id)
    except domain.DomainError as refused:
        flash(problem_of(refused).detail, "zhu")
        return redirect(url_for("pages.instance", instance_id=instance_id), 303)
    said = gettext("instance.copied", number=copied.number, n=copied.answers, files=copied.files)
    flash(said + not_copied(copied.left), "soon" if copied.left else "done")
    return redirect(url_for("pages.task", task_id=begun.tasks[0].id), 303)


def not_copied(names: Sequence[str]) -> str:
    """Say by name which files were not taken over; what is told once lies in the cookie, so there is not room for all."""
    if not names:
        return ""
    told = gettext("format.enumeration").join(
        gettext("format.quoted", text=name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME:]}")
        for name in names[:MOST_NAMES]
    )
    text = "instance.copied_left" if len(names) <= MOST_NAMES else "instance.copied_left_among"
    return str(gettext(text, n=len(names), names=told))


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
