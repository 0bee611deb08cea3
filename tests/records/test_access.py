"""Access records: noted before the first byte without locking anything, chained later."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.actor import SYSTEM
from storage.errors import DatabaseUnavailable
from storage.models import AccessRecord, Event


def test_a_record_is_there_at_once_and_disturbs_no_open_read(uow, case):
    uow.session.execute(sa.select(Event)).all()
    uow.record_access(case.applicant, "attachment:1", case.instance)
    uow.session.rollback()
    record = uow.session.execute(sa.select(AccessRecord)).scalar_one()
    assert (record.stream, record.action) == (f"access:{case.instance}", "access.granted")
    assert (record.actor_id, record.chained_seq) == (case.applicant.account_id, None)
    assert uow.journal.verify(f"instance:{case.instance}").events == 1


def test_a_refusal_is_noted_too_even_without_an_instance(uow, case):
    uow.record_denied(case.applicant, "/api/v1/instances")
    record = uow.session.execute(sa.select(AccessRecord)).scalar_one()
    assert (record.stream, record.action) == ("access:system", "access.denied")


def test_the_worker_chains_them_in_order_and_once(uow, case, clock):
    for number in range(5):
        uow.record_access(case.applicant, f"attachment:{number}", case.instance)
        clock.advance(timedelta(seconds=1))
    uow.record_denied(SYSTEM, "x")
    for expected in (4, 2, 0):
        with uow.begin(SYSTEM):
            assert uow.chain_access(limit=4) == expected
    events = uow.journal.read(f"access:{case.instance}")
    assert [event["details"]["target"] for event in events] == [f"attachment:{number}" for number in range(5)]
    assert {event["actor"] for event in events} == {case.applicant.account_id}
    assert events[0]["at"] < events[1]["at"]
    assert uow.journal.verify(f"access:{case.instance}").ok
    assert uow.journal.verify("access:system").events == 1


def test_without_a_record_nothing_may_be_shown(uow, case, monkeypatch):
    def broken(*_: object) -> None:
        statement = "INSERT"
        raise sa.exc.OperationalError(statement, {}, Exception("database or disk is full"))

    monkeypatch.setattr("storage.access.writing", broken)
    with pytest.raises(DatabaseUnavailable):
        uow.record_access(case.applicant, "attachment:1", case.instance)
