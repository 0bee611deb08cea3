"""Files: fetch one, take one away again."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response

from service.access import access
from service.api.blueprint import Blueprint
from service.current import current_actor, unit_of_work
from service.watermarks import copy_with, lines_for
from workflows import queries
from workflows.commands.attachments import remove_attachment

blueprint = Blueprint("attachments", __name__, url_prefix="/api/v1/attachments", description="Files.")


@blueprint.route("/<uuid:attachment_id>")
@blueprint.response(200, content_type="application/octet-stream", description="The file as it was uploaded, or a copy with a watermark.")
@access("signed_in")
def fetch(attachment_id: UUID) -> Any:
    """Fetch a file; who did is noted before the first byte goes out."""
    return send_attachment(attachment_id)


@blueprint.route("/<uuid:attachment_id>", methods=["DELETE"])
@blueprint.response(204)
@access("signed_in")
def remove(attachment_id: UUID) -> None:
    """Take a file out of a draft. Removing one that is gone is success; submitted files stay."""
    remove_attachment(unit_of_work(), current_actor(), attachment_id)


def send_attachment(attachment_id: UUID) -> Response:
    """Answer with a file that no browser runs or draws as a page of ours: saved, typed by content, sandboxed.

    With a watermark where the package asks for it and the reader is not of the applicant.
    """
    uow, actor = unit_of_work(), current_actor()
    view, object_key = queries.attachment(uow, actor, attachment_id)
    opened = uow.documents.open(object_key)
    try:
        uow.record_access(actor, f"attachment:{view.id}", view.instance_id)
    except BaseException:
        opened.close()
        raise
    lines = lines_for(view)
    response = Response(
        copy_with(view, opened, lines) if lines else iter(opened),
        content_type=view.media_type or "application/octet-stream",
    )
    if not lines:
        response.call_on_close(opened.close)
        response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=file; filename*=UTF-8''{quote(view.name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
