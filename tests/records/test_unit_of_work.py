"""One transaction per command: all of it or nothing, and once per key, whoever else writes at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from storage.actor import SYSTEM, Actor
from storage.database import writing
from storage.db import db
from storage.errors import DatabaseUnavailable, IdempotencyMismatch
from storage.models import Event, IdempotencyKey, Job, Task
from storage.ports import RandomIds
from storage.unit_of_work import build, fingerprint_of


def count(uow, model) -> int:
    return uow.session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def test_a_refusal_leaves_nothing(uow, case, clock):
    def refused() -> None:
        task, instance = uow.lock_task(case.task)
        task.version = 9
        uow.personal.new_subject("applicant")
        uow.jobs.put("x", "x", {}, clock.now())
        uow.journal.record("task.claimed", instance=instance, task=task)
        uow.session.flush()
        raise LookupError

    before = count(uow, Event)
    with pytest.raises(LookupError), uow.begin(case.applicant, "key", b"f"):
        refused()
    assert count(uow, Event) == before
    assert count(uow, Job) == 0
    assert count(uow, IdempotencyKey) == 0
    assert uow.session.get(Task, case.task).version == 1
    assert uow.journal.verify(f"instance:{case.instance}").ok


def test_a_repeated_key_gives_the_resource_of_the_first_time(uow, ids):
    first = ids.new()
    with uow.begin(SYSTEM, "key", b"f") as done:
        assert not done.repeated
        assert done("view", first) == "view"
    with uow.begin(SYSTEM, "key", b"f") as done:
        assert done.repeated
        assert done.resource_id == first


def test_what_a_repeat_writes_is_rolled_back(uow, ids):
    for _ in range(2):
        with uow.begin(SYSTEM, "key", b"f") as done:
            uow.journal.record("x", stream="system")
            done(None, ids.new())
    assert len(uow.journal.read("system")) == 1


def test_a_key_belongs_to_one_request_of_one_actor(uow, ids):
    with uow.begin(SYSTEM, "key", b"f") as done:
        done(None, ids.new())
    with pytest.raises(IdempotencyMismatch), uow.begin(SYSTEM, "key", b"g"):
        pass
    with uow.begin(Actor(ids.new()), "key", b"g") as done:
        assert not done.repeated


def test_a_refused_command_leaves_its_key_free(uow):
    with pytest.raises(LookupError), uow.begin(SYSTEM, "key", b"f"):
        raise LookupError
    with uow.begin(SYSTEM, "key", b"other") as done:
        assert not done.repeated


def test_a_fingerprint_needs_the_key_that_lies_outside_the_database(uow, settings):
    same = uow.fingerprint_of("complete", {"a": 1})
    assert same == fingerprint_of(settings.index_key, "complete", {"a": 1})
    assert same != fingerprint_of(bytes(32), "complete", {"a": 1})
    assert same != uow.fingerprint_of("complete", {"a": 2})


def test_commands_do_not_nest_and_locks_need_one(uow, case):
    with uow.begin(SYSTEM), pytest.raises(RuntimeError), uow.begin(SYSTEM):
        pass
    with pytest.raises(RuntimeError):
        uow.lock_instance(case.instance)


def test_a_read_takes_no_write_lock_and_cannot_write(uow, case, database):
    if database.kind != "sqlite":
        pytest.skip("query_only is SQLite's")
    uow.session.get(Task, case.task).version = 5
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        uow.session.flush()
    uow.session.rollback()
    uow.session.get(Task, case.task)  # an open read
    with db.engine.connect() as connection, connection.begin():
        connection.execute(sa.select(Task))  # another one on the same connection pool
    with writing(db.engine) as connection:  # nobody holds the lock
        connection.execute(sa.update(Task).values(version=2))


def test_what_runs_after_the_commit_runs_only_then(uow):
    ran = []

    def refused() -> None:
        uow.after_commit(lambda: ran.append("refused"))
        raise LookupError

    with pytest.raises(LookupError), uow.begin(SYSTEM):
        refused()
    with uow.begin(SYSTEM):
        uow.after_commit(lambda: ran.append("done"))
        assert ran == []
    assert ran == ["done"]


def test_a_commit_without_an_answer_is_unavailable_and_the_key_tells_later(uow, ids, monkeypatch):
    resource = ids.new()
    real = uow.session.commit

    def commit_then_lose_the_connection() -> None:
        real()
        statement = "COMMIT"
        raise sa.exc.OperationalError(statement, {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(uow.session, "commit", commit_then_lose_the_connection)
    with pytest.raises(DatabaseUnavailable), uow.begin(SYSTEM, "key", b"f") as done:
        done(None, resource)
    monkeypatch.undo()
    with uow.begin(SYSTEM, "key", b"f") as done:
        assert done.repeated
        assert done.resource_id == resource


def in_threads(app, settings, documents, work, number: int) -> list:
    """Run work(uow, index) in as many threads, each with its own context, all starting at once."""
    gate = threading.Barrier(number)

    def run(index: int):
        with app.app_context():
            uow = build(settings, ids=RandomIds(), documents=documents)
            gate.wait()
            try:
                return work(uow, index)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_many_racers_exactly_one_takes_the_task(app_context, settings, documents, uow, case):
    def claim(mine, index: int) -> bool:
        with mine.begin(case.applicant):
            task, instance = mine.lock_task(case.task)
            if task.claimed_at is not None:
                return False
            task.claimed_at = mine.clock.now()
            task.version += 1
            mine.journal.record("task.claimed", instance=instance, task=task)
            return True

    results = in_threads(app_context, settings, documents, claim, 8)
    assert results.count(True) == 1
    uow.session.rollback()
    assert uow.journal.verify(f"instance:{case.instance}").events == 2


def test_concurrent_writers_chain_one_stream_without_a_gap(app_context, settings, documents, uow):
    def write(mine, index: int) -> int:
        for number in range(10):
            with mine.begin(SYSTEM):
                mine.journal.record("x", stream="system", details={"writer": index, "number": number})
        return index

    in_threads(app_context, settings, documents, write, 6)
    found = uow.journal.verify("system")
    assert (found.ok, found.events) == (True, 60)


def test_of_concurrent_repeats_one_acts_and_all_get_its_resource(app_context, settings, documents, uow):
    def act(mine, index: int):
        with mine.begin(SYSTEM, "one key", b"f") as done:
            if done.repeated:
                return done.resource_id
            resource = mine.ids.new()
            mine.journal.record("x", stream="system")
            return done(resource, resource)

    assert len(set(in_threads(app_context, settings, documents, act, 6))) == 1
    assert len(uow.journal.read("system")) == 1


def test_who_waits_too_long_for_a_lock_is_told_to_come_again(app_context, settings, documents, uow, case, monkeypatch):
    if uow.session.get_bind().dialect.name == "sqlite":
        set_patience = sa.text("PRAGMA busy_timeout=200")
    else:
        set_patience = sa.text("SET lock_timeout = 200")

    def impatient(connection, _record, _proxy) -> None:
        connection.cursor().execute(str(set_patience))

    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with app_context.app_context():
            other = build(settings, documents=documents)
            with other.begin(SYSTEM):
                other.lock_instance(case.instance)
                held.set()
                free.wait(10)
            db.session.remove()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    sa.event.listen(db.engine, "checkout", impatient)
    try:
        with pytest.raises(DatabaseUnavailable), uow.begin(SYSTEM):
            uow.lock_instance(case.instance)
    finally:
        free.set()
        holder.join()
    with uow.begin(SYSTEM):
        uow.lock_instance(case.instance)
