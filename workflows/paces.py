"""The worker notes how long finished cases took, some time after their end and outside of what ended them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from storage.actor import SYSTEM
from storage.models import CasePace, Instance, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed, deployed
from workflows.pace import handed_in_at, net_working_days
from workflows.queries.calendars import working_calendar

BATCH: Final = 200
LATE: Final = timedelta(hours=1)
"""A case whose end is written this much after others that ended later is still found."""


def note_paces(uow: UnitOfWork) -> int:
    """Note the pace of up to 200 completed cases that have none; return how many there were."""
    with uow.begin(SYSTEM) as done:
        since = uow.session.scalar(select(func.max(CasePace.ended_at)))
        wanted = (
            select(Instance)
            .where(
                Instance.status == "completed",
                Instance.ended_at.is_not(None),
                ~select(CasePace.instance_id).where(CasePace.instance_id == Instance.id).exists(),
            )
            .order_by(Instance.ended_at)
            .limit(BATCH)
        )
        if since is not None:
            wanted = wanted.where(Instance.ended_at >= since - LATE)
        instances = uow.session.scalars(wanted).all()
        if not instances:
            return done(0)
        calendar, tasks = working_calendar(uow), _tasks(uow, [one.id for one in instances])
        for one in instances:
            own, applicants = tasks[one.id], applicants_of(deployed(uow.session, one.definition_id))
            began, ended = handed_in_at(own, applicants), one.ended_at
            days = net_working_days(own, began, ended, applicants, calendar) if began and ended else None
            uow.session.add(
                CasePace(
                    instance_id=one.id,
                    process_key=one.process_key,
                    outcome=one.outcome,
                    working_days=days,
                    ended_at=ended,
                )
            )
        return done(len(instances))


def applicants_of(version: Deployed) -> Callable[[Task], bool]:
    """Return what tells the applicant's tasks of a version from those of the house."""

    def is_applicants(task: Task) -> bool:
        return version.at(task.element_id).is_starter(task.lane)

    return is_applicants


def _tasks(uow: UnitOfWork, instance_ids: Sequence[UUID]) -> dict[UUID, list[Task]]:
    found: dict[UUID, list[Task]] = defaultdict(list)
    for task in uow.session.scalars(select(Task).where(Task.instance_id.in_(instance_ids))):
        found[task.instance_id].append(task)
    return found
