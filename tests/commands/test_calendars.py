"""Changing the calendar of working days: by whom, with what record, and against whom."""

import contextlib
from datetime import date
from uuid import UUID

import pytest

from storage.actor import SYSTEM, Actor
from storage.errors import NotFound
from storage.models import CalendarDay
from storage.unit_of_work import UnitOfWork
from workflows.calendar import nth_working_day
from workflows.commands.calendars import change_calendar
from workflows.errors import CalendarChanged, FieldInvalid, IdempotencyMismatch, RoleMissing
from workflows.queries import read_calendar, working_calendar

NOBODY = Actor(account_id=UUID(int=7))
DAYS = {date(2027, 10, day): (False, "国庆节") for day in range(1, 8)} | {date(2027, 10, 9): (True, "国庆节")}


def test_a_new_house_knows_the_working_days(uow: UnitOfWork) -> None:
    calendar = working_calendar(uow)
    assert calendar.is_settled(date(2026, 1, 1))
    assert not calendar.is_settled(date(2027, 1, 1))
    assert nth_working_day(date(2026, 9, 30), 3, calendar) == date(2026, 10, 10)
    year = read_calendar(uow, NOBODY, 2027)
    assert (year.provisional, year.version, len(year.days)) == (True, 1, 13)
    assert read_calendar(uow, NOBODY, 2030).version == 0


def test_the_published_year_takes_the_place_of_the_provisional_one(uow: UnitOfWork) -> None:
    changed = change_calendar(uow, SYSTEM, 2027, DAYS, version=1)
    assert (changed.provisional, changed.version, len(changed.days)) == (False, 2, 8)
    calendar = working_calendar(uow)
    assert nth_working_day(date(2027, 9, 30), 1, calendar) == date(2027, 10, 8)
    assert calendar.is_working(date(2027, 10, 9))
    (event,) = [one for one in uow.journal.read("system") if one["action"] == "calendar.changed"]
    assert event["details"]["was"]["days"]["2027-10-04"] is None
    assert event["details"]["now"]["days"]["2027-10-04"] == [False, "国庆节"]
    assert "2027-10-01" not in event["details"]["now"]["days"]  # it was a holiday before
    assert uow.journal.verify("system").ok


def test_whoever_read_the_calendar_before_a_change_sees_the_change(uow: UnitOfWork) -> None:
    before = working_calendar(uow)
    assert working_calendar(uow) is before, "nothing has changed"
    assert not before.is_working(date(2027, 10, 9))
    change_calendar(uow, SYSTEM, 2027, DAYS)
    assert working_calendar(uow).is_working(date(2027, 10, 9))
    change_calendar(uow, SYSTEM, 2027, {})
    assert not working_calendar(uow).is_working(date(2027, 10, 9))


def test_what_a_transaction_reads_of_the_calendar_goes_with_its_rollback(uow: UnitOfWork) -> None:
    with contextlib.suppress(NotFound), uow.begin(SYSTEM):
        uow.session.get_one(CalendarDay, date(2027, 1, 1)).working = True
        assert working_calendar(uow).is_working(date(2027, 1, 1))
        uow.lock_instance(UUID(int=7))
    assert not working_calendar(uow).is_working(date(2027, 1, 1))


def test_putting_the_same_year_again_records_nothing(uow: UnitOfWork) -> None:
    change_calendar(uow, SYSTEM, 2028, {})
    again = change_calendar(uow, SYSTEM, 2028, {})
    assert (again.version, again.provisional) == (1, False)
    assert sum(one["action"] == "calendar.changed" for one in uow.journal.read("system")) == 1


def test_a_year_that_somebody_changed_meanwhile_is_not_overwritten(uow: UnitOfWork) -> None:
    change_calendar(uow, SYSTEM, 2027, DAYS)
    with pytest.raises(CalendarChanged) as refusal:
        change_calendar(uow, SYSTEM, 2027, {}, version=1)
    assert refusal.value.params == {"version": 2}
    assert len(read_calendar(uow, NOBODY, 2027).days) == 8


def test_a_repeated_request_changes_nothing_and_another_one_with_its_key_is_refused(uow: UnitOfWork) -> None:
    actor = SYSTEM
    first = change_calendar(uow, actor, 2027, DAYS, idempotency_key="once")
    assert change_calendar(uow, actor, 2027, DAYS, idempotency_key="once") == first
    with pytest.raises(IdempotencyMismatch):
        change_calendar(uow, actor, 2027, {}, idempotency_key="once")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_an_administrator_changes_it_and_only_sensibly(uow: UnitOfWork) -> None:
    with pytest.raises(RoleMissing):
        change_calendar(uow, NOBODY, 2027, DAYS)
    for year, days in (
        (2003, {}),
        (2101, {}),
        (2027, {date(2026, 1, 1): (False, "元旦")}),
        (2027, {date(2027, 1, 1): (False, "")}),
        (2027, {date(2027, 1, 1): (False, "x" * 61)}),
    ):
        with pytest.raises(FieldInvalid):
            change_calendar(uow, SYSTEM, year, days)
    assert read_calendar(uow, NOBODY, 2027).version == 1
