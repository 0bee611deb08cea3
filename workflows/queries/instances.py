"""Cases: one with its history and place, and lists of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from storage import canonical
from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Instance, Organisation, RegisterEntry, Task
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.deployed import Deployed, deployed
from workflows.lines import searched
from workflows.queries.ahead import ahead_of_case
from workflows.queries.cards import cards
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.expectation import expectation
from workflows.queries.inbox import MOST, outcome_kind, outcome_title
from workflows.queries.names import names_of
from workflows.queries.registers import entry_rows
from workflows.queries.signatures import signings
from workflows.queries.stepper import stepper
from workflows.queries.submissions import Dossier, person, read_dossier
from workflows.queries.timeline import events_of, last_return, passed, timeline
from workflows.queries.views import DiagramView, InstanceRow, InstanceView, OpenTask, Page
from workflows.signatures import signer_of
from workflows.standing import require_visible_case

STATUSES = ("active", "suspended", "completed", "cancelled", "failed")


def read_instance(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> InstanceView:
    """Return a case to its applicant, the groups that work on it and overseers; NotFound for everybody else."""
    row = uow.session.execute(
        select(Instance, Organisation.name)
        .join(Organisation, Organisation.id == Instance.organisation_id)
        .where(Instance.id == instance_id)
    ).first()
    if row is None:
        raise NotFound(kind="instance", id=instance_id)
    instance, applicant = row
    case = require_visible_case(
        uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id
    )
    version = deployed(uow.session, instance.definition_id)
    dossier = read_dossier(uow, actor, version, instance, case)
    events = events_of(uow, instance.id)
    open_tasks = [task for task in dossier.tasks if task.status == "open"]
    applicants = [task for task in open_tasks if task.group_id is None]
    marks = last_return(uow, actor, dossier, events, applicants).marks
    entries = uow.session.scalars(
        select(RegisterEntry)
        .where(RegisterEntry.instance_id == instance.id)
        .order_by(RegisterEntry.created_at, RegisterEntry.id)
    ).all()
    language = actor.language
    active = instance.status == "active" and instance.quarantined_at is None
    return InstanceView(
        id=instance.id,
        number=instance.number,
        process_key=instance.process_key,
        title=version.process_title(language),
        definition_id=version.id,
        definition_version=version.version,
        definition_sha256=version.sha256,
        status=instance.status,
        outcome=instance.outcome,
        outcome_title=outcome_title(version, None, instance, language),
        outcome_kind=outcome_kind(version, instance),
        applicant=applicant,
        organisation_id=instance.organisation_id,
        started_by=person(actor, version, case, dossier.names, None, instance.started_by),
        created_at=instance.created_at,
        ended_at=instance.ended_at,
        quarantined=instance.quarantined_at is not None,
        is_applicant=policy.is_applicant(actor, instance.organisation_id),
        may_withdraw=active
        and policy.may_withdraw(actor, instance.organisation_id)
        and not _too_late(version, dossier),
        may_cancel=active and policy.may_cancel(actor),
        may_see_journal=policy.may_see_journal(actor),
        open_tasks=tuple(_open_task(actor, dossier, task) for task in open_tasks),
        marks=marks,
        timeline=timeline(uow, actor, dossier, events),
        stepper=stepper(version, instance, dossier.tasks, language),
        submissions=tuple(dossier.submissions),
        cards=cards(uow, version, instance, [task.element_id for task in open_tasks], language),
        register_entries=tuple(entry_rows(uow, version, entries, language)),
        texts=version.words(language),
        signings=signings(uow, actor, dossier, [task.whole_key for task in open_tasks if task.signer]),
        ahead=ahead_of_case(version, instance, dossier.tasks, language) if active else (),
        expected=expectation(uow, version, dossier.tasks, language) if active else None,
    )


def seal_of(uow: UnitOfWork, instance_id: UUID) -> tuple[int, str]:
    """Return number and hash of the last event of a case: what its record can be compared with later."""
    row = uow.session.execute(
        select(Instance.journal_seq, Instance.journal_hash).where(Instance.id == instance_id)
    ).one()
    return int(row.journal_seq), str(row.journal_hash)


def list_instances(
    uow: UnitOfWork,
    actor: Actor,
    query: str = "",
    status: str | None = None,
    process_key: str | None = None,
    after: str | None = None,
    limit: int = 30,
) -> Page[InstanceRow]:
    """Return cases that exist for the actor, the newest first; `query` finds a number or an applicant's name."""
    limit = max(1, min(limit, MOST))
    statement = (
        select(Instance, Organisation.name)
        .join(Organisation, Organisation.id == Instance.organisation_id)
        .where(_visible(actor))
    )
    if status:
        statement = statement.where(Instance.status == searched(status))
    if process_key:
        statement = statement.where(Instance.process_key == searched(process_key))
    text = searched(query)
    if text:
        statement = statement.where(
            or_(
                Instance.number.contains(text.upper(), autoescape=True),
                Organisation.name.contains(text, autoescape=True),
            )
        )
    if after:
        at, last = read_cursor(after, datetime, UUID)
        statement = statement.where(
            or_(Instance.created_at < at, and_(Instance.created_at == at, Instance.id < last))
        )
    rows = uow.session.execute(
        statement.order_by(Instance.created_at.desc(), Instance.id.desc()).limit(limit + 1)
    ).all()
    more = None
    if len(rows) > limit:
        last_row = rows[limit - 1].Instance
        more = write_cursor(last_row.created_at, last_row.id)
    return Page(tuple(_rows(uow, actor, rows[:limit])), more)


