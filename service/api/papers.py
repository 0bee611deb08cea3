"""Papers that were issued in an application: list them, fetch one as it was issued."""

import hashlib
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response
from flask_babel import gettext

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.papers import PapersSchema
from service.current import current_actor, unit_of_work
from storage.errors import FileRefused
from workflows import queries

blueprint = Blueprint(
    "papers", __name__, url_prefix="/api/v1/instances/<uuid:instance_id>/papers", description="Issued papers."
)


@blueprint.route("")
@blueprint.response(200, PapersSchema)
@access("signed_in")
def list_papers(instance_id: UUID) -> Any:
    """List the receipt, correction notices and decision of an application that were issued, in the caller's language."""
    return {"items": queries.papers_of_visible(unit_of_work(), current_actor(), instance_id)}


@blueprint.route("/<uuid:paper_id>")
@blueprint.response(200, content_type="application/pdf", description="The paper as it was issued, byte for byte.")
@access("signed_in")
def fetch_paper(instance_id: UUID, paper_id: UUID) -> Any:
    """Fetch a paper; who did is noted before the first byte goes out."""
    return send_paper(instance_id, paper_id)


def send_paper(instance_id: UUID, paper_id: UUID) -> Response:
    """Give a paper as it was issued, byte for byte. Raises FileRefused paper_damaged where the store has others."""
    uow, actor = unit_of_work(), current_actor()
    view, object_key = queries.paper(uow, actor, instance_id, paper_id)
    uow.record_access(actor, f"paper:{view.id}", instance_id)
    with uow.documents.open(object_key) as opened:
        body = opened.read()
    if hashlib.sha256(body).hexdigest() != view.sha256:
        raise FileRefused(code="paper_damaged", name=view.number)
    return pdf_of(body, f"{view.number} {gettext(f'paper.{view.kind}')}")


def pdf_of(body: bytes, name: str) -> Response:
    """Answer with a PDF to keep."""
    response = Response(body, content_type="application/pdf")
    file = quote(f"{name}.pdf", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=paper.pdf; filename*=UTF-8''{file}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
