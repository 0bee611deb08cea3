"""The inbox: what waits for the actor, what they could take, what they did, and their organisation's cases.

Keyset pages, a fixed number of statements for any length, and nothing that is not the actor's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from storage.actor import Actor
from storage.models import Instance, Membership, Organisation, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import deployed
from workflows.errors import FieldInvalid
from workflows.lines import searched
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.names import names_of
from workflows.queries.views import InboxItem, Page, Person, TabCounts

TABS: Final = ("todo", "claimable", "done", "mine")
MOST: Final = 100
"""Rows per page at most, and how far tabs are counted: pages show 100 as 99+."""


def inbox(
    uow: UnitOfWork,
    actor: Actor,
    tab: str = "todo",
    query: str = "",
    after: str | None = None,
    limit: int = 30,
) -> Page[InboxItem]:
    """Return a page of a tab, the oldest first for open work, the newest first for done work and cases.

    `query` finds a number or an applicant's name. Raises FieldInvalid for another tab or a foreign cursor.
    """
    if tab not in TABS:
        raise FieldInvalid(field="tab")
    limit = max(1, min(limit, MOST))
    of_tasks = tab != "mine"
    statement = _rows(of_tasks).where(*_tab(actor, tab), *_search(query))
    at: InstrumentedAttribute[Any] = {"done": Task.ended_at, "mine": Instance.created_at}.get(
        tab, Task.created_at
    )
    id_: InstrumentedAttribute[UUID] = Task.id if of_tasks else Instance.id
    newest_first = tab in ("done", "mine")
    if after:
        last_at, last_id = read_cursor(after, datetime, UUID)
        beyond = (at < last_at, id_ < last_id) if newest_first else (at > last_at, id_ > last_id)
        statement = statement.where(or_(beyond[0], and_(at == last_at, beyond[1])))
    order = (at.desc(), id_.desc()) if newest_first else (at, id_)
    rows = uow.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = write_cursor(
            getattr(last.Task if of_tasks else last.Instance, at.key),
            (last.Task if of_tasks else last.Instance).id,
        )
    return Page(tuple(_items(uow, actor, rows[:limit], of_tasks)), more)


def tab_counts(uow: UnitOfWork, actor: Actor) -> TabCounts:
    """Count all tabs in one statement, each up to 100."""
    counts = []
    for tab in TABS:
        base = select(Instance.id).select_from(Instance)
        if tab != "mine":
            base = base.join(Task, Task.instance_id == Instance.id)
        rows = base.where(*_tab(actor, tab)).limit(MOST).subquery()
        counts.append(select(func.count()).select_from(rows).scalar_subquery().label(tab))
    row = uow.session.execute(select(*counts)).one()
    return TabCounts(row.todo, row.claimable, row.done, row.mine)


def _rows(of_tasks: bool) -> Select[Any]:
    columns = (Task, Instance, Organisation.name) if of_tasks else (Instance, Organisation.name)
    statement = (
        select(*columns).select_from(Instance).join(Organisation, Organisation.id == Instance.organisation_id)
    )
    return statement.join(Task, Task.instance_id == Instance.id) if of_tasks else statement


def _tab(actor: Actor, tab: str) -> list[ColumnElement[bool]]:
    in_groups = Task.group_id.in_(actor.groups) if actor.groups else false()
    own_side = (
        and_(Task.group_id.is_(None), Task.organisation_id == actor.organisation_id)
        if actor.organisation_id
        else false()
    )
    belonging = select(Membership.organisation_id).where(Membership.account_id == actor.account_id)
    match tab:
        case "todo":
            held = and_(Task.assignee_id == actor.account_id, or_(in_groups, own_side))
            offered = and_(Task.assignee_id.is_(None), own_side)
            return [Task.status == "open", or_(held, offered)]
        case "claimable":
            # K15: what somebody of the applicant could never take is not offered to them
            return [
                Task.status == "open",
                Task.assignee_id.is_(None),
                in_groups,
                Instance.organisation_id.not_in(belonging),
            ]
        case "done":
            return [Task.ended_by == actor.account_id, or_(in_groups, own_side)]
        case _:
            return [Instance.organisation_id == actor.organisation_id if actor.organisation_id else false()]


def _search(query: str) -> list[ColumnElement[bool]]:
    text = searched(query)
    if not text:
        return []
    return [
        or_(
            Instance.number.contains(text.upper(), autoescape=True),
            Organisation.name.contains(text, autoescape=True),
        )
    ]


def _items(uow: UnitOfWork, actor: Actor, rows: Sequence[Any], of_tasks: bool) -> list[InboxItem]:
    people = {row.Instance.started_by for row in rows}
    if of_tasks:
        people |= {row.Task.assignee_id for row in rows}
    names = names_of(uow, people)
    items = []
    for row in rows:
        instance: Instance = row.Instance
        task: Task | None = row.Task if of_tasks else None
        version = deployed(uow.session, instance.definition_id)
        shown = task or instance
        holder = task.assignee_id if task else None
        items.append(
            InboxItem(
                task_id=task.id if task else None,
                instance_id=instance.id,
                number=instance.number,
                process_key=instance.process_key,
                process_title=version.process_title(actor.language),
                element_id=task.element_id if task else None,
                title=version.title(task.element_id, actor.language)
                if task
                else version.process_title(actor.language),
                lane=task.lane if task else None,
                lane_title=version.lane_title(task.lane, actor.language) if task else "",
                round=task.round if task else 1,
                status=shown.status,
                outcome=shown.outcome,
                outcome_title=outcome_title(version, task, instance, actor.language),
                outcome_kind=outcome_kind(version, instance),
                applicant=row.name,
                started_by=names.get(instance.started_by, "") if instance.started_by else "",
                holder=Person(holder, names.get(holder, "")) if holder else None,
                created_at=shown.created_at,
                claimed_at=task.claimed_at if task else None,
                due_at=task.due_at if task else None,
                ended_at=shown.ended_at,
                version=task.version if task else instance.state_version,
            )
        )
    return items


def outcome_kind(version: Any, instance: Instance) -> str | None:
    """Return the seal of the end that a case came to (`[ends]` of its manifest): approve, reject …"""
    kind = version.package.manifest.ends.get(instance.outcome) if instance.outcome else None
    return str(kind) if kind is not None else None


def outcome_title(version: Any, task: Task | None, instance: Instance, language: str) -> str | None:
    """Return the words of a task's outcome, or of how a case ended: the name of its end event."""
    if task is not None:
        title: str | None = version.outcome_title(task.element_id, task.outcome, language)
        return title
    if instance.outcome is None or instance.status == "cancelled":
        return None
    ended: str = version.title(instance.outcome, language)
    return ended
