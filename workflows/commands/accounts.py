"""Accounts of people: the very first one, and those an administrator makes. Names, phones, mails are encrypted."""

import secrets
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.exc import IntegrityError

from storage.actor import SYSTEM, Actor, Role
from storage.errors import NotFound
from storage.models import Account, AccountRole, Membership, Organisation, SetupToken
from storage.unit_of_work import UnitOfWork
from workflows.commands.account_rows import (
    add_account,
    checked_language,
    checked_personal,
    checked_roles,
    find_account,
    organisation_name,
    record_account,
    write_personal,
)
from workflows.commands.sessions import end_sessions
from workflows.errors import (
    LastAdministrator,
    NotAllowed,
    SetupClosed,
    UsernameTaken,
)
from workflows.events import Event
from workflows.passwords import check_password, check_username, hash_password
from workflows.policy import may_administer, require_administrator
from workflows.queries.actors import digest_of
from workflows.queries.people import account_view
from workflows.queries.views import AccountView


def make_setup_token(uow: UnitOfWork) -> str | None:
    """Make the one-time token of the very first start; an unused one before it is void. None once it is over."""
    token = secrets.token_urlsafe(24)
    with uow.begin(SYSTEM) as done:
        if not is_setup_open(uow):
            return done(None)
        uow.session.execute(delete(SetupToken))
        uow.session.add(SetupToken(token_sha256=digest_of(token), created_at=uow.clock.now()))
        return done(token)


def set_up(
    uow: UnitOfWork,
    token: str,
    username: str,
    password: str,
    name: str,
    organisation: str | None = None,
    phone: str | None = None,
    mail: str | None = None,
    language: str = "zh_CN",
) -> AccountView:
    """Make the first administrator with the one-time token, and the operator's organisation when it is named.

    Closes the set-up for ever. Raises SetupClosed, UsernameRefused, PasswordRefused, FieldInvalid.
    """
    check_username(username)
    check_password(password, uow.settings.password_profile, [username, organisation or ""])
    values = checked_personal({"name": name, "phone": phone, "mail": mail})
    password_hash = hash_password(password)
    with uow.begin(SYSTEM) as done:
        kept = uow.session.get(SetupToken, digest_of(token), with_for_update=True)
        if kept is None or kept.used_at is not None or not is_setup_open(uow):
            raise SetupClosed
        kept.used_at = uow.clock.now()
        account = add_account(uow, username, password_hash, values, language, must_change=False)
        uow.session.add(AccountRole(account_id=account.id, role=Role.ADMINISTRATOR))
        details: dict[str, object] = {"account": account.id}
        if organisation is not None:
            added = Organisation(
                id=uow.ids.new(), name=organisation_name(organisation), created_at=uow.clock.now()
            )
            uow.session.add(added)
            uow.session.flush()
            uow.session.add(Membership(account_id=account.id, organisation_id=added.id))
            details["organisation"] = added.id
        record_account(
            uow,
            Event.ACCOUNT_CREATED,
            account,
            {**values, "username": username},
            {"roles": ["administrator"]},
        )
        uow.journal.record(Event.SYSTEM_SET_UP, stream="system", details=details)
        uow.session.flush()
        return done(account_view(uow, account), account.id)


def create_account(
    uow: UnitOfWork,
    actor: Actor,
    username: str,
    password: str,
    name: str,
    phone: str | None = None,
    mail: str | None = None,
    language: str = "zh_CN",
    roles: Collection[Role | str] = (),
    organisation_id: UUID | None = None,
    must_change_password: bool = True,
    idempotency_key: str | None = None,
) -> AccountView:
    """Make an account, as a member of an organisation when one is named. For administrators and the command line.

    Raises UsernameRefused (Q2), PasswordRefused (Q3), UsernameTaken, FieldInvalid, NotFound, RoleMissing.
    """
    require_administrator(actor)
    check_username(username)
    check_password(password, uow.settings.password_profile, [username])
    values = checked_personal({"name": name, "phone": phone, "mail": mail})
    wanted = checked_roles(roles)
    password_hash = hash_password(password)
    fingerprint = uow.fingerprint_of("create_account", username, values, sorted(wanted), organisation_id)
    with uow.begin(actor, idempotency_key, fingerprint) as done:
        if done.repeated:
            return account_view(uow, find_account(uow, done.resource_id))
        if uow.session.scalar(select(Account.id).where(func.lower(Account.username) == username.lower())):
            raise UsernameTaken(username)
        if organisation_id is not None and uow.session.get(Organisation, organisation_id) is None:
            raise NotFound(kind="organisation", id=organisation_id)
        account = add_account(
            uow, username, password_hash, values, language, must_change=must_change_password
        )
        uow.session.add_all(AccountRole(account_id=account.id, role=role) for role in sorted(wanted))
        if organisation_id is not None:
            uow.session.add(Membership(account_id=account.id, organisation_id=organisation_id))
        details = {"roles": sorted(wanted), "organisation": organisation_id}
        record_account(uow, Event.ACCOUNT_CREATED, account, {**values, "username": username}, details)
        uow.session.flush()
        return done(account_view(uow, account), account.id)


