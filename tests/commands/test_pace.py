"""How long a case takes is counted in working days, and the clock stands still while it waits for the applicant."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from people_at_work import Case, Cast, begin
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import CasePace, Instance, Task
from storage.ports import FixedClock
from storage.unit_of_work import UnitOfWork
from workflows import queries
from workflows.calendar import WorkingCalendar
from workflows.housekeeping import keep_house
from workflows.pace import net_working_days, percentile
from workflows.queries.views import Expectation

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def piece(lane: str, opened: datetime, ended: datetime | None) -> Task:
    return Task(lane=lane, created_at=opened, ended_at=ended)


def net(tasks: list[Task], start: datetime, end: datetime) -> int:
    return net_working_days(tasks, start, end, lambda task: task.lane == "applicant", WorkingCalendar())


def test_the_day_of_the_hand_in_and_weekends_do_not_count() -> None:
    staff = [piece("review", MONDAY, None)]
    assert net(staff, MONDAY, MONDAY + timedelta(hours=5)) == 0
    assert net(staff, MONDAY, MONDAY + 4 * DAY) == 4
    assert net(staff, MONDAY, MONDAY + 7 * DAY) == 5


def test_days_that_close_with_the_applicant_do_not_count() -> None:
    back, again = MONDAY + DAY, MONDAY + 3 * DAY
    tasks = [piece("review", MONDAY, back), piece("applicant", back, again), piece("review", again, None)]
    assert net(tasks, MONDAY, MONDAY + 4 * DAY) == 2  # Thursday and Friday


def test_a_step_of_the_house_beside_that_of_the_applicant_keeps_the_clock_going() -> None:
    tasks = [piece("applicant", MONDAY, None), piece("invoice", MONDAY, MONDAY + 2 * DAY)]
    assert net(tasks, MONDAY, MONDAY + 4 * DAY) == 1


@pytest.mark.parametrize(("part", "days"), [(0.5, 10), (0.9, 18), (1, 20)])
def test_a_percentile_is_a_number_of_days_that_was_really_taken(part: float, days: int) -> None:
    assert percentile(range(1, 21), part) == days


def expected(case: Case, cast: Cast) -> Expectation:
    found = queries.read_instance(cast.uow, cast["asks"], case.id).expected
    assert found is not None
    return found


def finish(uow: UnitOfWork, template: Case, count: int, days: int) -> None:
    """Put finished cases of the same process there, as many as wanted, that took so many days."""
    row = uow.session.get_one(Instance, template.id)
    values = {column.name: getattr(row, column.name) for column in Instance.__table__.columns}
    uow.session.rollback()
    with uow.begin(SYSTEM):
        for number in range(count):
            told = {"outcome": "delivered", "ended_at": values["created_at"] - number * DAY}
            one = values | told | {"id": uuid4(), "number": f"OLD-{days}-{number}", "status": "completed"}
            uow.session.add(Instance(**one))
            uow.session.flush()
            pace = {"instance_id": one["id"], "process_key": one["process_key"], "working_days": days}
            uow.session.add(CasePace(**pace, **told))


def test_below_twenty_finished_cases_there_is_the_statutory_limit_alone(case: Case, cast: Cast) -> None:
    assert queries.read_instance(cast.uow, cast["asks"], case.id).expected is None
    case.submit()
    finish(cast.uow, case, 19, 4)
    found = expected(case, cast)
    assert (found.usual, found.most, found.usual_day, found.sample) == (None, None, None, 19)
    assert found.limit is not None
    assert (found.limit.days, found.limit.start, found.limit.end, found.limit.used) == (
        3,
        "核对到账",
        "制作电子钥匙",
        None,
    )


def test_from_twenty_on_the_expected_day_is_told(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    finish(cast.uow, case, 18, 4)
    finish(cast.uow, case, 2, 9)
    found = expected(case, cast)
    assert (found.usual, found.most, found.paused, found.used) == (4, 4, False, 0)
    day = found.usual_day
    clock.advance(timedelta(days=7))
    later = expected(case, cast)
    assert (later.used, later.usual_day) == (5, None)
    assert day is not None


def test_the_clock_stands_still_while_it_waits_for_the_applicant(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    case.submit()
    case.approve()
    clock.advance(timedelta(days=14))
    found = expected(case, cast)
    assert (found.paused, found.used) == (True, 0)


def test_the_limit_runs_between_the_steps_that_the_package_names(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=5))
    limit = expected(in_production, cast).limit
    assert limit is not None
    assert (limit.used, limit.met) == (3, False)


def test_the_worker_notes_the_pace_of_what_ended_well_once(in_production: Case, cast: Cast) -> None:
    in_production.issue_invoice()
    in_production.make()
    from deadline_reading import work_off

    work_off(cast)
    in_production.ship()
    in_production.receive()
    begin(cast)
    for _ in range(2):
        keep_house(cast.uow)
        (pace,) = cast.uow.session.scalars(select(CasePace)).all()
        assert (pace.instance_id, pace.outcome, pace.working_days) == (in_production.id, "delivered", 0)
        cast.uow.session.rollback()