def package_diagram(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> DiagramView:
    """Return the diagram of a case with its present position. Raises NotFound.

    What goes on in a called process shows at the call activity, which is live as long as anything in it is.
    """
    instance = uow.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound(kind="instance", id=instance_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id)
    version = deployed(uow.session, instance.definition_id)
    way = passed(events_of(uow, instance.id))
    return DiagramView(
        xml=version.package.files["process.bpmn"],
        title=version.process_title(actor.language),
        marking=tuple(place for place in way.marking if "." not in place["element"]),
        done=tuple(element_id for element_id in way.done if "." not in element_id),
        flows=tuple(flow_id for flow_id in way.flows if "." not in flow_id),
        texts=version.words(actor.language),
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.roles & policy.OVERSEERS:
        return Instance.id.is_not(None)
    own = Instance.organisation_id == actor.organisation_id if actor.organisation_id else false()
    worked = (
        select(Task.id).where(Task.instance_id == Instance.id, Task.group_id.in_(actor.groups)).exists()
        if actor.groups
        else false()
    )
    return or_(own, worked)


def _rows(uow: UnitOfWork, actor: Actor, rows: Any) -> list[InstanceRow]:
    names = names_of(uow, [row.Instance.started_by for row in rows])
    where: dict[UUID, list[str]] = {}
    open_tasks = uow.session.execute(
        select(Task.instance_id, Task.element_id)
        .where(Task.instance_id.in_([row.Instance.id for row in rows]), Task.status == "open")
        .order_by(Task.created_at, Task.id)
    ).all()
    versions = {row.Instance.id: deployed(uow.session, row.Instance.definition_id) for row in rows}
    for task in open_tasks:
        title = versions[task.instance_id].title(task.element_id, actor.language)
        where.setdefault(task.instance_id, []).append(title)
    return [
        InstanceRow(
            id=instance.id,
            number=instance.number,
            process_key=instance.process_key,
            title=versions[instance.id].process_title(actor.language),
            status=instance.status,
            outcome=instance.outcome,
            outcome_title=outcome_title(versions[instance.id], None, instance, actor.language),
            outcome_kind=outcome_kind(versions[instance.id], instance),
            applicant=applicant,
            organisation_id=instance.organisation_id,
            started_by=names.get(instance.started_by, "") if instance.started_by else "",
            where=tuple(dict.fromkeys(where.get(instance.id, []))),  # parts of one task say it once
            created_at=instance.created_at,
            ended_at=instance.ended_at,
            quarantined=instance.quarantined_at is not None,
        )
        for instance, applicant in rows
    ]


def _open_task(actor: Actor, dossier: Dossier, task: Task) -> OpenTask:
    version = dossier.version
    facts = policy.TaskFacts(
        task.organisation_id,
        task.group_id,
        task.assignee_id,
        dossier.instance.organisation_id,
        signer_id=signer_of(task),
    )
    holder = None
    if task.assignee_id is not None:
        holder = person(actor, version, dossier.case, dossier.names, task, task.assignee_id)
    return OpenTask(
        id=task.id,
        element_id=task.element_id,
        title=version.title(task.element_id, actor.language),
        lane=task.lane,
        lane_title=version.lane_title(task.element_id, task.lane, actor.language),
        round=task.round,
        holder=holder,
        created_at=task.created_at,
        due_at=task.due_at,
        mine=policy.is_candidate(actor, facts) and task.assignee_id in (None, actor.account_id),
        item=canonical.decode(task.item) if task.item else None,
    )


def _too_late(version: Deployed, dossier: Dossier) -> bool:
    return any(task.element_id in version.package.withdraw_not_after for task in dossier.tasks)
