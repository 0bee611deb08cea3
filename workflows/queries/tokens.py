"""Access tokens as their owners see them."""

from sqlalchemy import select

from storage.actor import Actor
from storage.models import AccessToken
from storage.unit_of_work import UnitOfWork
from workflows.queries.views import TokenView


def tokens(uow: UnitOfWork, actor: Actor) -> tuple[TokenView, ...]:
    """Return the actor's own tokens, the newest first, without their secrets."""
    rows = uow.session.scalars(
        select(AccessToken)
        .where(AccessToken.account_id == actor.account_id)
        .order_by(AccessToken.created_at.desc(), AccessToken.id)
    )
    return tuple(
        TokenView(row.id, row.label, row.organisation_id, row.created_at, row.expires_at, row.revoked_at)
        for row in rows
    )
