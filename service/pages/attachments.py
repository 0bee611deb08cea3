"""Files of a task: taken one by one while the form is filled, looked at by whoever may."""

from contextlib import suppress
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.access import access
from service.current import current_actor, unit_of_work
from service.errors import problem_of
from service.pages.blueprint import pages
from service.pages.desk import Desk, context_of, from_post, save
from service.pages.sheets import Node, Sheet
from service.refusals import FilesMissing
from storage.errors import StorageError
from workflows import errors as domain
from workflows import queries

Answer = str | BaseResponse | tuple[str, int]
SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
FILE_CSP = "default-src 'none'; frame-ancestors 'self'"


@pages.post("/tasks/<uuid:task_id>/files")
@access("signed_in")
def attach(task_id: UUID) -> Answer:
    """Take the chosen files of one field; a refused one is shown with the reason and what to do."""
    from workflows.commands.attachments import attach_file

    field = request.form.get("field", "")
    files = [one for one in request.files.getlist(f"_file:{field}") if one.filename]
    if not files:
        raise FilesMissing
    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    if desk.view.why_not == domain.NotAllowed.code:  # may look, not touch: no form was offered to them
        raise domain.NotAllowed
    wrong: tuple[str, str] | None = None
    for one in files:
        try:
            taken = attach_file(
                unit_of_work(),
                current_actor(),
                task_id,
                field,
                cast("BinaryIO", one.stream),
                one.filename or "",
            )
        except (domain.DomainError, StorageError) as refused:
            wrong = (one.filename or "", problem_of(refused).detail)
            break
        change_files(desk.typed, field, add=str(taken.id))
    return answer(desk, field, wrong)


@pages.post("/tasks/<uuid:task_id>/files/remove")
@access("signed_in")
def detach(task_id: UUID) -> Answer:
    """Take a file off the form; one that was never handed in is deleted."""
    from workflows.commands.attachments import remove_attachment

    field, gone = request.values.get("field", ""), request.form.get("attachment", "")
    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    if desk.view.why_not == domain.NotAllowed.code:  # may look, not touch: no form was offered to them
        raise domain.NotAllowed
    change_files(desk.typed, field, gone=gone)
    held = next((one for one in desk.view.attachments if str(one.id) == gone and one.status == "held"), None)
    if held is not None:
        remove_attachment(unit_of_work(), current_actor(), held.id)
    return answer(desk, field, None)


def answer(desk: Desk, field: str, wrong: tuple[str, str] | None) -> Answer:
    """Keep the draft with its files as they are now, and draw the one field again."""
    with suppress(domain.DomainError):  # the page still holds the ids, its next save says what is wrong
        save(desk)
    if "HX-Request" not in request.headers:
        return redirect(url_for("pages.task", task_id=desk.view.id), 303)
    desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)
    context = context_of(desk)
    node = find(context["sheet"], field)
    if node is None:
        raise domain.FieldInvalid(field)
    name, why = wrong or ("", "")
    page = render_template(
        "fields/files.html", **context, node=node, upload_field=field, upload_name=name, upload_error=why
    )
    return page, 422 if wrong else 200


def change_files(typed: dict[str, Any], path: str, *, add: str = "", gone: str = "") -> None:
    """Add an id to one file field or take one off; the field may stand in a row (`staff[1].contract`)."""
    rows, _, key = path.rpartition(".")
    place: Any = typed
    if rows:
        name, _, number = rows.partition("[")
        listed = typed.get(name) or []
        index = int(number.rstrip("]")) if number.rstrip("]").isdigit() else len(listed)
        if index >= len(listed):
            return
        place = listed[index]
    ids = [str(one) for one in place.get(key) or [] if str(one) != gone]
    place[key] = [*ids, add] if add else ids


def find(sheet: Sheet, name: str) -> Node | None:
    """Return the node of a field, also inside groups and rows."""
    open_nodes = list(sheet.nodes)
    while open_nodes:
        node = open_nodes.pop()
        if node.name == name and node.kind == "filepicker":
            return node
        open_nodes += node.children
        for row in node.rows:
            open_nodes += row
    return None


@pages.get("/attachments/<uuid:attachment_id>")
@access("signed_in")
def attachment(attachment_id: UUID) -> Response:
    """Send a file: pictures and PDFs to look at, everything else to keep. Looking is recorded."""
    from service.api.attachments import send_attachment

    answer = send_attachment(attachment_id)
    if answer.mimetype in SHOWN_INLINE and "download" not in request.args:
        answer.headers["Content-Disposition"] = answer.headers["Content-Disposition"].replace(
            "attachment", "inline", 1
        )
        answer.headers["Content-Security-Policy"] = FILE_CSP  # no sandbox: browsers draw no PDF in one
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer
