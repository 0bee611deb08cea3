"""One transaction per command: all of it or nothing, once per key."""

import pytest

from storage.actor import SYSTEM
from storage.errors import IdempotencyMismatch


def test_a_recorded_event_is_there_afterwards_and_its_chain_holds(uow):
    with uow.begin(SYSTEM) as done:
        uow.journal.record("definition.deployed", stream="definition:a", details={"note": "first"})
        uow.journal.record("definition.deployed", stream="definition:a")
        done(None)
    events = uow.journal.read("definition:a")
    assert [event["seq"] for event in events] == [1, 2]
    assert events[1]["previous"] == events[0]["hash"]
    assert uow.journal.verify("definition:a").ok


def test_a_refusal_leaves_nothing(uow):
    with pytest.raises(LookupError), uow.begin(SYSTEM, "key", b"f"):
        uow.journal.record("definition.deployed", stream="definition:a")
        raise LookupError
    assert uow.journal.read("definition:a") == []
    with uow.begin(SYSTEM, "key", b"other") as done:
        assert not done.repeated


def test_a_repeated_key_gives_the_first_resource(uow, ids):
    first = ids.new()
    with uow.begin(SYSTEM, "key", b"f") as done:
        done("view", first)
    with uow.begin(SYSTEM, "key", b"f") as done:
        assert done.repeated
        assert done.resource_id == first
    with pytest.raises(IdempotencyMismatch), uow.begin(SYSTEM, "key", b"g"):
        pass
