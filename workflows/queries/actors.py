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
from storage.prepared import Prepared

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
    return _person(_BY_SESSION, AuthLevel.PASSWORD, digest=digest_of(token), now=now)


def person_of_token(token: str, now: datetime) -> SignedIn | None:
    """Return whose access token this is; None when it is unknown, expired, revoked, or its account disabled."""
    return _person(_BY_TOKEN, AuthLevel.TOKEN, digest=digest_of(token), now=now)


def person_named(username: str) -> SignedIn | None:
    """Return the active account with this user name, as the command line means it; None if there is none."""
    return _person(_BY_NAME, AuthLevel.SYSTEM, username=username)


def _everything(found: sa.Select[*tuple[Any, ...]]) -> Prepared:
    """Ask in one statement, which every request makes, for an account, its organisations, groups and roles.

    ``found`` selects the account's id and the organisation that was chosen.
    """
    who = found.cte("who")
    account_id = sa.select(who.c.account_id).scalar_subquery()
    null = sa.null()
    everything = sa.union_all(
        sa.select(
            sa.literal_column("0").label("kind"),
            Account.id.label("id"),
            who.c.organisation_id.label("of"),
            Account.username.label("text"),
            Account.language.label("language"),
            Account.must_change_password.label("flag"),
        )
        .join(who, who.c.account_id == Account.id)
        .where(Account.disabled_at.is_(None)),
        sa.select(sa.literal_column("1"), Organisation.id, null, Organisation.name, null, null)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.account_id == account_id),
        sa.select(sa.literal_column("2"), Group.id, Group.organisation_id, null, null, null)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.account_id == account_id),
        sa.select(sa.literal_column("3"), null, null, AccountRole.role, null, null).where(
            AccountRole.account_id == account_id
        ),
    )
    return Prepared(everything)


def _person(statement: Prepared, level: AuthLevel, **given: Any) -> SignedIn | None:
    kinds: dict[int, list[Any]] = {0: [], 1: [], 2: [], 3: []}
    for row in statement.rows(db.session(), given):
        kinds[row.kind].append(row)
    if not kinds[0]:
        return None
    account = kinds[0][0]
    organisations = tuple(sorted(((row.id, row.text) for row in kinds[1]), key=lambda one: (one[1], one[0])))
    organisation_id = account.of
    if organisation_id not in {id_ for id_, _ in organisations}:
        # One organisation needs no choice; membership lost since the choice was made is no membership.
        organisation_id = organisations[0][0] if len(organisations) == 1 else None
    actor = Actor(
        account_id=account.id,
        organisation_id=organisation_id,
        groups=frozenset(
            row.id for row in kinds[2] if organisation_id is not None and row.of == organisation_id
        ),
        roles=frozenset(Role(row.text) for row in kinds[3]),
        auth_level=level,
        language=account.language,
    )
    return SignedIn(actor, account.text, account.flag, organisations)


_DIGEST: sa.BindParameter[bytes] = sa.bindparam("digest", type_=sa.LargeBinary())
_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=AccessToken.__table__.c.created_at.type)
_BY_SESSION = _everything(
    sa.select(LoginSession.account_id, LoginSession.organisation_id).where(
        LoginSession.token_sha256 == _DIGEST, LoginSession.expires_at > _NOW
    )
)
_BY_TOKEN = _everything(
    sa.select(AccessToken.account_id, AccessToken.organisation_id).where(
        AccessToken.token_sha256 == _DIGEST,
        AccessToken.revoked_at.is_(None),
        sa.or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > _NOW),
    )
)
_BY_NAME = _everything(
    sa.select(Account.id.label("account_id"), sa.cast(sa.null(), sa.Uuid()).label("organisation_id")).where(
        Account.username == sa.bindparam("username")
    )
)
