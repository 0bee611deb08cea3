"""Who stands behind a browser session or an access token: the one read that happens before there is an actor."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from storage.actor import Actor, AuthLevel, Role
from storage.db import db
from storage.models import (
    AccessToken,
    Account,
    AccountRole,
    Group,
    GroupMember,
    LoginSession,
    Membership,
    Organisation,
)

TOKEN_PREFIX = "zp_"  # noqa: S105 - says what kind of secret follows, so that scanners find leaked ones


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who proved who they are, and what the door has to know about them."""

    actor: Actor
    username: str
    must_change_password: bool
    organisations: tuple[tuple[UUID, str], ...]

    @property
    def organisation(self) -> str | None:
        """The name of the organisation that they act for now."""
        return next((name for id_, name in self.organisations if id_ == self.actor.organisation_id), None)


def digest_of(token: str) -> bytes:
    """Return what the database keeps of a session or access token (256 random bits need no slow hash)."""
    return sha256(token.encode()).digest()


def person_of_session(token: str, now: datetime) -> SignedIn | None:
    """Return who is signed in with a session token; None when it ended or its account is disabled."""
    row = db.session.execute(
        sa.select(LoginSession.account_id, LoginSession.organisation_id).where(
            LoginSession.token_sha256 == digest_of(token), LoginSession.expires_at > now
        )
    ).first()
    return None if row is None else _person(row.account_id, row.organisation_id, AuthLevel.PASSWORD)


def person_of_token(token: str, now: datetime) -> SignedIn | None:
    """Return whose access token this is; None when it is unknown, expired, revoked, or its account disabled."""
    row = db.session.execute(
        sa.select(AccessToken.account_id, AccessToken.organisation_id).where(
            AccessToken.token_sha256 == digest_of(token),
            AccessToken.revoked_at.is_(None),
            sa.or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now),
        )
    ).first()
    return None if row is None else _person(row.account_id, row.organisation_id, AuthLevel.TOKEN)


def person_named(username: str) -> SignedIn | None:
    """Return the active account with this user name, as the command line means it; None if there is none."""
    account_id = db.session.execute(sa.select(Account.id).where(Account.username == username)).scalar()
    return None if account_id is None else _person(account_id, None, AuthLevel.SYSTEM)


def _person(account_id: UUID, organisation_id: UUID | None, level: AuthLevel) -> SignedIn | None:
    account = db.session.execute(
        sa.select(Account.username, Account.language, Account.must_change_password).where(
            Account.id == account_id, Account.disabled_at.is_(None)
        )
    ).first()
    if account is None:
        return None
    organisations = _organisations(account_id)
    if organisation_id not in {id_ for id_, _ in organisations}:
        # One organisation needs no choice; membership lost since the choice was made is no membership.
        organisation_id = organisations[0][0] if len(organisations) == 1 else None
    actor = Actor(
        account_id=account_id,
        organisation_id=organisation_id,
        groups=_groups(account_id, organisation_id),
        roles=frozenset(
            Role(role) for role in _column(AccountRole.role, AccountRole.account_id == account_id)
        ),
        auth_level=level,
        language=account.language,
    )
    return SignedIn(actor, account.username, account.must_change_password, organisations)


def _organisations(account_id: UUID) -> tuple[tuple[UUID, str], ...]:
    rows = db.session.execute(
        sa.select(Organisation.id, Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.account_id == account_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return tuple((row.id, row.name) for row in rows)


def _groups(account_id: UUID, organisation_id: UUID | None) -> frozenset[UUID]:
    if organisation_id is None:
        return frozenset()
    rows = db.session.execute(
        sa.select(Group.id)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.account_id == account_id, Group.organisation_id == organisation_id)
    )
    return frozenset(row.id for row in rows)


def _column(column: Any, condition: Any) -> list[str]:
    return list(db.session.execute(sa.select(column).where(condition)).scalars())
