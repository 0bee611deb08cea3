"""Files of a task: taken one by one while the form is filled, looked at by whoever may."""

from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from service.access import access
from service.current import current_actor, request_key, unit_of_work
from service.errors import problem_of
from service.pages.answers import level_of
from service.pages.blueprint import pages
from service.pages.desk import Desk, from_post, save
from service.pages.task import not_kept, whole
from service.refusals import FilesMissing
from storage.errors import NotFound, StorageError
from workflows import errors as domain
from workflows import queries
from workflows.forms import InvalidForm

if TYPE_CHECKING:
    from workflows.queries.views import AttachmentView

Answer = str | BaseResponse | tuple[str, int]
SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
FILE_CSP = "default-src 'none'; frame-ancestors 'self'"


@pages.post("/tasks/<uuid:task_id>/files")
@access("signed_in")
def attach(task_id: UUID) -> Answer:
    """Take the chosen files of one field; a refused one is shown with the reason and keeps none of the others out."""
    field = request.form.get("field", "")
    files = [one for one in request.files.getlist(f"_file:{field}") if one.filename]
    if "_one" in request.form:
        if not files:
            raise FilesMissing
        return attach_one(task_id, field, files[0])
    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    if desk.view.why_not == domain.NotAllowed.code:  # may look, not touch: no form was offered to them
        raise domain.NotAllowed
    if not files:
        flash(problem_of(FilesMissing()).detail, "zhu")
    for one in files:
        try:
            taken = take_in(task_id, field, one)
        except (domain.DomainError, StorageError) as refused:
            flash(f"{one.filename}{gettext('format.colon')}{problem_of(refused).detail}", "zhu")
            continue
        change_files(desk.typed, field, add=str(taken.id))
    return answer(desk)


@pages.post("/tasks/<uuid:task_id>/files/remove")
@access("signed_in")
def detach(task_id: UUID) -> Answer:
    """Take a file off the form; one that was never handed in lies aside for a day."""
    from workflows.commands.set_aside import set_aside

    field, gone = request.values.get("field", ""), request.form.get("attachment", "")
    if "_one" in request.form:
        set_aside(unit_of_work(), current_actor(), task_id, as_id(gone))
        return "", 204
    desk = from_post(queries.read_task(unit_of_work(), current_actor(), task_id))
    if desk.view.why_not == domain.NotAllowed.code:  # may look, not touch: no form was offered to them
        raise domain.NotAllowed
    change_files(desk.typed, field, gone=gone)
    held = next((one for one in desk.view.attachments if str(one.id) == gone and one.status == "held"), None)
    if held is not None:
        set_aside(unit_of_work(), current_actor(), task_id, held.id)
    return answer(desk)


@pages.post("/tasks/<uuid:task_id>/files/restore")
@access("signed_in")
def restore(task_id: UUID) -> Answer:
    """Put a file back that was just taken off; the page gets its line again."""
    from workflows.commands.set_aside import take_back

    given = as_id(request.form.get("attachment", ""))
    field = request.form.get("field", "")
    return line_of(task_id, field, take_back(unit_of_work(), current_actor(), task_id, given))


def take_in(task_id: UUID, field: str, one: FileStorage, key: str | None = None) -> "AttachmentView":
    """Hand a posted file to the command."""
    from workflows.commands.attachments import attach_file

    stream = cast("BinaryIO", one.stream)
    return attach_file(unit_of_work(), current_actor(), task_id, field, stream, one.filename or "", key)


def attach_one(task_id: UUID, field: str, one: FileStorage) -> Answer:
    """Take one file of many, repeatable by its key; the answer is its line of the field, or why it was refused."""
    try:
        taken = take_in(task_id, field, one, request_key())
    except (domain.DomainError, StorageError) as refused:
        if isinstance(refused, domain.NotAllowed | NotFound):  # no form was offered to them
            raise
        problem = problem_of(refused)
        return render_template("fields/refusal.html", problem=problem), problem.status
    return line_of(task_id, field, taken)


def line_of(task_id: UUID, field: str, file: "AttachmentView") -> Answer:
    """Draw the line of one file, as its field has it now; rows may have moved since it came."""
    return render_template("fields/line.html", file=file, task_id=task_id, field=field)


def as_id(text: str) -> UUID:
    """Return an id that a page sent back. Raises NotFound when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(kind="attachment", id=text[:64]) from None


def answer(desk: Desk) -> Answer:
    """Keep the draft with its files as they are now, and show the page again; what cannot be kept stays on it."""
    try:
        save(desk)
    except (domain.DomainError, InvalidForm) as refused:
        desk.view = queries.read_task(unit_of_work(), current_actor(), desk.view.id)  # with the files of now
        if isinstance(refused, InvalidForm):
            return not_kept(desk, refused)
        desk.notice = problem_of(refused).detail
        return whole(desk, 409)
    return redirect(url_for("pages.task", task_id=desk.view.id, page=desk.page or None), 303)


def change_files(typed: dict[str, Any], path: str, *, add: str = "", gone: str = "") -> None:
    """Add an id to one file field or take one off; the field may stand in a row (`staff[1].posts[0].contract`)."""
    place = level_of(typed, path)
    if place is None:
        return
    level, key = place
    ids = [str(one) for one in level.get(key) or [] if str(one) != gone]
    level[key] = [*ids, add] if add else ids


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
