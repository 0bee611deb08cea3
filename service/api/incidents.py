"""Incidents: look, try again, do it by hand, close."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.cases import ReasonSchema
from service.api.schemas.incidents import (
    FailSchema,
    IncidentPageSchema,
    IncidentQuerySchema,
    IncidentSchema,
    SkipSchema,
)
from service.current import current_actor, request_key, unit_of_work
from workflows import queries
from workflows.commands import incidents

blueprint = Blueprint(
    "incidents", __name__, url_prefix="/api/v1/incidents", description="Trouble that waits for a person."
)


@blueprint.route("")
@blueprint.arguments(IncidentQuerySchema, location="query")
@blueprint.response(200, IncidentPageSchema)
@access("role:administrator|auditor|operator")
def list_incidents(query: Mapping[str, Any]) -> Any:
    """List incidents, the newest first."""
    return queries.incidents(unit_of_work(), current_actor(), **query)


@blueprint.route("/<uuid:incident_id>")
@blueprint.response(200, IncidentSchema)
@access("role:administrator|auditor|operator")
def read_incident(incident_id: UUID) -> Any:
    """Read one incident."""
    return queries.read_incident(unit_of_work(), current_actor(), incident_id)


@blueprint.route("/<uuid:incident_id>/retry", methods=["POST"])
@blueprint.response(200, IncidentSchema)
@access("role:administrator|operator")
def retry(incident_id: UUID) -> Any:
    """Let the failed work be done again, from its first try."""
    return incidents.retry_incident(unit_of_work(), current_actor(), incident_id, request_key())


@blueprint.route("/<uuid:incident_id>/skip", methods=["POST"])
@blueprint.arguments(SkipSchema)
@blueprint.response(200, IncidentSchema)
@access("role:administrator|operator")
def skip(body: Mapping[str, Any], incident_id: UUID) -> Any:
    """Give the result of a service task by hand, with a reason, and move the application on."""
    return incidents.skip_service_task(
        unit_of_work(), current_actor(), incident_id, body["values"], body["reason"], request_key()
    )


@blueprint.route("/<uuid:incident_id>/fail", methods=["POST"])
@blueprint.arguments(FailSchema)
@blueprint.response(200, IncidentSchema)
@access("role:administrator|operator")
def fail(body: Mapping[str, Any], incident_id: UUID) -> Any:
    """Let a service task end with a business error that its handler declares, with a reason."""
    return incidents.fail_service_task(
        unit_of_work(), current_actor(), incident_id, body["error"], body["reason"], request_key()
    )


@blueprint.route("/<uuid:incident_id>/close", methods=["POST"])
@blueprint.arguments(ReasonSchema)
@blueprint.response(200, IncidentSchema)
@access("role:administrator|operator")
def close(body: Mapping[str, Any], incident_id: UUID) -> Any:
    """Close an incident that was settled in another way, with a reason."""
    return incidents.close_incident(
        unit_of_work(), current_actor(), incident_id, body["reason"], request_key()
    )
