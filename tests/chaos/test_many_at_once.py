"""Thirty-two on one task, and thousands of requests that were sent before: one winner, and everything once."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from people_at_work import PASSWORD, Cast, begin
from sqlalchemy import func, select

from config.settings import Settings
from storage.actor import SYSTEM, Actor
from storage.db import db
from storage.documents import Documents
from storage.models import Event, Instance
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import create_account
from workflows.commands.instances import start_instance
from workflows.commands.organisations import put_group_members
from workflows.commands.tasks import claim_task, release_task
from workflows.errors import Conflict

RACERS = 32
CLIENTS = 8
KEY = "certificate_issuance"


class Crowd:
    """Threads that live through all rounds, each with a unit of work of its own."""

    def __init__(self, app: Flask, settings: Settings, documents: Documents, clock: FixedClock) -> None:
        self.app, self.settings, self.documents, self.clock = app, settings, documents, clock

    def run(self, *runs: Callable[[UnitOfWork, threading.Barrier], None]) -> None:
        """Let every run go on a thread; the barrier is theirs to meet at. What one raises is raised here."""
        gate = threading.Barrier(len(runs), timeout=120)
        trouble: list[BaseException] = []

        def go(run: Callable[[UnitOfWork, threading.Barrier], None]) -> None:
            with self.app.app_context():
                try:
                    run(build(self.settings, clock=self.clock, documents=self.documents), gate)
                except BaseException as error:
                    trouble.append(error)
                    gate.abort()
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=go, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if trouble:
            raise trouble[0]


@pytest.fixture
def crowd(app_context: Flask, settings: Settings, documents: Documents, clock: FixedClock) -> Crowd:
    return Crowd(app_context, settings, documents, clock)


def reviewers(cast: Cast, many: int) -> list[Actor]:
    """So many people of the group that reviews."""
    people = [
        create_account(
            cast.uow,
            SYSTEM,
            f"racer_{number}",
            PASSWORD,
            f"racer {number}",
            organisation_id=cast.organisations["agent"],
        ).id
        for number in range(many)
    ]
    put_group_members(cast.uow, SYSTEM, cast.groups["review_agent"], people)
    groups = frozenset({cast.groups["review_agent"]})
    return [Actor(person, cast.organisations["agent"], groups, frozenset()) for person in people]


def race(cast: Cast, crowd: Crowd, rounds: int) -> list[Counter[str]]:
    """Let all claim one task at the same moment, and the winner release it; return how each round ended."""
    case = begin(cast)
    case.submit()
    task_id, people = case.task("review"), reviewers(cast, RACERS)
    cast.uow.session.rollback()
    ends: list[Counter[str]] = [Counter() for _ in range(rounds)]
    lock = threading.Lock()

    def racer(person: Actor) -> Callable[[UnitOfWork, threading.Barrier], None]:
        def run(uow: UnitOfWork, gate: threading.Barrier) -> None:
            for ended in ends:
                gate.wait()
                try:
                    claim_task(uow, person, task_id)
                    end = "won"
                except Conflict as conflict:
                    end = conflict.code
                with lock:
                    ended[end] += 1
                gate.wait()
                if end == "won":
                    release_task(uow, person, task_id)
                gate.wait()

        return run

    crowd.run(*(racer(person) for person in people))
    cast.uow.session.rollback()
    events = select(func.count()).select_from(Event).where(Event.action == "task.claimed")
    assert cast.uow.session.scalar(events) == rounds
    assert cast.uow.journal.verify(f"instance:{case.id}").ok
    return ends


def test_of_thirty_two_racers_one_wins(cast: Cast, crowd: Crowd) -> None:
    assert race(cast, crowd, 2) == [{"won": 1, "task_already_claimed": RACERS - 1}] * 2


@pytest.mark.slow
def test_of_thirty_two_racers_one_wins_a_thousand_times(cast: Cast, crowd: Crowd) -> None:
    assert race(cast, crowd, 1000) == [{"won": 1, "task_already_claimed": RACERS - 1}] * 1000


def send_again_and_again(cast: Cast, crowd: Crowd, keys: Sequence[str]) -> None:
    """Let every client send every request, all of them at about the same time: each is done once."""
    cast.uow.session.rollback()
    answers: dict[str, set[UUID]] = {key: set() for key in keys}

    def client(number: int) -> Callable[[UnitOfWork, threading.Barrier], None]:
        def run(uow: UnitOfWork, gate: threading.Barrier) -> None:
            gate.wait()
            for key in keys if number % 2 else reversed(keys):
                answers[key].add(start_instance(uow, cast["asks"], KEY, idempotency_key=key).id)

        return run

    crowd.run(*(client(number) for number in range(CLIENTS)))
    cast.uow.session.rollback()
    started: list[Any] = list(cast.uow.session.scalars(select(Instance.id)))
    assert {len(found) for found in answers.values()} == {1}
    assert sorted(started) == sorted(found.pop() for found in answers.values())


def test_requests_that_are_sent_many_times_are_done_once(cast: Cast, crowd: Crowd) -> None:
    send_again_and_again(cast, crowd, [f"key-{number}" for number in range(12)])


@pytest.mark.slow
def test_ten_thousand_requests_that_are_repeats_are_done_once(cast: Cast, crowd: Crowd) -> None:
    send_again_and_again(cast, crowd, [f"key-{number}" for number in range(10_000 // CLIENTS)])
