"""People and tokens from the command line, as the system makes them."""

import secrets
import string
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from service.console import CouldNotRun
from storage.actor import SYSTEM, Role
from storage.models import Organisation
from workflows.commands.accounts import create_account
from workflows.commands.organisations import add_member
from workflows.commands.tokens import create_token
from workflows.queries.actors import person_named

if TYPE_CHECKING:
    from storage.unit_of_work import UnitOfWork

GROUPS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def make_token(uow: "UnitOfWork", username: str, label: str, days: int, organisation: str | None) -> str:
    """Return the secret of a new token of this user. Raises CouldNotRun when user or organisation is unknown."""
    person = person_named(username)
    if person is None or person.actor.account_id is None:
        sentence = f"There is no active user {username}."
        raise CouldNotRun(sentence)
    organisation_id = person.actor.organisation_id
    if organisation is not None:
        organisation_id = next((id_ for id_, name in person.organisations if name == organisation), None)
        if organisation_id is None:
            sentence = f"{username} does not belong to an organisation named {organisation}."
            raise CouldNotRun(sentence)
    elif organisation_id is None and person.organisations:
        names = ", ".join(name for _, name in person.organisations)
        sentence = f"{username} belongs to several organisations; say which with --organisation: {names}."
        raise CouldNotRun(sentence)
    view = create_token(uow, SYSTEM, label, days, organisation_id, person.actor.account_id)
    return str(view.secret)


def make_user(
    uow: "UnitOfWork",
    username: str,
    name: str,
    roles: Sequence[str],
    organisations: Sequence[str],
    given: str | None,
) -> str | None:
    """Make an account; return the first password if it was drawn here, None if it was given.

    Raises CouldNotRun for unknown roles and organisations, and what create_account raises.
    """
    unknown = [role for role in roles if role not in set(Role)]
    if unknown:
        sentence = f"There is no role {unknown[0]}; there are: {', '.join(Role)}."
        raise CouldNotRun(sentence)
    ids = [_organisation(uow, organisation) for organisation in organisations]
    password = given if given is not None else draw_password()
    account = create_account(
        uow, SYSTEM, username, password, name, roles=roles, organisation_id=ids[0] if ids else None
    )
    for organisation_id in ids[1:]:
        add_member(uow, SYSTEM, organisation_id, account.id)
    return password if given is None else None


def draw_password() -> str:
    """Draw a first password of 16 characters with every kind of character in it."""
    letters = [secrets.choice(group) for group in GROUPS]
    letters += [secrets.choice("".join(GROUPS)) for _ in range(13)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def _organisation(uow: "UnitOfWork", name: str) -> UUID:
    found = uow.session.scalars(sa.select(Organisation.id).where(Organisation.name == name).limit(2)).all()
    if len(found) != 1:
        sentence = f"There is {'no' if not found else 'more than one'} organisation named {name}."
        raise CouldNotRun(sentence)
    return found[0]
