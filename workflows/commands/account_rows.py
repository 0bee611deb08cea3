"""Rows of accounts: what may stand in them, and how their personal values are kept."""

import re
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from storage.actor import Role
from storage.errors import NotFound
from storage.models import Account
from storage.unit_of_work import UnitOfWork
from workflows.errors import FieldInvalid, UsernameTaken
from workflows.events import Event
from workflows.lines import one_line

LIMITS: Final = {"name": 100, "phone": 30, "mail": 200}
PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,28}[0-9]")
MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
LANGUAGES: Final = ("zh_CN", "en")


def find_account(uow: UnitOfWork, account_id: UUID | None) -> Account:
    """Return an account as the database has it now; raise NotFound."""
    found = uow.session.get(Account, account_id, populate_existing=True) if account_id else None
    if found is None:
        raise NotFound(kind="account", id=account_id)
    return found


def organisation_name(name: str) -> str:
    """Return the name of an organisation, 1 to 200 characters; raise FieldInvalid."""
    return one_line(name, "organisation", 200)


def add_account(
    uow: UnitOfWork,
    username: str,
    password_hash: str,
    values: Mapping[str, str | None],
    language: str,
    *,
    must_change: bool,
) -> Account:
    """Insert an account with a subject of its own; raise UsernameTaken when another was faster."""
    account = Account(
        id=uow.ids.new(),
        username=username,
        password_hash=password_hash,
        subject_id=uow.personal.new_subject("account"),
        language=checked_language(language),
        must_change_password=must_change,
        created_at=uow.clock.now(),
    )
    write_personal(uow, account, values)
    uow.session.add(account)
    try:
        uow.session.flush()
    except IntegrityError:
        raise UsernameTaken(username) from None
    return account


def write_personal(uow: UnitOfWork, account: Account, values: Mapping[str, str | None]) -> None:
    """Encrypt name, phone and mail into the row; a phone can be found by its whole value."""
    for key, value in values.items():
        setattr(
            account, key, uow.personal.encrypt(account.subject_id, value.encode("utf-8")) if value else None
        )
        if key == "phone" and value:
            uow.personal.index("phone", value, account.subject_id)


def record_account(
    uow: UnitOfWork,
    event: Event,
    account: Account,
    values: Mapping[str, str | None],
    details: Mapping[str, object],
) -> None:
    """Write an event of the account; what is personal in it stands there as a commitment."""
    text_id = uow.ids.new()
    commitments = {
        key: uow.personal.keep(text_id, key, account.subject_id, value)
        for key, value in values.items()
        if value
    }
    uow.journal.record(
        event,
        stream=f"account:{account.id}",
        commitments=commitments,
        details={**details, **({"text": str(text_id)} if commitments else {})},
    )


def checked_personal(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return name, phone and mail trimmed; raise FieldInvalid naming the one that does not fit."""
    checked: dict[str, str | None] = {}
    for key, value in values.items():
        text = one_line(value or "", key, LIMITS[key], required=key == "name")
        if text and (
            (key == "phone" and not PHONE.fullmatch(text)) or (key == "mail" and not MAIL.fullmatch(text))
        ):
            raise FieldInvalid(field=key)
        checked[key] = text or None
    return checked


def checked_roles(roles: Collection[Role | str]) -> set[str]:
    """Return roles of the house as texts; raise FieldInvalid for one that does not exist."""
    known = {str(role) for role in Role}
    wanted = {str(role) for role in roles}
    if wanted - known:
        raise FieldInvalid(field="roles")
    return wanted


def checked_language(language: str) -> str:
    """Return a language that the house speaks; raise FieldInvalid for another."""
    if language not in LANGUAGES:
        raise FieldInvalid(field="language")
    return language
