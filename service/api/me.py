"""Who asks."""

from typing import Any

from service.access import access
from service.api.blueprint import Blueprint
from service.api.schemas.people import MeSchema
from service.current import current_actor, signed_in
from service.refusals import SignInNeeded

blueprint = Blueprint("me", __name__, url_prefix="/api/v1", description="Who asks.")


@blueprint.route("/me")
@blueprint.response(200, MeSchema)
@access("signed_in", with_old_password=True)
def read_me() -> dict[str, Any]:
    """Say who is signed in and for which organisation they act."""
    person = signed_in()
    if person is None:
        raise SignInNeeded
    actor = current_actor()
    return {
        "account_id": actor.account_id,
        "username": person.username,
        "language": person.actor.language,
        "roles": sorted(actor.roles),
        "organisation_id": actor.organisation_id,
        "organisations": [{"id": id_, "name": name} for id_, name in person.organisations],
        "auth_level": actor.auth_level.value,
        "must_change_password": person.must_change_password,
    }
