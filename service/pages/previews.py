"""Files as pictures of their pages, to be read beside a form: opening one is noted before anything of it is shown."""

from uuid import UUID

from flask import Response, current_app, jsonify, request
from itsdangerous import BadData, URLSafeTimedSerializer

from service.access import access
from service.current import current_actor, unit_of_work
from service.pages.blueprint import pages
from service.watermarks import lines_for
from workflows import queries

VIEW_SECONDS = 3600
"""So long one look at a file lasts: its further pages are not noted again."""

DEFAULT_WIDTH = 1200


@pages.get("/attachments/<uuid:attachment_id>/pages")
@access("signed_in")
def preview(attachment_id: UUID) -> Response:
    """Open a file to look at: how many pages it has, and a mark that this look was noted."""
    from storage.page_pictures import pages_of

    uow, actor = unit_of_work(), current_actor()
    view, object_key = queries.attachment(uow, actor, attachment_id)
    uow.record_access(actor, f"attachment:{view.id}", view.instance_id)
    count = pages_of(uow.documents.open(object_key), view.media_type or "")
    answer = jsonify(pages=count, view=marks().dumps([str(view.id), str(actor.account_id)]))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@pages.get("/attachments/<uuid:attachment_id>/pages/<int:number>")
@access("signed_in")
def page_picture(attachment_id: UUID, number: int) -> Response:
    """Draw one page: `w` is its width in pixels, `turn` the degrees that it is turned clockwise, `view` the mark of a look.

    Without that mark the look is noted here.
    """
    from storage.page_pictures import picture_of

    uow, actor = unit_of_work(), current_actor()
    view, object_key = queries.attachment(uow, actor, attachment_id)
    if not noted(attachment_id, actor.account_id):
        uow.record_access(actor, f"attachment:{view.id}", view.instance_id)
    width = request.args.get("w", DEFAULT_WIDTH, int)
    turn = request.args.get("turn", 0, int)
    picture = picture_of(uow.documents.open(object_key), view.media_type or "", number, width, turn, lines_for(view))
    answer = Response(picture, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def marks() -> URLSafeTimedSerializer:
    """Return what signs that a look at a file was noted."""
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="a look at a file")


def noted(attachment_id: UUID, account_id: UUID | None) -> bool:
    """Tell whether the request carries the mark of a look that this account began less than an hour ago."""
    try:
        found = marks().loads(request.args.get("view", ""), max_age=VIEW_SECONDS)
    except BadData:
        return False
    return bool(found == [str(attachment_id), str(account_id)])
