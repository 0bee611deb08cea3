"""Which group plays which lane of a process."""

from collections.abc import Mapping
from typing import Any

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.people import BindingSchema, LanesSchema
from service.current import current_actor, unit_of_work
from workflows import queries
from workflows.commands.organisations import bind_lane

blueprint = Blueprint("lanes", __name__, url_prefix="/api/v1/bindings", description="Who plays which lane.")


@blueprint.route("")
@blueprint.response(200, LanesSchema)
@access("role:administrator")
def list_bindings() -> Any:
    """List the lanes of all processes and who plays them."""
    return {"items": queries.bindings(unit_of_work(), current_actor())}


@blueprint.route("", methods=["PUT"])
@blueprint.arguments(BindingSchema)
@blueprint.response(200, LanesSchema)
@access("role:administrator")
def put_binding(body: Mapping[str, Any]) -> Any:
    """Let a group play a lane from now on. Lanes that must stay apart (K15) need different organisations."""
    bind_lane(unit_of_work(), current_actor(), **body)
    return {"items": queries.bindings(unit_of_work(), current_actor(), body["process_key"])}
