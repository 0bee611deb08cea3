"""Messages from outside for a case that awaits them."""

from collections.abc import Mapping
from typing import Any

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.cases import CaseResultSchema
from service.api.schemas.messages import MessageSchema
from service.current import current_actor, request_key, unit_of_work
from workflows.commands.messages import correlate_message

blueprint = Blueprint(
    "messages",
    __name__,
    url_prefix="/api/v1/messages",
    description="Messages for applications that await them.",
)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(MessageSchema)
@blueprint.response(200, CaseResultSchema)
@access("role:administrator|operator")
def correlate(body: Mapping[str, Any]) -> Any:
    """Bring a message to the one application that awaits it by this name and correlation."""
    return correlate_message(unit_of_work(), current_actor(), **body, idempotency_key=request_key())
