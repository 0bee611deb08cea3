"""Leased work: done once, whoever dies."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from test_unit_of_work import in_threads

from storage.actor import SYSTEM
from storage.errors import LeaseLost
from storage.jobs import MAX_ATTEMPTS
from storage.models import Incident, Job
from storage.unit_of_work import build


def put(uow, key: str, **more) -> bool:
    with uow.begin(SYSTEM):
        return uow.jobs.put("work", key, {"n": 1}, uow.clock.now(), **more)


def claim(uow, **more):
    with uow.begin(SYSTEM):
        return uow.jobs.claim(**more)


def test_a_job_is_asked_for_once_per_key_whatever_became_of_it(uow):
    assert put(uow, "a")
    assert not put(uow, "a")
    (job,) = claim(uow)
    with uow.begin(SYSTEM):
        uow.jobs.finish(job.id, job.token)
    assert not put(uow, "a")
    assert claim(uow) == []


def test_only_what_is_due_and_of_the_kinds_is_claimed(uow, clock):
    with uow.begin(SYSTEM):
        uow.jobs.put("now", "1", {"a": "b"}, clock.now())
        uow.jobs.put("later", "2", {}, clock.now() + timedelta(minutes=5))
    assert claim(uow, kinds=["later"]) == []
    (job,) = claim(uow)
    assert (job.kind, job.payload, job.attempts) == ("now", {"a": "b"}, 1)
    clock.advance(timedelta(minutes=5))
    assert [one.kind for one in claim(uow, kinds=["later"])] == ["later"]


def test_a_leased_job_is_nobody_elses_until_the_sweeper_frees_it(uow, clock):
    put(uow, "a")
    (first,) = claim(uow, lease_seconds=30)
    assert claim(uow) == []
    clock.advance(timedelta(seconds=31))
    assert claim(uow) == []
    with uow.begin(SYSTEM):
        assert uow.jobs.sweep() == 1
    (second,) = claim(uow)
    assert second.attempts == 2
    for late in (uow.jobs.finish, uow.jobs.extend):
        with pytest.raises(LeaseLost), uow.begin(SYSTEM):
            late(first.id, first.token)
    with pytest.raises(LeaseLost), uow.begin(SYSTEM):
        uow.jobs.give_back(first.id, first.token, "late")
    with uow.begin(SYSTEM):
        uow.jobs.finish(second.id, second.token)


def test_a_lease_of_a_clock_that_went_back_is_freed(uow, clock):
    put(uow, "a")
    clock.advance(timedelta(hours=1))
    (job,) = claim(uow)
    clock.advance(timedelta(hours=-1))
    with uow.begin(SYSTEM):
        assert uow.jobs.sweep() == 1
    (again,) = claim(uow)
    with pytest.raises(LeaseLost), uow.begin(SYSTEM):
        uow.jobs.finish(job.id, job.token)
    with uow.begin(SYSTEM):
        assert uow.jobs.sweep() == 0  # what is leased now stays
        uow.jobs.finish(again.id, again.token)


def test_an_extended_lease_is_not_swept(uow, clock):
    put(uow, "a")
    (job,) = claim(uow, lease_seconds=30)
    clock.advance(timedelta(seconds=20))
    with uow.begin(SYSTEM):
        uow.jobs.extend(job.id, job.token, 30)
    clock.advance(timedelta(seconds=20))
    with uow.begin(SYSTEM):
        assert uow.jobs.sweep() == 0
        uow.jobs.finish(job.id, job.token)


def test_a_failing_job_pauses_longer_each_time_and_ends_as_an_incident(uow, clock):
    put(uow, "a", task_key="pay:1")
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        (job,) = claim(uow)
        with uow.begin(SYSTEM):
            uow.jobs.give_back(job.id, job.token, "the provider did not answer")
        row = uow.session.get(Job, job.id)
        if row.status == "waiting":
            pauses.append((row.due_at - clock.now()).total_seconds())
            clock.advance(timedelta(seconds=pauses[-1]))
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert uow.session.execute(sa.select(Job.status)).scalar_one() == "failed"
    incident = uow.session.execute(sa.select(Incident)).scalar_one()
    assert (incident.kind, incident.task_key) == ("job_failed", "pay:1")
    assert claim(uow) == []


def test_a_final_failure_is_not_tried_again(uow):
    put(uow, "a")
    (job,) = claim(uow)
    with uow.begin(SYSTEM):
        uow.jobs.give_back(job.id, job.token, "no such handler", final=True)
    assert uow.session.execute(sa.select(Job.status)).scalar_one() == "failed"


def test_a_job_that_kills_its_workers_is_given_up(uow, clock):
    put(uow, "poison")
    put(uow, "good")
    for _ in range(MAX_ATTEMPTS):
        claim(uow, limit=2, lease_seconds=1)
        clock.advance(timedelta(seconds=2))
        with uow.begin(SYSTEM):
            uow.jobs.sweep()
    assert claim(uow) == []
    assert len(uow.session.execute(sa.select(Incident)).scalars().all()) == 2


def test_the_effect_and_its_job_are_done_together_or_not_at_all(uow, clock):
    put(uow, "a")
    (job,) = claim(uow, lease_seconds=1)
    clock.advance(timedelta(seconds=2))
    with uow.begin(SYSTEM):
        uow.jobs.sweep()

    def late_effect() -> None:
        uow.journal.record("x", stream="system")
        uow.jobs.finish(job.id, job.token)

    with pytest.raises(LeaseLost), uow.begin(SYSTEM):
        late_effect()
    assert uow.journal.read("system") == []


def test_many_workers_never_get_the_same_job(app_context, settings, documents, uow):
    with uow.begin(SYSTEM):
        for number in range(60):
            uow.jobs.put("work", str(number), {}, uow.clock.now())

    def work(mine, index: int) -> list:
        done = []
        while True:
            with mine.begin(SYSTEM):
                leased = mine.jobs.claim(limit=3)
            if not leased:
                return done
            for job in leased:
                with mine.begin(SYSTEM):
                    mine.jobs.finish(job.id, job.token)
                done.append(job.id)

    done = [id_ for part in in_threads(app_context, settings, documents, work, 4) for id_ in part]
    assert len(done) == len(set(done)) == 60


CLAIMER = """
import sys, time
from pathlib import Path
from flask import Flask
from config.settings import load_settings
from storage.actor import SYSTEM
from storage.database import init_database
from storage.unit_of_work import build
settings = load_settings(dict(pair.split("=", 1) for pair in sys.argv[1:]))
app = Flask("claimer")
init_database(app, settings)
with app.app_context():
    uow = build(settings)
    with uow.begin(SYSTEM):
        (job,) = uow.jobs.claim(lease_seconds=1)
    with uow.begin(SYSTEM):
        uow.journal.record("half.done", stream="system")
        uow.session.flush()
        print("claimed", flush=True)
        time.sleep(60)
"""


def test_the_work_of_a_killed_worker_is_taken_over(app_context, settings, environment, documents):
    """kill -9 in the middle of the effect: nothing of it stays, and after the lease another one does the job."""
    real = build(settings, documents=documents)  # the other process has the clock of the machine
    put(real, "a")
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLAIMER), *(f"{name}={value}" for name, value in environment.items())],
        stdout=subprocess.PIPE, text=True,
    ) as claimer:  # fmt: skip
        assert claimer.stdout.readline() == "claimed\n"
        os.kill(claimer.pid, signal.SIGKILL)
    time.sleep(1.1)
    deadline = time.monotonic() + 10
    taken = []
    while not taken and time.monotonic() < deadline:
        with real.begin(SYSTEM):
            real.jobs.sweep()
            taken = real.jobs.claim()
    (job,) = taken
    assert job.attempts == 2
    assert real.journal.read("system") == []
    with real.begin(SYSTEM):
        real.journal.record("done", stream="system")
        real.jobs.finish(job.id, job.token)
    assert [event["action"] for event in real.journal.read("system")] == ["done"]
