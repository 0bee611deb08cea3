"""Statements that go straight to the driver give and raise what a session would."""

import contextlib

import pytest
import sqlalchemy as sa

from storage.actor import SYSTEM
from storage.models import Event, StreamHead, Task
from storage.prepared import Prepared


def test_a_prepared_query_gives_the_values_of_the_session(uow, case):
    columns = tuple(Task.__table__.c)
    query = sa.select(*columns).where(Task.id == sa.bindparam("which", type_=sa.Uuid()))
    found = Prepared(query).first(uow.session, {"which": case.task})
    assert tuple(found) == tuple(uow.session.execute(query, {"which": case.task}).one())
    assert found.created_at.tzinfo is not None


def test_a_row_that_is_there_already_is_refused_as_by_a_flush(uow):
    with pytest.raises(sa.exc.IntegrityError), uow.begin(SYSTEM):
        uow.session.insert(StreamHead, [{"stream": "x", "seq": 1, "hash": "0"}] * 2)


def test_a_row_without_a_needed_column_is_no_row(uow):
    with pytest.raises(KeyError), uow.begin(SYSTEM):
        uow.session.insert(StreamHead, [{"stream": "x", "seq": 1}])


def test_events_of_a_savepoint_go_with_it(uow):
    with uow.begin(SYSTEM):
        uow.journal.record("first", stream="system")
        with contextlib.suppress(LookupError), uow.session.begin_nested():
            uow.session.insert_later(Event, {"stream": "y"})
            raise LookupError
    assert [event["action"] for event in uow.journal.read("system")] == ["first"]
