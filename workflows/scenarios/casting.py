"""Makes the cast of a package real: organisations, accounts, groups and bindings, through the real commands."""

import secrets
from typing import Final

from storage.actor import SYSTEM, Actor, Role
from storage.unit_of_work import UnitOfWork
from workflows.commands.accounts import create_account
from workflows.commands.organisations import (
    bind_lane,
    create_group,
    create_organisation,
    put_group_members,
    put_members,
)
from workflows.packages import Package
from workflows.scenarios.play import Company
from workflows.scenarios.script import Cast

LOGIN_SUFFIX: Final = "_cast"


def engage(uow: UnitOfWork, package: Package, cast: Cast) -> Company:
    """Make everybody of a cast and bind the lanes of a package to them."""
    organisations = {
        key: create_organisation(uow, SYSTEM, one.name, one.credit_code).id
        for key, one in cast.organisations.items()
    }
    accounts = {}
    for key, person in cast.people.items():
        password = secrets.token_urlsafe(18) + "aA1"
        roles = [Role(role) for role in person.roles]
        home = organisations[person.organisation]
        account = create_account(
            uow, SYSTEM, f"{key}{LOGIN_SUFFIX}", password, person.name, roles=roles, organisation_id=home
        )
        accounts[key] = account.id
    for guest_of in {other for person in cast.people.values() for other in person.also}:
        belonging = [
            accounts[key] for key, one in cast.people.items() if guest_of in (one.organisation, *one.also)
        ]
        put_members(uow, SYSTEM, organisations[guest_of], belonging)
    groups = {}
    for lane, names in cast.lanes.items():
        home = organisations[cast.people[names[0]].organisation]
        place, own_name = played_by(package, lane)
        title = place.manifest.lanes[own_name].title
        group = create_group(uow, SYSTEM, home, title if place is package else f"{title} {place.key}")
        groups[lane] = group.id
        put_group_members(uow, SYSTEM, group.id, [accounts[name] for name in names])
        bind_lane(uow, SYSTEM, place.key, own_name, group.id)
    actors = {
        key: Actor(
            account_id=accounts[key],
            organisation_id=organisations[person.organisation],
            groups=frozenset(groups[lane] for lane, names in cast.lanes.items() if key in names),
            roles=frozenset(Role(role) for role in person.roles),
        )
        for key, person in cast.people.items()
    }
    return Company(actors, {lane: frozenset(names) for lane, names in cast.lanes.items()})


def played_by(package: Package, lane: str) -> tuple[Package, str]:
    """Return the package that draws a lane of a cast and its id there: ``opinion.expert`` is a lane of what is called."""
    key, _, own_name = lane.rpartition(".")
    called = [package, *package.calls.values()]
    while called:
        one = called.pop(0)
        if key in ("", one.key):
            return one, own_name
        called += one.calls.values()
    raise KeyError(lane)
