"""Personal access tokens: for programs that act as a person. Shown once, kept as SHA-256."""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import AccessToken, Membership
from storage.unit_of_work import UnitOfWork
from workflows.commands.account_rows import find_account
from workflows.errors import FieldInvalid, NotMember
from workflows.events import Event
from workflows.lines import one_line
from workflows.policy import may_administer
from workflows.queries.actors import TOKEN_PREFIX, digest_of
from workflows.queries.views import TokenView

DEFAULT_DAYS: Final = 90
LONGEST_DAYS: Final = 366


def create_token(
    uow: UnitOfWork,
    actor: Actor,
    label: str,
    expires_in_days: int | None = DEFAULT_DAYS,
    organisation_id: UUID | None = None,
    account_id: UUID | None = None,
) -> TokenView:
    """Make a token for oneself, or as the system for a named account; its secret is in this answer only.

    It acts for one organisation, the actor's present one unless named. It never has more than its account at the
    time of use. At most 366 days, or without an end when None. Raises FieldInvalid, NotMember, NotFound.
    """
    label = one_line(label, "label", 100)
    if expires_in_days is not None and not 0 < expires_in_days <= LONGEST_DAYS:
        raise FieldInvalid(field="expires_in_days")
    owner_id = account_id or actor.account_id
    if owner_id != actor.account_id and actor.account_id is not None:
        raise NotFound(kind="account", id=owner_id)
    with uow.begin(actor) as done:
        owner = find_account(uow, owner_id)
        acts_for = organisation_id or actor.organisation_id
        if acts_for is not None and uow.session.get(Membership, (owner.id, acts_for)) is None:
            raise NotMember
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        now = uow.clock.now()
        row = AccessToken(
            id=uow.ids.new(),
            token_sha256=digest_of(secret),
            account_id=owner.id,
            organisation_id=acts_for,
            label=label,
            created_at=now,
            expires_at=now + timedelta(days=expires_in_days) if expires_in_days else None,
        )
        uow.session.add(row)
        details = {"token": row.id, "organisation": acts_for, "expires_at": row.expires_at}
        uow.journal.record(Event.TOKEN_CREATED, stream=f"account:{owner.id}", details=details)
        return done(token_view(row, secret), row.id)


def revoke_token(uow: UnitOfWork, actor: Actor, token_id: UUID) -> TokenView:
    """End a token of one's own, or anybody's as an administrator. Repeating it is success. Raises NotFound."""
    with uow.begin(actor) as done:
        row = uow.session.get(AccessToken, token_id, with_for_update=True)
        if row is None or (row.account_id != actor.account_id and not may_administer(actor)):
            raise NotFound(kind="token", id=token_id)
        if row.revoked_at is None:
            row.revoked_at = uow.clock.now()
            details = {"token": row.id}
            uow.journal.record(Event.TOKEN_REVOKED, stream=f"account:{row.account_id}", details=details)
        return done(token_view(row), row.id)


def token_view(row: AccessToken, secret: str | None = None) -> TokenView:
    """Return a token without its secret, except by its creation."""
    return TokenView(
        row.id, row.label, row.organisation_id, row.created_at, row.expires_at, row.revoked_at, secret
    )
