"""The engine's state: never run unless it is the one that the journal knows."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage.actor import SYSTEM
from storage.database import writing
from storage.db import db
from storage.errors import DueTimer, NotFound, StateDamaged
from storage.models import Instance
from storage.state import put_state, state_digest


def test_each_flipped_bit_is_noticed(uow, case):
    with uow.begin(SYSTEM):
        state = uow.lock_instance(case.instance).state
    chance = random.Random(7)  # noqa: S311
    update = sa.update(Instance).where(Instance.id == case.instance)
    for at in range(len(state)):
        bit = 1 << chance.randrange(8)
        flipped = state[:at] + bytes([state[at] ^ bit]) + state[at + 1 :]
        with writing(db.engine) as connection:
            connection.execute(update.values(state=flipped))
        with pytest.raises(StateDamaged), uow.begin(SYSTEM):
            uow.lock_instance(case.instance)
    assert not uow.journal.verify(f"instance:{case.instance}").ok


@pytest.mark.parametrize(
    "change",
    [{"state_version": 7}, {"state_sha256": "0" * 64}, {"journal_hash": "0" * 64}, {"journal_seq": 0}],
)
def test_other_columns_cannot_be_changed_either(uow, case, change):
    with writing(db.engine) as connection:
        connection.execute(sa.update(Instance).values(**change))
    with pytest.raises(StateDamaged), uow.begin(SYSTEM):
        uow.lock_instance(case.instance)


def test_a_state_with_a_matching_digest_is_still_not_the_one_of_the_journal(uow, case):
    other = state_digest(case.instance, 1, case.definition, b"other")
    with writing(db.engine) as connection:
        connection.execute(sa.update(Instance).values(state=b"other", state_sha256=other))
    with pytest.raises(StateDamaged), uow.begin(SYSTEM):
        uow.lock_instance(case.instance)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_state_that_became_text_is_damaged(uow, case):
    with writing(db.engine) as connection:
        connection.execute(sa.text("UPDATE instance SET state = replace(state, 'opaque', 'opaque')"))
    with pytest.raises(StateDamaged), uow.begin(SYSTEM):
        uow.lock_instance(case.instance)


def test_a_state_that_a_step_puts_is_accepted(uow, case, step):
    with uow.begin(SYSTEM):
        instance = uow.lock_instance(case.instance)
        put_state(instance, b"next")
        uow.journal.record("task.completed", instance=instance, step=step)
    with uow.begin(SYSTEM):
        assert uow.lock_instance(case.instance).state == b"next"
    assert uow.journal.verify(f"instance:{case.instance}").ok


def test_a_due_timer_goes_first(uow, case, clock):
    with uow.begin(SYSTEM):
        uow.lock_instance(case.instance).next_due_at = clock.now() + timedelta(hours=1)
    with uow.begin(SYSTEM):
        uow.lock_instance(case.instance)
    clock.advance(timedelta(hours=1))
    with pytest.raises(DueTimer), uow.begin(SYSTEM):
        uow.lock_task(case.task)


def test_what_is_not_there_is_not_found(uow, ids):
    with pytest.raises(NotFound), uow.begin(SYSTEM):
        uow.lock_instance(ids.new())
    with pytest.raises(NotFound), uow.begin(SYSTEM):
        uow.lock_task(ids.new())
