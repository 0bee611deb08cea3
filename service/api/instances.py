"""Applications: begin, look, withdraw, cancel, and what the journal says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.cases import (
    CaseResultSchema,
    DiagramSchema,
    InstanceSchema,
    JournalSchema,
    ReasonSchema,
    StartSchema,
)
from service.api.schemas.lists import InstancePageSchema, InstanceQuerySchema
from service.current import current_actor, request_key, unit_of_work
from service.viewing import note_instance
from workflows import queries
from workflows.commands.instances import cancel_instance, start_instance, withdraw_instance
from workflows.commands.suspension import resume_instance, suspend_instance

blueprint = Blueprint(
    "instances", __name__, url_prefix="/api/v1/instances", description="Applications from begin to end."
)


@blueprint.route("")
@blueprint.arguments(InstanceQuerySchema, location="query")
@blueprint.response(200, InstancePageSchema)
@access("signed_in")
def list_instances(query: Mapping[str, Any]) -> Any:
    """List the applications that the caller may see."""
    return queries.list_instances(unit_of_work(), current_actor(), **query)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(StartSchema)
@blueprint.response(201, CaseResultSchema)
@access("signed_in")
def start(body: Mapping[str, Any]) -> Any:
    """Begin an application for the organisation that the caller acts for; its first task is open at once."""
    return start_instance(unit_of_work(), current_actor(), body["process_key"], idempotency_key=request_key())


@blueprint.route("/<uuid:instance_id>")
@blueprint.response(200, InstanceSchema)
@access("signed_in")
def read_instance(instance_id: UUID) -> Any:
    """Read an application: where it is, what happened, what was handed in."""
    return note_instance(queries.read_instance(unit_of_work(), current_actor(), instance_id))


@blueprint.route("/<uuid:instance_id>/withdraw", methods=["POST"])
@blueprint.arguments(ReasonSchema, required=False)
@blueprint.response(200, CaseResultSchema)
@access("signed_in")
def withdraw(body: Mapping[str, Any], instance_id: UUID) -> Any:
    """Withdraw one's own application while the package still allows it."""
    return withdraw_instance(unit_of_work(), current_actor(), instance_id, body["reason"], request_key())


@blueprint.route("/<uuid:instance_id>/cancel", methods=["POST"])
@blueprint.arguments(ReasonSchema)
@blueprint.response(200, CaseResultSchema)
@access("signed_in")
def cancel(body: Mapping[str, Any], instance_id: UUID) -> Any:
    """Cancel an application as staff, with a reason."""
    return cancel_instance(unit_of_work(), current_actor(), instance_id, body["reason"], request_key())


@blueprint.route("/<uuid:instance_id>/suspend", methods=["POST"])
@blueprint.arguments(ReasonSchema)
@blueprint.response(200, CaseResultSchema)
@access("signed_in")
def suspend(body: Mapping[str, Any], instance_id: UUID) -> Any:
    """Suspend an application as staff, with a reason: nothing moves until it is resumed."""
    return suspend_instance(unit_of_work(), current_actor(), instance_id, body["reason"], request_key())


@blueprint.route("/<uuid:instance_id>/resume", methods=["POST"])
@blueprint.arguments(ReasonSchema, required=False)
@blueprint.response(200, CaseResultSchema)
@access("signed_in")
def resume(body: Mapping[str, Any], instance_id: UUID) -> Any:
    """Let a suspended application go on; deadlines that passed meanwhile are carried out at once."""
    return resume_instance(unit_of_work(), current_actor(), instance_id, body["reason"], request_key())


@blueprint.route("/<uuid:instance_id>/journal")
@blueprint.response(200, JournalSchema)
@access("signed_in")
def read_journal(instance_id: UUID) -> Any:
    """Read every event of an application as it was written, and whether the chain holds."""
    return queries.journal_of(unit_of_work(), current_actor(), instance_id)


@blueprint.route("/<uuid:instance_id>/diagram")
@blueprint.response(200, DiagramSchema)
@access("signed_in")
def read_diagram(instance_id: UUID) -> Any:
    """Read the diagram of an application and where it stands on it."""
    return queries.package_diagram(unit_of_work(), current_actor(), instance_id)