def change_account(
    uow: UnitOfWork,
    actor: Actor,
    account_id: UUID,
    name: str | None = None,
    phone: str | None = None,
    mail: str | None = None,
    language: str | None = None,
    username: str | None = None,
    roles: Collection[Role | str] | None = None,
) -> AccountView:
    """Change what is given; an empty text clears phone or mail. People change themselves, administrators anybody.

    Only an administrator renames (Q2, A17) or changes roles. Raises UsernameTaken, LastAdministrator, NotAllowed,
    FieldInvalid, NotFound for accounts the actor may not know.
    """
    if not may_administer(actor):
        if actor.account_id != account_id:
            raise NotFound(kind="account", id=account_id)
        if username is not None or roles is not None:
            raise NotAllowed
    given = {
        key: value for key, value in (("name", name), ("phone", phone), ("mail", mail)) if value is not None
    }
    values = checked_personal(given)
    with uow.begin(actor) as done:
        account = find_account(uow, account_id)
        write_personal(uow, account, values)
        if language is not None:
            account.language = checked_language(language)
        if values or language is not None:
            record_account(
                uow, Event.ACCOUNT_CHANGED, account, values, {"fields": sorted({*values} | _if(language))}
            )
        if username is not None and username != account.username:
            _rename(uow, account, username)
        if roles is not None:
            _change_roles(uow, account, checked_roles(roles))
        uow.session.flush()
        return done(account_view(uow, account), account.id)


def reset_password(uow: UnitOfWork, actor: Actor, account_id: UUID, password: str) -> None:
    """Give an account a password that its owner has to change at once; its sessions end. For administrators."""
    require_administrator(actor)
    found = find_account(uow, account_id)
    check_password(password, uow.settings.password_profile, [found.username])
    password_hash = hash_password(password)
    with uow.begin(actor):
        account = find_account(uow, account_id)
        account.password_hash = password_hash
        account.must_change_password = True
        end_sessions(uow, account.id)
        uow.journal.record(Event.PASSWORD_RESET, stream=f"account:{account.id}")


def disable_account(uow: UnitOfWork, actor: Actor, account_id: UUID) -> AccountView:
    """Lock an account: its sessions end at once, its tokens stop working. Repeating it is success."""
    require_administrator(actor)
    with uow.begin(actor) as done:
        account = find_account(uow, account_id)
        if account.disabled_at is None:
            account.disabled_at = uow.clock.now()
            uow.session.flush()
            _require_administrators(uow)
            end_sessions(uow, account.id)
            uow.journal.record(Event.ACCOUNT_DISABLED, stream=f"account:{account.id}")
        return done(account_view(uow, account), account.id)


def enable_account(uow: UnitOfWork, actor: Actor, account_id: UUID) -> AccountView:
    """Let a disabled account sign in again. Repeating it is success."""
    require_administrator(actor)
    with uow.begin(actor) as done:
        account = find_account(uow, account_id)
        if account.disabled_at is not None:
            account.disabled_at = None
            uow.journal.record(Event.ACCOUNT_ENABLED, stream=f"account:{account.id}")
        return done(account_view(uow, account), account.id)


def is_setup_open(uow: UnitOfWork) -> bool:
    """Return whether the first administrator is still to be made."""
    used = exists().where(SetupToken.used_at.is_not(None))
    return not uow.session.execute(select(exists().select_from(Account), used)).one().count(True)


def _rename(uow: UnitOfWork, account: Account, username: str) -> None:
    check_username(username)
    taken = select(Account.id).where(
        func.lower(Account.username) == username.lower(), Account.id != account.id
    )
    if uow.session.scalar(taken):
        raise UsernameTaken(username)
    record_account(uow, Event.ACCOUNT_RENAMED, account, {"was": account.username, "username": username}, {})
    account.username = username
    try:
        uow.session.flush()
    except IntegrityError:
        raise UsernameTaken(username) from None


def _change_roles(uow: UnitOfWork, account: Account, wanted: set[str]) -> None:
    rows = uow.session.scalars(select(AccountRole).where(AccountRole.account_id == account.id)).all()
    held = {row.role for row in rows}
    if held == wanted:
        return
    for row in rows:
        if row.role not in wanted:
            uow.session.delete(row)
    uow.session.add_all(AccountRole(account_id=account.id, role=role) for role in sorted(wanted - held))
    uow.session.flush()
    _require_administrators(uow)
    details = {"was": sorted(held), "roles": sorted(wanted)}
    uow.journal.record(Event.ACCOUNT_ROLES_CHANGED, stream=f"account:{account.id}", details=details)


def _require_administrators(uow: UnitOfWork) -> None:
    """Raise LastAdministrator when this change would leave the house without an active administrator."""
    left = uow.session.scalars(
        select(AccountRole)
        .join(Account, Account.id == AccountRole.account_id)
        .where(AccountRole.role == Role.ADMINISTRATOR, Account.disabled_at.is_(None))
        .with_for_update(of=AccountRole)
    ).all()
    if not left:
        raise LastAdministrator


def _if(language: str | None) -> set[str]:
    return set() if language is None else {"language"}
