"""Names of people: decrypted in one go, and replaced by a role where the reader may not know them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from storage.models import Account
from storage.unit_of_work import UnitOfWork


def names_of(uow: UnitOfWork, account_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of accounts by id, two statements for any number of them.

    An account without a name, or an erased one, shows by its user name.
    """
    wanted = {account_id for account_id in account_ids if account_id is not None}
    if not wanted:
        return {}
    rows = uow.session.execute(
        select(Account.id, Account.username, Account.name, Account.subject_id).where(Account.id.in_(wanted))
    ).all()
    named = [row for row in rows if row.name]
    clear = uow.personal.decrypt_many([(row.subject_id, row.name) for row in named])
    names = {row.id: row.username for row in rows}
    names |= {row.id: text.decode("utf-8") for row, text in zip(named, clear, strict=True) if text}
    return names


def name_of(uow: UnitOfWork, account_id: UUID | None) -> str:
    """Return the name of one account, an empty text for the system."""
    return names_of(uow, [account_id]).get(account_id, "") if account_id else ""
