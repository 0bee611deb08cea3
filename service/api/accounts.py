"""People who can sign in: for administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.lists import SearchQuerySchema
from service.api.schemas.people import (
    AccountChangeSchema,
    AccountPageSchema,
    AccountSchema,
    FirstPasswordSchema,
    NewAccountSchema,
)
from service.current import current_actor, request_key, unit_of_work
from workflows import queries
from workflows.commands import accounts as commands

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/api/v1/accounts", description="People who can sign in."
)


@blueprint.route("")
@blueprint.arguments(SearchQuerySchema, location="query")
@blueprint.response(200, AccountPageSchema)
@access("role:administrator")
def list_accounts(query: Mapping[str, Any]) -> Any:
    """List accounts by user name; search by its beginning or by a whole phone number."""
    return queries.people(unit_of_work(), current_actor(), **query)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewAccountSchema)
@blueprint.response(201, AccountSchema)
@access("role:administrator")
def create_account(body: Mapping[str, Any]) -> Any:
    """Make an account with a first password, which its owner has to change."""
    return commands.create_account(unit_of_work(), current_actor(), **body, idempotency_key=request_key())


@blueprint.route("/<uuid:account_id>")
@blueprint.response(200, AccountSchema)
@access("signed_in")
def read_account(account_id: UUID) -> Any:
    """Read one's own account, or as an administrator any, with phone and mail masked."""
    return queries.read_account(unit_of_work(), current_actor(), account_id)


@blueprint.route("/<uuid:account_id>", methods=["PATCH"])
@blueprint.arguments(AccountChangeSchema)
@blueprint.response(200, AccountSchema)
@access("signed_in")
def change_account(body: Mapping[str, Any], account_id: UUID) -> Any:
    """Change an account: its owner name, phone, mail and language, an administrator also user name and roles."""
    return commands.change_account(unit_of_work(), current_actor(), account_id, **body)


@blueprint.route("/<uuid:account_id>/password", methods=["PUT"])
@blueprint.arguments(FirstPasswordSchema)
@blueprint.response(204)
@access("role:administrator", session_only=True)  # a leaked token must not take over accounts
def reset_password(body: Mapping[str, Any], account_id: UUID) -> None:
    """Give an account a new first password; all its sessions end."""
    commands.reset_password(unit_of_work(), current_actor(), account_id, body["password"])


@blueprint.route("/<uuid:account_id>/disable", methods=["POST"])
@blueprint.response(200, AccountSchema)
@access("role:administrator")
def disable_account(account_id: UUID) -> Any:
    """Lock an account: its sessions end and its tokens stop at once."""
    return commands.disable_account(unit_of_work(), current_actor(), account_id)


@blueprint.route("/<uuid:account_id>/enable", methods=["POST"])
@blueprint.response(200, AccountSchema)
@access("role:administrator")
def enable_account(account_id: UUID) -> Any:
    """Unlock an account."""
    return commands.enable_account(unit_of_work(), current_actor(), account_id)
