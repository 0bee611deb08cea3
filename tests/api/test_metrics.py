"""GET /metrics: the numbers are those of the house, the price is fixed, and nothing personal is in them."""

import errno
import re
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from cast import Cast
from flask import Flask
from flask.testing import FlaskClient
from journey import APPLICATION, Journey

from config.settings import Settings
from service.measures import measures
from service.worker import Rounds
from storage.actor import SYSTEM
from storage.database import writing
from storage.db import db
from storage.documents import Documents
from storage.models import Incident
from storage.ports import FixedClock, SeededIds
from storage.statements import count_anew, counted
from storage.unit_of_work import build
from workflows import queries


def scrape(client: FlaskClient, cast: Cast, who: str = "operator") -> str:
    reply = client.get("/metrics", headers=cast[who].headers)
    assert reply.status_code == 200, reply.get_data(as_text=True)
    assert reply.content_type.startswith("text/plain")
    return reply.get_data(as_text=True)


def number(text: str, name: str, **labels: str) -> float:
    """Return the value of one sample, whatever the order of its labels."""
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")) == labels:
            return float(found[3])
    raise AssertionError((name, labels, text))


def test_the_numbers_are_those_of_the_house(
    app: Flask, client: FlaskClient, cast: Cast, settings: Settings, clock: FixedClock, documents: Documents
) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    journey.start()
    case = journey.instance_id
    with app.app_context():
        uow = build(settings, clock=clock, ids=SeededIds("more"), documents=documents)
        rounds = Rounds()
        rounds.run(uow)
        with uow.begin(SYSTEM):
            uow.session.add(
                Incident(
                    id=uow.ids.new(),
                    instance_id=UUID(case),
                    kind="job_failed",
                    message="x",
                    opened_at=clock.now(),
                )
            )
            uow.jobs.put("handler:nobody.does", "one", {}, clock.now())
            uow.jobs.claim(["handler:nobody.does"], worker_id=rounds.beats.worker_id)
            uow.jobs.put("handler:nobody.does", "two", {}, clock.now())
    reply = journey.call("operator", "POST", f"/instances/{case}/suspend", json={"reason": "to look at it"})
    assert reply.status_code == 200
    journey.call("operator", "POST", f"/instances/{case}/suspend", json={"reason": ""})
    clock.advance(timedelta(seconds=30))
    text = scrape(client, cast)
    assert number(text, "zhupi_tasks_open") == 2
    assert number(text, "zhupi_instances", status="active") == 1
    assert number(text, "zhupi_instances", status="suspended") == 1
    assert number(text, "zhupi_incidents_open", kind="job_failed") == 1
    assert number(text, "zhupi_jobs", kind="handler:nobody.does", state="leased") == 1
    assert number(text, "zhupi_jobs", kind="handler:nobody.does", state="waiting") == 1
    assert number(text, "zhupi_jobs_oldest_due_age_seconds") == 30
    assert number(text, "zhupi_leases", kind="job") == 1
    assert number(text, "zhupi_workers") == 1
    route = "/api/v1/instances/<uuid:instance_id>/suspend"
    assert number(text, "zhupi_request_seconds_count", method="POST", route=route, status="2xx") == 1
    assert number(text, "zhupi_request_seconds_count", method="POST", route=route, status="4xx") == 1
    assert number(text, "zhupi_commands_total", command="instances.suspend", code="ok") == 1
    assert number(text, "zhupi_commands_total", command="instances.suspend", code="reason_missing") == 1
    assert number(text, "zhupi_request_statements_count", method="POST", route=route) == 2
    assert number(text, "zhupi_database_connections") >= 0


def test_a_scrape_costs_seven_statements_whatever_there_is(
    app: Flask, client: FlaskClient, cast: Cast
) -> None:
    taken = []
    journey = Journey(client, cast)
    journey.prepare()
    for _ in range(2):
        for _ in range(3):
            journey.start()
        count_anew()
        scrape(client, cast)
        taken.append(counted())
    assert taken[0] == taken[1] <= 7


def test_no_count_reads_what_is_done(app: Flask, cast: Cast, settings: Settings) -> None:
    """Every count has its index: SQLite would have to scan a table else. A timer that is done has no row."""
    from workflows.queries.house import _COUNTS, _INCIDENTS, _JOBS, _OLDEST_TIMER

    with app.app_context():
        for statement in (_COUNTS, _INCIDENTS, _JOBS, _OLDEST_TIMER):
            values = {"now": "2026-11-20"} if ":now" in str(statement) else {}
            plan = db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {statement}"), values).all()
            scans = [
                row.detail
                for row in plan
                if re.match(r"SCAN (task|instance|job|incident|attachment|access_record)\b", row.detail)
            ]
            assert [one for one in scans if "INDEX" not in one] == []


def test_nothing_that_somebody_typed_is_a_label(client: FlaskClient, cast: Cast) -> None:
    journey = Journey(client, cast)
    journey.prepare()
    journey.fill_in()
    client.get("/inbox?q=Rosmarin")
    client.get("/nowhere/Rosmarin")
    client.open("/login", method="ROSMARIN")
    text = scrape(client, cast, "auditor")
    for typed in (
        "rosmarin",
        *(str(value) for value in APPLICATION.values() if isinstance(value, str) and len(value) > 8),
    ):
        assert typed not in text.lower()


def test_whoever_may_not_is_refused_as_a_program(client: FlaskClient, cast: Cast) -> None:
    stranger, applicant = client.get("/metrics"), client.get("/metrics", headers=cast["applicant"].headers)
    assert (stranger.status_code, applicant.status_code) == (401, 403)
    assert stranger.content_type == applicant.content_type == "application/problem+json"


def test_counts_stop_at_their_cap(
    app: Flask, cast: Cast, settings: Settings, clock: FixedClock, documents: Documents
) -> None:
    with app.app_context():
        with writing(db.engine) as connection:
            connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050) INSERT INTO access_record "
                "(id, stream, action, authentication, target, at) SELECT hex(randomblob(16)), 'x', 'x', 'x', 'x', '2026-11-20' FROM n"
            )
        counts = queries.house_counts(
            build(settings, clock=clock, documents=documents), cast["operator"].actor
        )
    assert counts.access_unchained == 10_000


def test_what_cannot_be_counted_is_done_all_the_same(
    app: Flask, client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk has no room for the files of counters."""

    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with app.app_context():
        made = measures()
    monkeypatch.setattr(made._commands, "labels", no_room)
    monkeypatch.setattr(made._connections, "inc", no_room)
    reply = client.post("/api/v1/tokens", json={"name": "x"}, headers=cast["applicant"].headers)
    assert reply.status_code < 500
