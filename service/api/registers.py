"""Registers: what outlives an application."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.lists import SearchQuerySchema
from service.api.schemas.registers import RegisterEntrySchema, RegisterPageSchema, RegistersSchema
from service.current import current_actor, unit_of_work
from workflows import queries

blueprint = Blueprint(
    "registers", __name__, url_prefix="/api/v1/registers", description="Registers, such as issued keys."
)


@blueprint.route("")
@blueprint.response(200, RegistersSchema)
@access("signed_in")
def list_registers() -> Any:
    """List the registers that the caller may open."""
    return {"items": queries.registers(unit_of_work(), current_actor())}


@blueprint.route("/<string(maxlength=64):register>/entries")
@blueprint.arguments(SearchQuerySchema, location="query")
@blueprint.response(200, RegisterPageSchema)
@access("signed_in")
def list_entries(query: Mapping[str, Any], register: str) -> Any:
    """List the entries of a register that the caller may see; search in the declared fields."""
    return queries.register_page(
        unit_of_work(), current_actor(), register, query["query"], query["after"], query["limit"]
    )


@blueprint.route("/<string(maxlength=64):register>/entries/<uuid:entry_id>")
@blueprint.response(200, RegisterEntrySchema)
@access("signed_in")
def read_entry(register: str, entry_id: UUID) -> Any:
    """Read one entry in full."""
    return queries.register_entry(unit_of_work(), current_actor(), register, entry_id)
