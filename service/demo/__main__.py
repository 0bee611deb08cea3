"""Prepare a demo and fill it once: `python -m service.demo [FD]`, a step of `zhupi demo` like service.prepare."""

import os
import random
import secrets
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import click
from flask import Flask

from config.settings import Settings, SettingsError, settings_here
from service.demo import folder
from service.demo.cast import ADMINISTRATOR, HOUSES, PEOPLE, PROCESS, Person
from service.demo.game import Game, Player, at_work
from service.demo.plans import PLANS, Plan
from service.prepare import CannotPrepare, prepare
from storage.actor import Actor, Role
from storage.database import init_database
from storage.documents import Documents
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import create_account, make_setup_token, set_up
from workflows.commands.organisations import (
    add_member,
    bind_lane,
    create_group,
    create_organisation,
    put_group_members,
)
from workflows.errors import SetupClosed

OPENED = timedelta(days=30)
"""How long ago the house was opened; every application is younger."""


def fill(settings: Settings) -> str:
    """Make the cast and the applications; return who they are, with the passwords that nobody sees again.

    Raises SetupClosed when the database has accounts already.
    """
    app = Flask("zhupi.demo")
    init_database(app, settings)
    now = datetime.now(UTC)
    with app.app_context():
        documents = Documents(settings)
        uow = build(settings, clock=FixedClock(now - OPENED), documents=documents)
        click.echo(f"  making {len(PEOPLE) + 1} people in {len(HOUSES)} organisations")
        passwords = {person.username: secrets.token_urlsafe(9) + "7k" for person in (ADMINISTRATOR, *PEOPLE)}
        players = _engage(uow, passwords)
        serials = [0]
        begun = sorted((_beginning(now, plan, index), index) for index, plan in enumerate(PLANS))
        for index, (beginning, number) in enumerate(begun, 1):
            clock = FixedClock(beginning)
            chance = random.Random(number)  # noqa: S311 - the demo looks alike each time
            cases = build(settings, clock=clock, documents=documents)
            Game(cases, clock, chance, PLANS[number], players, serials).play()
            if index % 10 == 0 or index == len(begun):
                click.echo(f"  {index} of {len(begun)} applications")
    return _list_of_people(passwords)


def _beginning(now: datetime, plan: Plan, index: int) -> datetime:
    """Begin each application at a minute of its own, during office hours."""
    return at_work(now - timedelta(days=plan.days) + timedelta(minutes=index))


def _engage(uow: UnitOfWork, passwords: dict[str, str]) -> dict[str, Player]:
    """Make organisations, accounts, groups and bindings as an administrator would."""
    administrator = set_up(
        uow,
        make_setup_token(uow) or "",
        ADMINISTRATOR.username,
        passwords[ADMINISTRATOR.username],
        ADMINISTRATOR.name,
    )
    actor = Actor(account_id=administrator.id, roles=frozenset({Role.ADMINISTRATOR}))
    houses = {
        house.key: create_organisation(uow, actor, house.name, house.credit_code).id for house in HOUSES
    }
    add_member(uow, actor, houses[ADMINISTRATOR.house], administrator.id)
    accounts = {person.username: _account(uow, actor, person, passwords, houses) for person in PEOPLE}
    groups: dict[str, UUID] = {}
    for lane in sorted({person.lane for person in PEOPLE if person.lane}):
        members = [person for person in PEOPLE if person.lane == lane]
        group = create_group(uow, actor, houses[members[0].house], members[0].does.split()[0] + "组")
        put_group_members(uow, actor, group.id, [accounts[member.username] for member in members])
        bind_lane(uow, actor, PROCESS, lane, group.id)
        groups[lane] = group.id
    by_key = {house.key: house for house in HOUSES}
    return {
        person.username: Player(
            Actor(
                account_id=accounts[person.username],
                organisation_id=houses[person.house],
                groups=frozenset({groups[person.lane]} if person.lane else ()),
                roles=frozenset({person.role} if person.role else ()),
                language=person.language,
            ),
            person.name,
            f"139000000{number:02d}",
            by_key[person.house].name,
            by_key[person.house].credit_code or "",
        )
        for number, person in enumerate(PEOPLE, 1)
    }


def _account(
    uow: UnitOfWork, actor: Actor, person: Person, passwords: dict[str, str], houses: dict[str, UUID]
) -> UUID:
    return create_account(
        uow,
        actor,
        person.username,
        passwords[person.username],
        person.name,
        mail=f"{person.username}@example.com",
        language=person.language,
        roles=[person.role] if person.role else [],
        organisation_id=houses[person.house],
        must_change_password=False,
    ).id


def _list_of_people(passwords: dict[str, str]) -> str:
    names = {house.key: house.name for house in HOUSES}
    rows = [
        f"  {person.username:<10} {passwords[person.username]:<16} {person.does}, {person.name}, {names[person.house]}"
        for person in (ADMINISTRATOR, *PEOPLE)
    ]
    return (
        "\nThe people of the demo and their passwords; this is the only time that they are shown:\n"
        + "\n".join(rows)
    )


def main(arguments: list[str]) -> int:
    """Prepare the demo of this process's settings and fill it once: 0 when it may start, 2 when not."""
    try:
        settings = settings_here("var/demo")
        prepare(settings)
        if not folder.is_filled(settings.data):
            people = fill(settings)
            folder.note_filled(settings.data)
            with os.fdopen(int(arguments[0]) if arguments else os.dup(1), "w") as notes:
                notes.write(people + "\n")
    except (SettingsError, CannotPrepare) as reason:
        click.echo(str(reason), err=True)
        return 2
    except SetupClosed:
        click.echo(
            "The database already has accounts, so it is no demo's: leave ZHUPI_DATABASE_URL unset.", err=True
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
