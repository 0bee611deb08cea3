"""The journal: events in their final form, chained; whatever is changed afterwards is found and named."""

import json

import pytest
import rfc8785
import sqlalchemy as sa

from storage import canonical
from storage.actor import SYSTEM, Actor
from storage.chain import GENESIS, event_hash
from storage.database import writing
from storage.db import db
from storage.errors import StateDamaged
from storage.models import Task

FIELDS = {
    "format", "algorithm", "stream", "seq", "previous", "actor", "authentication", "organisation", "action", "task",
    "definition", "facts", "trail", "marking", "digest", "engine", "codec", "state_sha256", "inputs", "submission",
    "commitments", "attachments", "at", "details",
}  # fmt: skip


def test_every_event_has_every_field_from_the_first_row(uow, case):
    with uow.begin(SYSTEM):
        uow.journal.record("account.created", stream="account:1")
    for stream in (f"instance:{case.instance}", "account:1"):
        for event in uow.journal.read(stream):
            assert set(event) - {"hash"} == FIELDS


def test_the_body_is_rfc_8785_with_typed_leaves_and_no_number(uow, case, ids, step, clock):
    submission, file = ids.new(), ids.new()
    with uow.begin(case.applicant):
        task, instance = uow.lock_task(case.task)
        event = uow.journal.record(
            "task.completed", instance=instance, task=task, step=step, submission_id=submission,
            inputs={"outcome": "submit", "amount": canonical.decode(b'["number","12.5"]')},
            commitments={"lines[0].phone": "c" * 64}, attachments=[(file, "a" * 64)], definition_sha256="0" * 64,
        )  # fmt: skip
        body = event.body
    document = json.loads(body)
    assert rfc8785.dumps(document) == body
    assert document["inputs"]["values"]["amount"] == ["number", "12.5"]
    assert document["seq"] == ["number", "2"]
    last = uow.journal.read(f"instance:{case.instance}")[-1]
    assert last["attachments"] == [{"id": file, "sha256": "a" * 64}]
    assert last["task"] == {"id": case.task, "key": "apply:1", "element": "apply", "round": 1}
    assert last["at"] == clock.now()
    assert last["actor"] == case.applicant.account_id
    assert last["authentication"] == "password"
    assert last["inputs"]["seed"] == "seed"
    assert last["hash"] == event_hash(body)


def test_a_float_has_no_place_in_an_event(uow, case):
    with pytest.raises(TypeError), uow.begin(SYSTEM):
        uow.journal.record("x", stream="system", inputs={"amount": 0.1})
    assert uow.journal.read("system") == []


def test_an_event_belongs_to_one_stream(uow, case):
    with uow.begin(SYSTEM):
        instance = uow.lock_instance(case.instance)
        with pytest.raises(ValueError, match="belongs to"):
            uow.journal.record("x", instance=instance, stream="system")
        with pytest.raises(ValueError, match="belongs to"):
            uow.journal.record("x")


def test_nothing_is_recorded_outside_a_command(uow):
    with pytest.raises(RuntimeError):
        uow.journal.record("x", stream="system")


def test_a_new_stream_has_an_intact_empty_chain_but_an_instance_never(uow, ids):
    assert uow.journal.verify("definition:none").ok
    assert not uow.journal.verify(f"instance:{ids.new()}").ok


@pytest.fixture(params=["instance", "definition"])
def stream(request, uow, case) -> str:
    """A stream of four events, of an instance and another one."""
    if request.param == "definition":
        with uow.begin(SYSTEM):
            for number in range(4):
                uow.journal.record("definition.deployed", stream="definition:a", details={"number": number})
        return "definition:a"
    for _ in range(3):
        with uow.begin(case.applicant):
            uow.journal.record("task.claimed", instance=uow.lock_instance(case.instance))
    return f"instance:{case.instance}"


