"""How the house does, on both databases: counts, what is late, who holds what, and who may know."""

from datetime import timedelta

import pytest
from people_at_work import Case, Cast

from storage.actor import SYSTEM
from storage.models import Timer
from storage.ports import FixedClock
from workflows import queries
from workflows.beats import BEAT_EVERY, Beats
from workflows.commands.suspension import suspend_instance
from workflows.errors import RoleMissing
from workflows.housekeeping import WORKERS_KEPT, keep_house


def test_operators_see_what_waits_and_who_holds_it(case: Case, cast: Cast, clock: FixedClock) -> None:
    uow = cast.uow
    case.submit()
    beats = Beats(uow.ids.new())
    beats.show(uow)
    with uow.begin(SYSTEM):
        uow.jobs.put("message", "one", {}, clock.now(), case.id)
        uow.jobs.claim(["message"], worker_id=beats.worker_id)
        uow.jobs.put("deadlines.move", "two", {}, clock.now() - timedelta(minutes=1))
        for key, failed_at in (("late", None), ("failed", clock.now())):
            uow.session.add(
                Timer(
                    instance_id=case.id, key=key, element_id="review", host="x", interrupting=False,
                    due_at=clock.now() - timedelta(hours=2), failed_at=failed_at,
                )
            )  # fmt: skip
    view = queries.read_house(uow, cast["operator"])
    counts = view.counts
    assert (counts.tasks_open, counts.instances) == (1, {"active": 1, "suspended": 0})
    assert (counts.timers_due, counts.timers_failed) == (1, 1)
    assert counts.oldest_timer == clock.now() - timedelta(hours=2)
    assert {one.kind: (one.waiting, one.leased) for one in counts.jobs} == {
        "message": (0, 1),
        "deadlines.move": (1, 0),
    }
    assert [one.lives for one in counts.workers] == [True]
    holder = {one.kind: one.leased_by for one in view.jobs}["message"]
    assert holder == f"{counts.workers[0].host}:{counts.workers[0].process}"
    assert view.cases == ()


def test_suspended_cases_are_held_and_their_timers_are_not_late(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    case.submit()
    suspend_instance(cast.uow, cast["operator"], case.id, "to look at it")
    with cast.uow.begin(SYSTEM):
        cast.uow.session.add(
            Timer(
                instance_id=case.id, key="late", element_id="review", host="x", interrupting=False,
                due_at=clock.now() - timedelta(hours=2),
            )
        )  # fmt: skip
    view = queries.read_house(cast.uow, cast["auditor"])
    assert view.counts.instances == {"active": 0, "suspended": 1}
    assert (view.counts.timers_due, view.timers) == (0, ())
    assert [one.id for one in view.cases] == [case.id]


def test_a_worker_shows_itself_now_and_then_and_is_forgotten_in_the_end(
    cast: Cast, clock: FixedClock
) -> None:
    uow = cast.uow
    beats = Beats(uow.ids.new())
    beats.show(uow)
    beats.round_done(0, 3)
    beats.show(uow)
    assert queries.house_counts(uow, cast["operator"]).workers[0].pieces == 0
    clock.advance(BEAT_EVERY)
    beats.show(uow)
    assert queries.house_counts(uow, cast["operator"]).workers[0].pieces == 3
    clock.advance(timedelta(minutes=2))
    assert not queries.house_counts(uow, cast["operator"]).workers[0].lives
    beats.end(uow)
    assert queries.house_counts(uow, cast["operator"]).workers[0].ended_at == clock.now()
    clock.advance(WORKERS_KEPT + timedelta(minutes=1))
    keep_house(uow)
    assert queries.house_counts(uow, cast["operator"]).workers == ()


def test_only_overseers_know(cast: Cast) -> None:
    with pytest.raises(RoleMissing):
        queries.read_house(cast.uow, cast["asks"])
