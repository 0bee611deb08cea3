"""Access tokens for programs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.people import NewTokenSchema, TokenSchema, TokensSchema
from service.current import current_actor, unit_of_work
from workflows import queries
from workflows.commands import tokens as commands

blueprint = Blueprint(
    "tokens", __name__, url_prefix="/api/v1/tokens", description="Access tokens for programs."
)


@blueprint.route("")
@blueprint.response(200, TokensSchema)
@access("signed_in")
def list_tokens() -> Any:
    """List one's own access tokens, without their secrets."""
    return {"items": queries.tokens(unit_of_work(), current_actor())}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewTokenSchema)
@blueprint.response(201, TokenSchema)
@access("signed_in", session_only=True)
def create_token(body: Mapping[str, Any]) -> Any:
    """Make an access token for a program; its secret is in this answer and nowhere else.

    Only a browser session may: a token that leaks must not make others.
    """
    return commands.create_token(unit_of_work(), current_actor(), **body)


@blueprint.route("/<uuid:token_id>", methods=["DELETE"])
@blueprint.response(204)
@access("signed_in")
def revoke_token(token_id: UUID) -> None:
    """End an access token at once."""
    commands.revoke_token(unit_of_work(), current_actor(), token_id)
