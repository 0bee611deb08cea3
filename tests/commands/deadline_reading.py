"""What tests of deadlines read: rows, timers, due dates, events; and when things are due that begin on the tests' Friday."""

from datetime import UTC, datetime
from typing import Any

from people_at_work import Case, Cast
from sqlalchemy import select

from storage.models import Instance, Task, Timer
from workflows.worker_jobs import run_due

LAST_DAY = datetime(2026, 12, 20, 16, tzinfo=UTC)
"""24:00 in Beijing of the thirtieth day after Friday, 20 November 2026."""

WEDNESDAY, THURSDAY = (datetime(2026, 11, day, 16, tzinfo=UTC) for day in (25, 26))
"""24:00 in Beijing of the third and the fourth working day after that Friday."""


def row(case: Case) -> Instance:
    case.uow.session.rollback()
    return case.uow.session.get_one(Instance, case.id, populate_existing=True)


def timers(case: Case) -> dict[str, datetime]:
    case.uow.session.rollback()
    rows = case.uow.session.execute(
        select(Timer.element_id, Timer.due_at).where(Timer.instance_id == case.id)
    )
    return {one.element_id: one.due_at for one in rows}


def due_of(case: Case, element_id: str) -> datetime | None:
    case.uow.session.rollback()
    return case.uow.session.scalars(
        select(Task.due_at).where(
            Task.instance_id == case.id, Task.element_id == element_id, Task.status == "open"
        )
    ).one()


def events(case: Case, action: str) -> list[dict[str, Any]]:
    found = case.uow.journal.read(f"instance:{case.id}")
    return [event for event in found if event["action"] == action]


def work_off(cast: Cast) -> None:
    while run_due(cast.uow):
        pass
