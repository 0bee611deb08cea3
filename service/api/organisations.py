"""Organisations, their members and groups."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.lists import SearchQuerySchema
from service.api.schemas.people import (
    GroupSchema,
    GroupsSchema,
    MembersSchema,
    NewGroupSchema,
    NewOrganisationSchema,
    OrganisationChangeSchema,
    OrganisationPageSchema,
    OrganisationSchema,
)
from service.current import current_actor, request_key, unit_of_work
from workflows import queries
from workflows.commands import organisations as commands

blueprint = Blueprint(
    "organisations", __name__, url_prefix="/api/v1", description="Organisations, their members and groups."
)


@blueprint.route("/organisations")
@blueprint.arguments(SearchQuerySchema, location="query")
@blueprint.response(200, OrganisationPageSchema)
@access("signed_in")
def list_organisations(query: Mapping[str, Any]) -> Any:
    """List one's own organisations; administrators list all."""
    return queries.organisations(unit_of_work(), current_actor(), **query)


@blueprint.route("/organisations", methods=["POST"])
@blueprint.arguments(NewOrganisationSchema)
@blueprint.response(201, OrganisationSchema)
@access("role:administrator")
def create_organisation(body: Mapping[str, Any]) -> Any:
    """Make an organisation; its credit code is checked by GB 32100 and may exist once."""
    return commands.create_organisation(
        unit_of_work(), current_actor(), **body, idempotency_key=request_key()
    )


@blueprint.route("/organisations/<uuid:organisation_id>")
@blueprint.response(200, OrganisationSchema)
@access("signed_in")
def read_organisation(organisation_id: UUID) -> Any:
    """Read an organisation with its groups and members."""
    return queries.read_organisation(unit_of_work(), current_actor(), organisation_id)


@blueprint.route("/organisations/<uuid:organisation_id>", methods=["PATCH"])
@blueprint.arguments(OrganisationChangeSchema)
@blueprint.response(200, OrganisationSchema)
@access("role:administrator")
def change_organisation(body: Mapping[str, Any], organisation_id: UUID) -> Any:
    """Change the name or the credit code."""
    return commands.change_organisation(unit_of_work(), current_actor(), organisation_id, **body)


@blueprint.route("/organisations/<uuid:organisation_id>/members", methods=["PUT"])
@blueprint.arguments(MembersSchema)
@blueprint.response(200, OrganisationSchema)
@access("role:administrator")
def put_members(body: Mapping[str, Any], organisation_id: UUID) -> Any:
    """Say who belongs to an organisation; whoever leaves it leaves its groups too."""
    return commands.put_members(unit_of_work(), current_actor(), organisation_id, body["account_ids"])


@blueprint.route("/organisations/<uuid:organisation_id>/groups")
@blueprint.response(200, GroupsSchema)
@access("signed_in")
def list_groups(organisation_id: UUID) -> Any:
    """List the groups of an organisation."""
    return {"items": queries.groups(unit_of_work(), current_actor(), organisation_id)}


@blueprint.route("/organisations/<uuid:organisation_id>/groups", methods=["POST"])
@blueprint.arguments(NewGroupSchema)
@blueprint.response(201, GroupSchema)
@access("role:administrator")
def create_group(body: Mapping[str, Any], organisation_id: UUID) -> Any:
    """Make a group of colleagues, such as a finance desk."""
    return commands.create_group(
        unit_of_work(), current_actor(), organisation_id, body["name"], request_key()
    )


@blueprint.route("/groups/<uuid:group_id>/members", methods=["PUT"])
@blueprint.arguments(MembersSchema)
@blueprint.response(200, GroupSchema)
@access("role:administrator")
def put_group_members(body: Mapping[str, Any], group_id: UUID) -> Any:
    """Say who works in a group; only members of its organisation can."""
    return commands.put_group_members(unit_of_work(), current_actor(), group_id, body["account_ids"])
