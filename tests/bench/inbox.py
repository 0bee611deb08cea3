"""What a page of the inbox costs: `zhupi bench inbox --open 100,100000 --json` (`--db sqlite|postgresql|URL`).

Every open task is visible to the measured user through three groups. A request is the first page by
deadline or by arrival, a later page by keyset, a filter by an applicant's name, a number, a common and a rare step, a
process, the round or the deadline, each with the counts and choices that the page asks for. The figures together are of
what shows as many rows in a small house as in a large one; each kind has its own besides.
Times are the server's, inside the process: query, rows to views, counts.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask, current_app

from storage.actor import SYSTEM, Actor
from storage.models import Group, GroupMember, Instance, Organisation, Task
from tests.bench import town as towns
from workflows import queries
from workflows.queries.actors import person_of_token

ROUNDS = 40
CHUNK = 5_000
APPLICANTS = 200
KEY = "certificate_issuance"
EVERY_DAY: Final = ("page", "next", "process")
"""What the two figures together are of: the first page by deadline, the one after it, one filter."""
FILTERS: Final[dict[str, dict[str, str]]] = {
    "arrival": {"sort": "arrival"},
    "step": {"process": KEY, "step": "review"},
    "rare_step": {"process": KEY, "step": "exception_review"},
    "process": {"process": KEY},
    "again": {"round": "again"},
    "over": {"due": "over"},
    "week": {"due": "week"},
    "over_arrival": {"due": "over", "sort": "arrival"},
}


@dataclass(slots=True)
class House:
    """A house full of open tasks, who is measured in it, and their times by what they ask."""

    town: towns.Town
    app: Flask
    actor: Actor
    open_tasks: int
    times: dict[str, list[float]] = field(default_factory=dict)


def measure(database: str, sizes: list[int]) -> list[dict[str, Any]]:
    """Fill a house of each size and ask in each in turn: what disturbs the machine disturbs them alike."""
    with contextlib.ExitStack() as houses:
        opened = [open_house(houses, database, size) for size in sizes]
        for number in range(ROUNDS):
            for house in opened:
                with house.app.app_context():
                    ask(house, number)
        return [figures(house) for house in opened]


def open_house(houses: contextlib.ExitStack, database: str, open_tasks: int) -> House:
    """Make a house and fill it."""
    town = houses.enter_context(towns.town(database))
    fill(town, open_tasks)
    town.uow.session.rollback()
    person = person_of_token(town.cast["review_agent"].token, town.uow.clock.now())
    assert person is not None
    assert len(person.actor.groups) == 3
    town.uow.session.rollback()
    return House(town, current_app._get_current_object(), person.actor, open_tasks)  # type: ignore[attr-defined]


def ask(house: House, number: int) -> None:
    """Ask once for each kind of page."""
    asked = {
        "page": {},
        "next": {"after": queries.inbox(house.town.uow, house.actor, "claimable", sort="due").next},
        "name": {"query": f"Applicant {number % 150:03d}"},
        "number": {"query": f"{number * house.open_tasks // ROUNDS:06d}"},
        **FILTERS,
    }
    for name, given in asked.items():
        house.times.setdefault(name, []).append(timed(house.town, house.actor, given))


def figures(house: House) -> dict[str, Any]:
    """Sum up what was measured in a house."""
    together = sorted(one for kind in EVERY_DAY for one in house.times[kind])
    return {
        "open": house.open_tasks,
        "median_ms": round(statistics.median(together), 2),
        "p95_ms": round(together[int(len(together) * 0.95)], 2),
        **{
            f"{kind}_p95_ms": round(sorted(found)[int(len(found) * 0.95)], 2)
            for kind, found in house.times.items()
        },
    }


def timed(town: towns.Town, actor: Any, asked: dict[str, Any]) -> float:
    """Milliseconds of one request: a page and the counts of the tabs."""
    session = town.uow.session
    session.rollback()
    session.expunge_all()
    begun = time.perf_counter()
    page = queries.inbox(town.uow, actor, "claimable", **{"sort": "due"} | asked)
    choices = queries.process_choices(town.uow, actor)
    keys = tuple(choice.key for choice in choices)
    counts = queries.tab_numbers(town.uow, actor, "claimable", keys, by_due=True)
    taken = (time.perf_counter() - begun) * 1000
    assert page.items or asked, "an empty page measures nothing"
    assert counts.tabs["claimable"] > 0
    return taken


def fill(town: towns.Town, count: int) -> None:
    """Copy one real case with its open review until there are ``count``, over three groups and many applicants."""
    instance_id = towns.submit(town)
    uow, session = town.uow, town.uow.session
    reviewer = town.cast["review_agent"]
    with uow.begin(SYSTEM):
        groups = [town.cast.groups["review_agent"]]
        for name in ("second", "third"):
            group_id = uow.ids.new()
            session.add(Group(id=group_id, organisation_id=reviewer.organisation_id, name=name))
            session.flush()
            session.add(GroupMember(group_id=group_id, account_id=reviewer.account_id))
            groups.append(group_id)
        applicants = []
        for number in range(APPLICANTS):
            applicants.append(uow.ids.new())
            session.add(
                Organisation(id=applicants[-1], name=f"Applicant {number:03d}", created_at=uow.clock.now())
            )
    instance = row_of(session, Instance, Instance.id == instance_id)
    task = row_of(session, Task, Task.instance_id == instance_id, Task.element_id == "review")
    for first in range(1, count, CHUNK):
        instances, tasks = [], []
        for number in range(first, min(first + CHUNK, count)):
            id_ = uow.ids.new()
            at = task["created_at"] + timedelta(seconds=number % 9_973)
            organisation = applicants[number % APPLICANTS]
            instances.append(
                {
                    **instance,
                    "id": id_,
                    "number": f"ZS-2026-{number + 1:06d}",
                    "organisation_id": organisation,
                    "created_at": at,
                }
            )
            tasks.append(
                {
                    **task,
                    "id": uow.ids.new(),
                    "instance_id": id_,
                    "group_id": groups[number % 3],
                    "created_at": at,
                    "due_at": None if number % 50 == 0 else at + timedelta(hours=number % 240 - 20),
                    "round": 2 if number % 40 == 0 else 1,
                    "element_id": "exception_review" if number % 5_000 == 0 else "review",
                }
            )
        with uow.begin(SYSTEM):
            session.execute(sa.insert(Instance.__table__), instances)
            session.execute(sa.insert(Task.__table__), tasks)
    if session.get_bind().dialect.name == "postgresql":  # the server does this by itself after a while
        session.rollback()
        with session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM (ANALYZE) instance"))
            connection.execute(sa.text("VACUUM (ANALYZE) task"))


def row_of(session: Any, model: Any, *where: Any) -> dict[str, Any]:
    """A row as plain columns."""
    table = model.__table__
    return dict(session.execute(sa.select(table).where(*where)).mappings().one())


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(prog="zhupi bench inbox")
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--open", default="100,100000")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measure(given.db, [int(count) for count in given.open.split(",")])
    if given.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    main()
