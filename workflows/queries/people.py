"""Accounts, organisations, groups and lanes as their readers see them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Account, AccountRole, Definition, Group, GroupMember, Membership, Organisation
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.lines import searched
from workflows.players import bindable, players_of
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.names import names_of
from workflows.queries.views import AccountView, GroupView, LaneView, OrganisationView, Page, Person

MOST: Final = 100
"""Rows per page at most."""


def account_view(uow: UnitOfWork, account: Account, *, clear: bool = False) -> AccountView:
    """Return one account; phone and mail are masked unless the reader is its owner."""
    return account_views(uow, [account], clear=clear)[0]


def account_views(uow: UnitOfWork, accounts: Sequence[Account], *, clear: bool = False) -> list[AccountView]:
    """Return accounts with roles and organisations, in four statements for any number of them."""
    ids = [account.id for account in accounts]
    roles: dict[UUID, list[str]] = {}
    for row in uow.session.execute(
        select(AccountRole.account_id, AccountRole.role).where(AccountRole.account_id.in_(ids))
    ):
        roles.setdefault(row.account_id, []).append(row.role)
    organisations: dict[UUID, list[tuple[UUID, str]]] = {}
    for member in uow.session.execute(
        select(Membership.account_id, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.account_id.in_(ids))
        .order_by(Organisation.name)
    ):
        organisations.setdefault(member.account_id, []).append((member.id, member.name))
    pairs = [
        (account.subject_id, value)
        for account in accounts
        for value in (account.name, account.phone, account.mail)
        if value
    ]
    texts = iter(uow.personal.decrypt_many(pairs))

    def text(value: bytes | None) -> str | None:
        found = next(texts) if value else None
        return found.decode("utf-8") if found is not None else None

    views = []
    for account in accounts:
        name, phone, mail = text(account.name), text(account.phone), text(account.mail)
        views.append(
            AccountView(
                id=account.id,
                username=account.username,
                name=name or account.username,
                phone=phone if clear or phone is None else mask(phone),
                mail=mail if clear or mail is None else mask_mail(mail),
                language=account.language,
                roles=tuple(sorted(roles.get(account.id, []))),
                organisations=tuple(organisations.get(account.id, [])),
                must_change_password=account.must_change_password,
                created_at=account.created_at,
                disabled_at=account.disabled_at,
            )
        )
    return views


def read_account(uow: UnitOfWork, actor: Actor, account_id: UUID) -> AccountView:
    """Return an account to its owner, unmasked, or to an administrator; NotFound for others."""
    own = actor.account_id == account_id
    account = uow.session.get(Account, account_id) if own or policy.may_administer(actor) else None
    if account is None:
        raise NotFound(kind="account", id=account_id)
    return account_view(uow, account, clear=own)


def people(
    uow: UnitOfWork, actor: Actor, query: str = "", after: str | None = None, limit: int = 50
) -> Page[AccountView]:
    """Return accounts by user name; searched by its beginning or by a whole phone number. Administrators only."""
    policy.require_administrator(actor)
    query, limit = searched(query), max(1, min(limit, MOST))
    statement = select(Account).order_by(Account.username).limit(limit + 1)
    if query:
        subjects = uow.personal.find("phone", query)
        starts = func.lower(Account.username).startswith(query.lower(), autoescape=True)
        statement = statement.where(or_(starts, Account.subject_id.in_(subjects)))
    if after:
        statement = statement.where(Account.username > read_cursor(after, str)[0])
    rows = uow.session.scalars(statement).all()
    more = write_cursor(rows[limit - 1].username) if len(rows) > limit else None
    return Page(tuple(account_views(uow, rows[:limit])), more)


def organisations(
    uow: UnitOfWork, actor: Actor, query: str = "", after: str | None = None, limit: int = 50
) -> Page[OrganisationView]:
    """Return organisations by name with groups and members: all to administrators, their own to everybody else."""
    query, limit = searched(query), max(1, min(limit, MOST))
    statement = select(Organisation).order_by(Organisation.name, Organisation.id).limit(limit + 1)
    if not policy.may_administer(actor):
        own = select(Membership.organisation_id).where(Membership.account_id == actor.account_id)
        statement = statement.where(Organisation.id.in_(own))
    if query:
        statement = statement.where(
            or_(Organisation.name.contains(query, autoescape=True), Organisation.credit_code == query.upper())
        )
    if after:
        name, last = read_cursor(after, str, UUID)
        statement = statement.where(
            or_(Organisation.name > name, (Organisation.name == name) & (Organisation.id > last))
        )
    rows = uow.session.scalars(statement).all()
    more = write_cursor(rows[limit - 1].name, rows[limit - 1].id) if len(rows) > limit else None
    return Page(tuple(organisation_views(uow, rows[:limit])), more)


def read_organisation(uow: UnitOfWork, actor: Actor, organisation_id: UUID) -> OrganisationView:
    """Return an organisation to its members and to administrators; NotFound for others."""
    found = uow.session.get(Organisation, organisation_id)
    if found is None or not (
        policy.may_administer(actor)
        or uow.session.get(Membership, (actor.account_id, organisation_id)) is not None
    ):
        raise NotFound(kind="organisation", id=organisation_id)
    return organisation_views(uow, [found])[0]


def organisation_views(uow: UnitOfWork, rows: Sequence[Organisation]) -> list[OrganisationView]:
    """Return organisations with groups and members, in five statements for any number of them."""
    ids = [row.id for row in rows]
    members = uow.session.execute(
        select(Membership.organisation_id, Membership.account_id).where(Membership.organisation_id.in_(ids))
    ).all()
    groups = uow.session.scalars(
        select(Group).where(Group.organisation_id.in_(ids)).order_by(Group.name, Group.id)
    ).all()
    group_ids = [group.id for group in groups]
    working = uow.session.execute(
        select(GroupMember.group_id, GroupMember.account_id).where(GroupMember.group_id.in_(group_ids))
    ).all()
    names = names_of(uow, [row.account_id for row in (*members, *working)])

    def named(account_ids: list[UUID]) -> tuple[Person, ...]:
        return tuple(
            sorted((Person(id_, names.get(id_, "")) for id_ in account_ids), key=lambda one: one.name)
        )

    views: dict[UUID, list[GroupView]] = {}
    for group in groups:
        people_of_group = named([row.account_id for row in working if row.group_id == group.id])
        views.setdefault(group.organisation_id, []).append(
            GroupView(group.id, group.organisation_id, group.name, people_of_group)
        )
    return [
        OrganisationView(
            id=row.id,
            name=row.name,
            credit_code=row.credit_code,
            created_at=row.created_at,
            groups=tuple(views.get(row.id, [])),
            members=named([member.account_id for member in members if member.organisation_id == row.id]),
        )
        for row in rows
    ]


def groups(uow: UnitOfWork, actor: Actor, organisation_id: UUID) -> tuple[GroupView, ...]:
    """Return the groups of an organisation; NotFound like read_organisation."""
    return read_organisation(uow, actor, organisation_id).groups


def bindings(uow: UnitOfWork, actor: Actor, process_key: str | None = None) -> tuple[LaneView, ...]:
    """Return every lane of the deployed processes and who plays it. Administrators only."""
    policy.require_administrator(actor)
    keys = uow.session.scalars(
        select(Definition.process_key).distinct().order_by(Definition.process_key)
    ).all()
    keys = [key for key in keys if process_key in (None, key)]
    players = players_of(uow.session, keys, None)
    organisation_names = dict(
        uow.session.execute(
            select(Organisation.id, Organisation.name).where(
                Organisation.id.in_({player.organisation_id for player in players.values()})
            )
        ).all()
    )
    group_names = dict(
        uow.session.execute(
            select(Group.id, Group.name).where(Group.id.in_({player.group_id for player in players.values()}))
        ).all()
    )
    lanes = []
    order = {key: at for at, key in enumerate(keys)}
    places = [one for one in bindable(uow.session).items() if one[0][0] in order]
    for (key, lane), place in sorted(places, key=lambda one: order[one[0][0]]):
        player = players.get((key, lane))
        lanes.append(
            LaneView(
                process_key=key,
                lane=lane,
                title=place.lane_title(lane, actor.language),
                starter=False,
                organisation_id=player.organisation_id if player else None,
                organisation=organisation_names.get(player.organisation_id) if player else None,
                group_id=player.group_id if player else None,
                group=group_names.get(player.group_id) if player else None,
                active_members=player.people if player else 0,
            )
        )
    return tuple(lanes)


def mask(text: str) -> str:
    """Return a number with its middle hidden: 138****1234."""
    if len(text) < 8:
        return "*" * len(text)
    return f"{text[:3]}****{text[-4:]}"


def mask_mail(text: str) -> str:
    """Return a mail address with its name hidden behind the first letter."""
    return f"{text[:1]}***@{text.rpartition('@')[2]}"
