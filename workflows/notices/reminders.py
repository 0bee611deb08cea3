"""Deadlines that come near or pass: people are told once for each, and again when it was moved.

Work of its own, leased by one worker at a time: it locks no case and no task.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from storage.actor import SYSTEM
from storage.models import Instance, Reminder, Task
from storage.unit_of_work import UnitOfWork
from workflows.notices.keeping import Notice, keep
from workflows.notices.kinds import Kind
from workflows.notices.recipients import read_people

REMIND_KIND: Final = "notice.remind"
SOON: Final = timedelta(days=1)
"""A deadline ends at midnight, so people are told on the morning of its last day."""
AT_ONCE: Final = 100


def remind(uow: UnitOfWork) -> int:
    """Tell people of deadlines that are near or past; return of how many tasks that was."""
    told = 0
    for kind in (Kind.OVERDUE, Kind.DUE_SOON):
        while found := _remind(uow, kind):
            told += found
    return told


def _remind(uow: UnitOfWork, kind: Kind) -> int:
    with uow.begin(SYSTEM) as done:
        now = uow.clock.now()
        until = now if kind is Kind.OVERDUE else now + SOON
        reminded = exists().where(
            Reminder.task_id == Task.id, Reminder.due_at == Task.due_at, Reminder.kind.in_({kind, Kind.OVERDUE})
        )
        rows = uow.session.execute(
            select(Task, Instance)
            .join(Instance, Instance.id == Task.instance_id)
            .where(Task.status == "open", Task.due_at <= until, Instance.status == "active", ~reminded)
            .order_by(Task.due_at, Task.id)
            .limit(AT_ONCE)
        ).all()
        tasks, cases = [row.Task for row in rows], {row.Instance.id: row.Instance for row in rows}
        people = read_people(uow.session, cases.values(), _all_of(uow, set(cases)))
        uow.session.add_all(Reminder(task_id=task.id, kind=kind, due_at=task.due_at) for task in tasks)
        keep(uow, [
            Notice(
                account_id, task.organisation_id, task.instance_id, task.id, kind, f"{task.id}:{task.due_at:%Y%m%d%H%M}"
            )
            for task in tasks
            for account_id in sorted(people.of_task(task, cases[task.instance_id]))
        ])  # fmt: skip
        return done(len(tasks))


def _all_of(uow: UnitOfWork, instance_ids: set[UUID]) -> list[Task]:
    return list(uow.session.scalars(select(Task).where(Task.instance_id.in_(instance_ids))))
