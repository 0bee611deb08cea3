"""Trouble that waits for a person, for overseers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, tuple_

from storage import canonical
from storage.actor import Actor, Role
from storage.errors import NotFound
from storage.models import Incident, Instance, Job, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import deployed
from workflows.errors import RoleMissing
from workflows.handlers import HANDLERS
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.names import names_of
from workflows.queries.views import IncidentView, Page, Person

MOST: Final = 100
OUTSIDE: Final = "handler:"


def incidents(
    uow: UnitOfWork,
    actor: Actor,
    status: str = "open",
    instance_id: UUID | None = None,
    after: str | None = None,
    limit: int = 30,
) -> Page[IncidentView]:
    """List incidents, the newest first; status is open or closed. Overseers only: RoleMissing for others."""
    _require_overseer(actor)
    order = (Incident.opened_at, Incident.id)
    wanted = select(Incident).order_by(*(column.desc() for column in order)).limit(min(limit, MOST) + 1)
    wanted = wanted.where(
        Incident.closed_at.is_(None) if status == "open" else Incident.closed_at.is_not(None)
    )
    if instance_id is not None:
        wanted = wanted.where(Incident.instance_id == instance_id)
    if after:
        wanted = wanted.where(tuple_(*order) < tuple_(*read_cursor(after, datetime, UUID)))
    rows = uow.session.scalars(wanted).all()
    shown = rows[: min(limit, MOST)]
    following = write_cursor(shown[-1].opened_at, shown[-1].id) if len(rows) > len(shown) else None
    return Page(tuple(incident_views(uow, actor, shown)), following)


def read_incident(uow: UnitOfWork, actor: Actor, incident_id: UUID) -> IncidentView:
    """Return one incident to overseers. Raises RoleMissing, NotFound."""
    _require_overseer(actor)
    found = uow.session.get(Incident, incident_id)
    if found is None:
        raise NotFound(kind="incident", id=incident_id)
    return incident_view(uow, actor, found)


def incident_view(uow: UnitOfWork, actor: Actor, incident: Incident) -> IncidentView:
    """Return an incident with its case."""
    return incident_views(uow, actor, [incident])[0]


def incident_views(uow: UnitOfWork, actor: Actor, rows: Sequence[Incident]) -> list[IncidentView]:
    """Return incidents with their cases, in four statements for any number of them."""
    instance_ids = {row.instance_id for row in rows if row.instance_id}
    keys = {row.task_key for row in rows if row.task_key}
    cases = {
        row.id: row
        for row in uow.session.execute(
            select(Instance.id, Instance.number, Instance.process_key, Instance.definition_id).where(
                Instance.id.in_(instance_ids)
            )
        )
    }
    drawn: dict[tuple[UUID, str], str] = {
        (task.instance_id, task.key): task.element_id
        for task in uow.session.execute(
            select(Task.instance_id, Task.key, Task.element_id).where(
                Task.instance_id.in_(instance_ids), Task.key.in_(keys)
            )
        )
    }
    jobs = {
        (job.instance_id, job.task_key): job
        for job in uow.session.execute(
            select(Job.instance_id, Job.task_key, Job.kind, Job.payload, Job.attempts, Job.status).where(
                Job.instance_id.in_(instance_ids), Job.task_key.in_(keys)
            )
        )
    }
    names = names_of(uow, [row.closed_by for row in rows if row.closed_by])
    views = []
    for row in rows:
        case = cases.get(row.instance_id) if row.instance_id else None
        place = (row.instance_id, row.task_key) if row.instance_id and row.task_key else None
        job = jobs.get(place) if place else None
        failed = row.closed_at is None and job is not None and job.status == "failed"
        element_id = (
            canonical.decode(job.payload).get("element") if job else drawn.get(place) if place else None
        )
        version = deployed(uow.session, case.definition_id) if case else None
        views.append(
            IncidentView(
                id=row.id,
                kind=row.kind,
                message=row.message,
                instance_id=row.instance_id,
                number=case.number if case else None,
                process_title=version.process_title(actor.language) if version else "",
                element_id=element_id,
                step_title=version.title(element_id, actor.language) if version and element_id else "",
                handler=job.kind.removeprefix(OUTSIDE) if job else None,
                attempts=job.attempts if job else 0,
                may_retry=failed or (row.closed_at is None and row.kind == "timer_failed"),
                may_skip=failed and job is not None and job.kind.startswith(OUTSIDE),
                errors=_errors(job.kind) if failed and job else (),
                opened_at=row.opened_at,
                closed_at=row.closed_at,
                closed_by=Person(row.closed_by, names.get(row.closed_by, "")) if row.closed_by else None,
                resolution=row.resolution,
            )
        )
    return views


def _errors(kind: str) -> tuple[str, ...]:
    """Return the business errors of the handler behind a kind of job; messages of other cases have none."""
    handler = HANDLERS.get(kind.removeprefix(OUTSIDE))
    return handler.errors if handler else ()


def _require_overseer(actor: Actor) -> None:
    if not policy.may_see_journal(actor):
        raise RoleMissing(Role.OPERATOR)
