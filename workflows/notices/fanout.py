"""The worker's look at what happened: each event of a case becomes notices for those whom it concerns, and papers.

A command writes its event and nothing more; `event.noticed_at` says what was looked at. So no order of commits can hide
an event, and whoever dies half-way leaves it to be looked at again. All events of one instant are one step of a case.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select, tuple_, update

from storage.actor import SYSTEM
from storage.models import Event as EventRow
from storage.models import Instance, Notification, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import deployed
from workflows.events import Event
from workflows.notices.keeping import Notice, keep
from workflows.notices.kinds import OF_TASKS, Kind
from workflows.notices.recipients import People, read_people
from workflows.papers.asking import ask_for_papers

AT_ONCE: Final = 50
INSTANCE: Final = "instance:"
ENDS: Final = frozenset({
    Event.INSTANCE_COMPLETED, Event.INSTANCE_FAILED, Event.INSTANCE_CANCELLED, Event.INSTANCE_EXPIRED,
})  # fmt: skip
DECISIONS: Final = frozenset({"approve", "reject"})

_EVENT: Final = (EventRow.stream, EventRow.seq, EventRow.action, EventRow.actor_id, EventRow.task_id, EventRow.at)
_CASE: Final = (
    Instance.id, Instance.organisation_id, Instance.definition_id, Instance.started_by, Instance.status, Instance.outcome,
)  # fmt: skip
_TASK: Final = (
    Task.id, Task.instance_id, Task.element_id, Task.organisation_id, Task.group_id, Task.assignee_id, Task.status,
    Task.outcome, Task.created_at, Task.claimed_at, Task.ended_at, Task.ended_by, Task.whole_key, Task.signer, Task.due_at,
)  # fmt: skip
_UNNOTICED: Final = EventRow.noticed_at.is_(None)


@dataclass
class Happened:
    """What happened to a case at one instant."""

    instance: Any
    at: datetime
    actions: set[str]
    actor_id: UUID | None
    seq: int
    done: set[UUID]


def look_at_events(uow: UnitOfWork) -> int:
    """Tell people of what happened since the last look; return how many events that were, 0 when there is nothing."""
    if not uow.session.scalar(select(exists().where(_UNNOTICED))):
        return 0
    with uow.begin(SYSTEM) as done:
        taken = uow.session.execute(
            select(*_EVENT).where(_UNNOTICED).order_by(EventRow.at).limit(AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        keys = [(row.stream, row.seq) for row in taken]
        if not keys:  # others are at them
            return done(0)
        notices, task_ids = _notices_of(uow, {(row.stream, row.at) for row in taken})
        keep(uow, notices)
        uow.session.flush()
        _forget_done(uow, task_ids)
        looked = update(EventRow).where(tuple_(EventRow.stream, EventRow.seq).in_(keys))
        uow.session.execute(looked.values(noticed_at=uow.clock.now()), execution_options={"synchronize_session": False})
        return done(len(keys))


def _notices_of(uow: UnitOfWork, steps: set[tuple[str, datetime]]) -> tuple[list[Notice], set[UUID]]:
    """Return whom to tell of these steps, and the tasks whose notices may be moot now."""
    session = uow.session
    ids = {UUID(stream.removeprefix(INSTANCE)) for stream, _ in steps if stream.startswith(INSTANCE)}
    cases = {row.id: row for row in session.execute(select(*_CASE).where(Instance.id.in_(ids)))}
    tasks: dict[UUID, list[Any]] = {}
    for task in session.execute(select(*_TASK).where(Task.instance_id.in_(cases)).order_by(Task.created_at, Task.id)):
        tasks.setdefault(task.instance_id, []).append(task)
    people = read_people(session, cases.values(), [task for some in tasks.values() for task in some])
    notices: list[Notice] = []
    for happened in _happened(session, steps, cases):
        own = tasks.get(happened.instance.id, [])
        ask_for_papers(uow, happened.instance, happened, own)
        notices += _of(uow, happened, own, people)
    return notices, {task.id for some in tasks.values() for task in some}


def _happened(session: Any, steps: set[tuple[str, datetime]], cases: dict[UUID, Any]) -> Iterable[Happened]:
    """Read all events of these steps, looked at or not: another worker may hold the rest of a step."""
    rows = session.execute(
        select(*_EVENT).where(
            EventRow.stream.in_({stream for stream, _ in steps}), EventRow.at.in_({at for _, at in steps})
        )
    )
    found: dict[tuple[str, datetime], Happened] = {}
    for row in sorted(rows, key=lambda one: (one.at, one.stream, one.seq)):
        instance = cases.get(UUID(row.stream.removeprefix(INSTANCE))) if row.stream.startswith(INSTANCE) else None
        if instance is None or (row.stream, row.at) not in steps:
            continue
        step = found.setdefault((row.stream, row.at), Happened(instance, row.at, set(), None, row.seq, set()))
        step.actions.add(row.action)
        step.actor_id = step.actor_id or row.actor_id
        if row.action == Event.TASK_COMPLETED and row.task_id:
            step.done.add(row.task_id)
    return found.values()


def _of(uow: UnitOfWork, step: Happened, tasks: Sequence[Any], people: People) -> Iterator[Notice]:
    """Say whom a step concerns. Who did it knows already."""
    instance = step.instance

    def tell(kind: Kind, who: set[UUID], task: Any = None) -> Iterator[Notice]:
        about = str(task.id) if task else f"{instance.id}:{step.seq}"
        organisation = task.organisation_id if task else instance.organisation_id
        for account_id in sorted(who - {step.actor_id}):
            yield Notice(account_id, organisation, instance.id, task.id if task else None, kind, about)

    if Event.INSTANCE_WITHDRAWN in step.actions:
        yield from tell(Kind.WITHDRAWN, people.of_applicant(instance))
        for task in tasks:
            yield from tell(Kind.WITHDRAWN, people.who_worked(task, instance), task)
        return
    if step.actions & ENDS:
        yield from tell(Kind.CASE_ENDED, people.of_applicant(instance))
        return
    if Event.INSTANCE_STARTED in step.actions:  # a draft that somebody has just begun is news for nobody
        return
    returned = Event.TASK_RETURNED in step.actions
    for task in tasks:
        if task.created_at == step.at and task.status == "open":
            kind = Kind.TASK_RETURNED if returned else Kind.TASK_OPENED
            yield from tell(kind, people.of_task(task, instance), task)
        if task.id in step.done and not returned and _is_decision(uow, task, tasks, instance):
            yield from tell(Kind.REMARK, people.of_applicant(instance), _for_applicant(task, instance))


@dataclass(frozen=True)
class _Shown:
    """A task of staff as the applicant is told of it."""

    id: UUID
    organisation_id: UUID


def _for_applicant(task: Any, instance: Any) -> _Shown:
    return _Shown(task.id, instance.organisation_id)


def _is_decision(uow: UnitOfWork, task: Any, tasks: Sequence[Any], instance: Any) -> bool:
    """Tell whether staff decided something with it; of several signatures only the last one does."""
    version = deployed(uow.session, instance.definition_id)
    if task.group_id is None or version.outcome_kind(task.element_id, task.outcome) not in DECISIONS:
        return False
    return task.signer is None or not any(one.whole_key == task.whole_key and one.status == "open" for one in tasks)


def _forget_done(uow: UnitOfWork, task_ids: set[UUID]) -> None:
    """Nobody is asked for work that somebody else has taken or that is done: those notices count as read."""
    taken = exists().where(
        Task.id == Notification.task_id,
        (Task.status != "open") | (Task.assignee_id.is_not(None) & (Task.assignee_id != Notification.account_id)),
    )
    moot = update(Notification).where(
        Notification.task_id.in_(task_ids), Notification.read_at.is_(None), Notification.kind.in_(OF_TASKS), taken
    )
    uow.session.execute(moot.values(read_at=uow.clock.now()), execution_options={"synchronize_session": False})
