"""Every page and every reading route keeps to its number of statements, with one row and with ten (no N+1)."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from budgets import BUDGETS
from cast import NOW, TEST_SECRETS
from journey import PACKAGE, Journey
from matrix import ROWS, Row
from world import World

from config.settings import load_settings
from storage.actor import SYSTEM
from storage.db import db
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.models import Incident, RegisterEntry, Timer, WorkerSeen
from storage.ports import FixedClock, SeededIds
from storage.statements import counted
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import create_account
from workflows.commands.organisations import create_group, create_organisation
from workflows.commands.packages import deploy_package
from workflows.packages import read_folder

READS = tuple(row for row in ROWS if row.verb == "GET")
WRITES = tuple(row for row in ROWS if row.verb != "GET")
ASKING = (
    "administrator",
    "session:administrator",
    "operator",
    "review_agent",
    "applicant",
    "session:applicant",
)
MORE, WRITING = 9, 0
VERSIONS = 3
"""Versions of the package are made so many times: each is checked from the ground up."""


@pytest.fixture(scope="module")
def taken(
    migrated_file: Path, s3: EmbeddedS3, documents: Documents, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, dict[str, int]]]:
    """Statements of every reading route, in a house with a little and in one with a lot."""
    folder = tmp_path_factory.mktemp("budgets")
    shutil.copyfile(migrated_file, folder / "zhupi.sqlite")
    settings = load_settings({**TEST_SECRETS, "ZHUPI_DATA": str(folder)})
    world = World(settings, documents, FixedClock(NOW))
    found = {WRITING: write(world)}
    grow(world, documents, 1)
    found[1] = measure(world)
    grow(world, documents, MORE)
    found[1 + MORE] = measure(world)
    yield found
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()


def measure(world: World) -> dict[str, int]:
    """Ask every reading route as everybody who may, twice: what is kept in memory is there the second time."""
    found: dict[str, int] = {}
    for row in READS:
        most = 0
        for who in ASKING:
            if who not in row.allowed:
                continue
            for _ in range(2):
                reply = world.ask(who, row)
                assert reply.status_code < 400, (row.name, who, reply.get_data(as_text=True))
                reply.close()
                last = counted()
            most = max(most, last)
        found[row.name] = most
    return found


def write(world: World) -> dict[str, int]:
    """Do every command as the first who may, and put the house back; twice, as above."""
    found: dict[str, int] = {}
    for row in WRITES:
        who = next(one for one in (*ASKING, *sorted(row.allowed)) if one in row.allowed)
        for _ in range(2):
            reply = world.ask(who, row)
            assert reply.status_code < 500, (row.name, who)
            reply.close()
            found[row.name] = counted()
            world.restore()
    return found


def grow(world: World, documents: Documents, times: int) -> None:
    """Add so many of everything that lists show, and as many events to the case that is looked at."""
    administrator, case = world.cast["administrator"].actor, UUID(world.ids["case"])
    ids = SeededIds(f"grow by {times}")
    journey = Journey(world.app.test_client(), world.cast)
    journey.keys = count(times * 1000)
    files = read_folder(PACKAGE)
    for number in range(times):
        journey.fill_in()
        held = journey.instance_id
        journey.ok("operator", "POST", f"/instances/{held}/suspend", json={"reason": "x"})
        journey.start()
        for verb in ("suspend", "resume"):
            journey.ok("operator", "POST", f"/instances/{case}/{verb}", json={"reason": "x"})
        name = ids.new().hex[:12]
        with world.app.app_context():
            uow = build(world.settings, clock=FixedClock(NOW), ids=ids, documents=documents)
            if number < VERSIONS:
                deploy_package(uow, administrator, {**files, "README.md": f"{name}\n".encode()})
            house = create_organisation(uow, administrator, name)
            create_group(uow, administrator, UUID(world.ids["organisation"]), name)
            create_account(uow, administrator, f"u{name}", "Correct horse 71", name, organisation_id=house.id)
            with uow.begin(SYSTEM):
                _rows(uow, case, UUID(world.ids["entry"]), name)


def _rows(uow: UnitOfWork, case: UUID, entry: UUID, name: str) -> None:
    now = uow.clock.now()
    given = uow.session.get_one(RegisterEntry, entry)
    columns = {column.key: getattr(given, column.key) for column in RegisterEntry.__table__.columns}
    uow.session.add_all(
        [
            Incident(id=uow.ids.new(), instance_id=case, kind="job_failed", message="x", opened_at=now),
            Timer(
                instance_id=case, key=name, element_id="review", host="x", interrupting=False,
                due_at=now - timedelta(hours=1), failed_at=now,
            ),
            WorkerSeen(
                id=uow.ids.new(), host=name, process=1, started_at=now, seen_at=now, rounds=1, pieces=1, troubles=0,
                round_ms=1, memory=1,
            ),
            RegisterEntry(**{**columns, "id": uow.ids.new()}),
        ]
    )  # fmt: skip
    uow.jobs.put("handler:payment.open_order", name, {}, now, case, name)


def test_every_route_has_a_budget() -> None:
    assert {row.name for row in ROWS} == set(BUDGETS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_route_keeps_to_its_budget(taken: dict[int, dict[str, int]], row: Row) -> None:
    assert taken[1 if row.verb == "GET" else WRITING][row.name] <= BUDGETS[row.name]


@pytest.mark.parametrize("row", READS, ids=lambda row: row.name)
def test_ten_rows_take_as_many_statements_as_one(taken: dict[int, dict[str, int]], row: Row) -> None:
    assert taken[1 + MORE][row.name] == taken[1][row.name]
