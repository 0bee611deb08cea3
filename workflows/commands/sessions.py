"""Browser sessions: sign in, sign out, choose the organisation to act for, change the password."""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select

from storage.actor import Actor, AuthLevel
from storage.errors import NotFound
from storage.models import Account, LoginSession, Membership
from storage.unit_of_work import UnitOfWork
from workflows.commands.throttles import account_key, address_key, count_attempt, take_back
from workflows.errors import NotMember, SignInRefused
from workflows.events import Event
from workflows.passwords import USERNAME, check_password, hash_password, verify_password
from workflows.queries.actors import digest_of
from workflows.queries.views import SessionView

LIFETIME: Final = timedelta(hours=12)


def sign_in(uow: UnitOfWork, username: str, password: str, address: str) -> SessionView:
    """Open a session; its token is in the answer once and nowhere else.

    Raises SignInRefused in the same words and time whether the name exists or not, TooManyAttempts.
    """
    account_counter, address_counter = account_key(uow, username), address_key(uow, address)
    count_attempt(uow, (account_counter, address_counter))
    known = username if USERNAME.fullmatch(username) else ""
    found = uow.session.execute(
        select(Account.id, Account.password_hash).where(
            Account.username == known, Account.disabled_at.is_(None)
        )
    ).first()
    uow.session.rollback()  # the slow hash is reckoned without an open transaction
    if not verify_password(found.password_hash if found else None, password) or found is None:
        raise SignInRefused
    now = uow.clock.now()
    with uow.begin(Actor(found.id, auth_level=AuthLevel.PASSWORD)) as done:
        take_back(uow, account_counter, address_counter)
        account = uow.session.get_one(Account, found.id, populate_existing=True)
        if account.disabled_at is not None or account.password_hash != found.password_hash:
            raise SignInRefused
        uow.session.execute(
            delete(LoginSession).where(LoginSession.account_id == account.id, LoginSession.expires_at <= now)
        )
        organisations = uow.session.scalars(
            select(Membership.organisation_id).where(Membership.account_id == account.id).limit(2)
        ).all()
        token = secrets.token_urlsafe(32)
        session = LoginSession(
            token_sha256=digest_of(token),
            account_id=account.id,
            organisation_id=organisations[0] if len(organisations) == 1 else None,
            created_at=now,
            expires_at=now + LIFETIME,
        )
        uow.session.add(session)
        uow.journal.record(Event.SIGNED_IN, stream=f"account:{account.id}")
        return done(
            SessionView(
                account.id, session.organisation_id, session.expires_at, account.must_change_password, token
            )
        )


def sign_out(uow: UnitOfWork, actor: Actor, token: str) -> None:
    """Close a session of the actor. Closing one that is gone is success."""
    with uow.begin(actor):
        closed = uow.session.execute(
            delete(LoginSession)
            .where(LoginSession.token_sha256 == digest_of(token), LoginSession.account_id == actor.account_id)
            .returning(LoginSession.account_id)
        ).all()
        if closed:
            uow.journal.record(Event.SIGNED_OUT, stream=f"account:{actor.account_id}")


def choose_organisation(uow: UnitOfWork, actor: Actor, token: str, organisation_id: UUID) -> None:
    """Act for another of one's organisations in this session. Raises NotMember, NotFound for an ended session."""
    with uow.begin(actor):
        if uow.session.get(Membership, (actor.account_id, organisation_id)) is None:
            raise NotMember
        session = uow.session.get(LoginSession, digest_of(token))
        if session is None or session.account_id != actor.account_id:
            raise NotFound(kind="session", id="")
        session.organisation_id = organisation_id


def change_password(uow: UnitOfWork, actor: Actor, old: str, new: str, address: str = "") -> None:
    """Change one's own password: the old one is asked for, every session of the account ends.

    Raises SignInRefused when the old one is wrong, PasswordRefused naming the rule, TooManyAttempts.
    """
    account = uow.session.get(Account, actor.account_id)
    if account is None:
        raise NotFound(kind="account", id=actor.account_id)
    username, password_hash = account.username, account.password_hash
    counters = (account_key(uow, username), address_key(uow, address))
    count_attempt(uow, counters)
    if not verify_password(password_hash, old):
        raise SignInRefused
    check_password(new, uow.settings.password_profile, [username])
    new_hash = hash_password(new)
    with uow.begin(actor):
        take_back(uow, *counters)
        account = uow.session.get_one(Account, actor.account_id, populate_existing=True, with_for_update=True)
        if account.password_hash != password_hash:
            raise SignInRefused
        account.password_hash = new_hash
        account.must_change_password = False
        end_sessions(uow, account.id)
        uow.journal.record(Event.PASSWORD_CHANGED, stream=f"account:{account.id}")


def end_sessions(uow: UnitOfWork, account_id: UUID) -> None:
    """End every session of an account, because its password or its state changed; inside begin."""
    uow.session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))