TAMPERINGS = {
    "a body": ("UPDATE event SET body = :other WHERE stream = :s AND seq = 2", 2),
    "a body and its hash": ("UPDATE event SET body = :other, hash = :hash WHERE stream = :s AND seq = 2", 3),
    "the action column": ("UPDATE event SET action = 'other' WHERE stream = :s AND seq = 3", 3),
    "the actor column": ("UPDATE event SET actor_id = :id WHERE stream = :s AND seq = 3", 3),
    "the task column": ("UPDATE event SET task_id = :id WHERE stream = :s AND seq = 3", 3),
    "a hash": ("UPDATE event SET hash = :hash WHERE stream = :s AND seq = 2", 2),
    "a row in the middle": ("DELETE FROM event WHERE stream = :s AND seq = 2", 2),
    "the first row": ("DELETE FROM event WHERE stream = :s AND seq = 1", 1),
    "the last row": ("DELETE FROM event WHERE stream = :s AND seq = 4", 4),
    "the order": ("UPDATE event SET seq = 9 WHERE stream = :s AND seq = 3", 3),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found_and_the_first_bad_event_named(uow, stream, ids, tampering):
    assert uow.journal.verify(stream).ok
    statement, first_bad = TAMPERINGS[tampering]
    with db.engine.connect() as connection:
        body = connection.execute(sa.text("SELECT body FROM event WHERE stream = :s AND seq = 2"), {"s": stream}).scalar()
    other = canonical.encode({**canonical.decode(bytes(body)), "authentication": "token"})
    values = {"s": stream, "other": other, "hash": event_hash(other), "id": ids.new()}
    text = sa.text(statement)
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    if "id" in used:
        text = text.bindparams(sa.bindparam("id", type_=sa.Uuid()))
    uow.session.rollback()
    with writing(db.engine) as connection:
        assert connection.execute(text, used).rowcount == 1
    found = uow.journal.verify(stream)
    assert not found.ok
    assert found.first_bad_seq == first_bad
    assert found.why


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_body_that_became_text_is_damaged_not_an_error(uow, case):
    with writing(db.engine) as connection:
        connection.execute(sa.text("UPDATE event SET body = replace(body, 'password', 'token')"))
        connection.execute(sa.text("UPDATE instance SET state = replace(state, 'a', 'b')"))
    found = uow.journal.verify(f"instance:{case.instance}")
    assert (found.ok, found.first_bad_seq) == (False, 1)
    with pytest.raises(StateDamaged), uow.begin(SYSTEM):
        uow.lock_instance(case.instance)


def test_a_cut_tail_is_found_by_the_head(uow, case, stream):
    uow.session.rollback()
    with writing(db.engine) as connection:
        connection.execute(sa.text("DELETE FROM event WHERE stream = :s AND seq > 2"), {"s": stream})
    found = uow.journal.verify(stream)
    assert (found.ok, found.events, found.first_bad_seq) == (False, 2, 3)


def test_a_lost_head_is_found(uow, case):
    with uow.begin(SYSTEM):
        uow.journal.record("x", stream="system")
    with writing(db.engine) as connection:
        connection.execute(sa.text("DELETE FROM stream_head"))
    assert not uow.journal.verify("system").ok


def test_the_first_event_names_the_genesis(uow, case):
    assert uow.journal.read(f"instance:{case.instance}")[0]["previous"] == GENESIS


def test_an_actor_with_an_organisation_is_named_with_it(uow, case, ids):
    actor = Actor(ids.new(), organisation_id=case.organisation)
    with uow.begin(actor):
        uow.journal.record("task.claimed", instance=uow.lock_instance(case.instance))
    last = uow.journal.read(f"instance:{case.instance}")[-1]
    assert last["organisation"] == case.organisation


def test_locking_a_task_reads_it_as_it_is_now(uow, case):
    with uow.begin(case.applicant):
        task, instance = uow.lock_task(case.task)
        assert isinstance(task, Task)
        assert (task.instance_id, instance.id) == (case.instance, case.instance)
