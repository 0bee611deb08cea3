"""The inbox: what waits for the actor, what they could take, what they did, and their organisation's cases.

Keyset pages, a fixed number of statements for any length, and nothing that is not the actor's.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select, union_all

from storage.actor import Actor
from storage.models import Instance, Organisation, Task
from storage.unit_of_work import UnitOfWork
from workflows.calendar import BEIJING
from workflows.deployed import Deployed, deployed
from workflows.errors import FieldInvalid
from workflows.lines import searched
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.inbox_news import news_of
from workflows.queries.inbox_rows import (
    NAME,
    NO_DUE,
    NUMBER,
    OPEN_WORK,
    TABS,
    Shape,
    counts_of,
    matching_tasks,
    page_of,
)
from workflows.queries.names import names_of
from workflows.queries.views import InboxItem, Page, Person
from workflows.queries.views.inbox import DUES, ROUNDS, SORTS, Moments, Wanted

MOST: Final = 100
"""Rows per page at most, and how far tabs are counted: pages show 100 as 99+."""
FEW: Final = 500
"""Up to so many cases or tasks a search looks at each of them."""
LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)
IN_NUMBERS: Final = re.compile(r"[0-9A-Za-z-]+")
"""What a number of a case may be made of (manifest.NUMBER)."""


def inbox(
    uow: UnitOfWork,
    actor: Actor,
    tab: str = "todo",
    query: str = "",
    after: str | None = None,
    limit: int = 30,
    process: str = "",
    step: str = "",
    due: str = "",
    round: str = "",
    sort: str = "arrival",
) -> Page[InboxItem]:
    """Return a page of a tab: open work by deadline or the oldest first, done work and cases the newest first.

    `query` finds a number or an applicant's name; the filters are those of Wanted. Raises FieldInvalid for a value that
    is none, or a foreign cursor.
    """
    wanted = Wanted(tab, query, process, step, due, round, sort)
    limit, of_tasks = max(1, min(limit, MOST)), tab != "mine"
    shape, given = asked(uow, actor, wanted, after)
    given["most"] = limit + 1
    rows = uow.session.execute(page_of(shape), given).all()
    more = None
    if len(rows) > limit:
        more = _cursor(shape, rows[limit - 1].Task if of_tasks else rows[limit - 1].Instance)
    return Page(tuple(_items(uow, actor, rows[:limit], of_tasks)), more)


def inbox_counts(actor: Actor, tabs: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Return the statement that counts tabs, to be run with `who`; others add their own counts to it."""
    return counts_of(tabs, len(actor.groups), actor.organisation_id is not None)


def asked(
    uow: UnitOfWork, actor: Actor, wanted: Wanted, after: str | None = None
) -> tuple[Shape, dict[str, Any]]:
    """Return the shape of what is wanted, with its parameters but `most`. Raises FieldInvalid."""
    for name, value, known in (
        ("tab", wanted.tab, TABS),
        ("due", wanted.due, ("", *DUES)),
        ("round", wanted.round, ("", *ROUNDS)),
        ("sort", wanted.sort, SORTS),
    ):
        if value not in known:
            raise FieldInvalid(field=name)
    is_open = wanted.tab in OPEN_WORK
    by_due, dated = is_open and wanted.sort == "due", is_open and bool(wanted.due)
    given = who(actor)
    narrow = set()
    for name, value in (("process", wanted.process), ("step", wanted.step)) if is_open else ():
        if value:
            narrow.add(name)
            given[name] = value
    if is_open and wanted.round:
        narrow.add(wanted.round)
    if dated:
        given |= dues(moments(uow.clock.now()), wanted.due)
    further = _read(given, after, by_due=by_due) if after else ""
    shape = Shape(
        wanted.tab,
        len(actor.groups),
        actor.organisation_id is not None,
        further,
        narrow=frozenset(narrow),
        dated=dated,
        by_due=by_due,
    )
    search, found = _search(uow, wanted.query)
    if not search and wanted.tab == "claimable" and (narrow or dated):
        search, found = _narrowed(uow, shape, given)
    return replace(shape, search=search), given | found


def offered(uow: UnitOfWork, actor: Actor, task_ids: Sequence[UUID]) -> tuple[InboxItem, ...]:
    """Return those of some tasks that the actor has to do or could take, by deadline; at most 100 of them."""
    found: list[InboxItem] = []
    for tab in sorted(OPEN_WORK):
        shape, given = asked(uow, actor, Wanted(tab, sort="due"))
        given |= {"few": list(task_ids)[:MOST], "most": MOST}
        rows = uow.session.execute(page_of(replace(shape, search="tasks")), given).all()
        found += _items(uow, actor, rows, of_tasks=True)
    return tuple(found)


def who(actor: Actor) -> dict[str, Any]:
    """Return the parameters that say who asks."""
    groups = sorted(actor.groups)
    named = {f"group_{at}": group for at, group in enumerate(groups)}
    return {"most": MOST, "account": actor.account_id, "organisation": actor.organisation_id, "groups": groups, **named}


def moments(now: datetime) -> Moments:
    """Return what divides deadlines, by the days of Beijing."""
    today = now.astimezone(BEIJING).date()
    ends = [
        datetime.combine(today + timedelta(days=days), time(), tzinfo=BEIJING).astimezone(UTC)
        for days in (1, 7 - today.weekday())
    ]
    return Moments(now, *ends)


def dues(at: Moments, due: str) -> dict[str, datetime]:
    """Return between which instants a deadline lies that is over, of today or of this week."""
    first, last = {"over": (LONG_AGO, at.now), "today": (at.now, at.day_ends), "week": (at.now, at.week_ends)}[due]
    return {"due_after": first, "due_until": last}


def _cursor(shape: Shape, last: Any) -> str:
    if shape.by_due:
        return write_cursor(last.due_at or NO_DUE, last.created_at, last.id)
    return write_cursor(last.ended_at if shape.tab == "done" else last.created_at, last.id)


def _read(given: dict[str, Any], after: str, *, by_due: bool) -> str:
    """Put what a cursor says into the parameters; return what the last row was."""
    if not by_due:
        given["last_at"], given["last_id"] = read_cursor(after, datetime, UUID)
        return "row"
    is_dated = True
    try:
        given["last_due"], given["last_at"], given["last_id"] = read_cursor(after, datetime, datetime, UUID)
    except FieldInvalid:
        mark, given["last_at"], given["last_id"] = read_cursor(after, str, datetime, UUID)
        if mark != NO_DUE:
            raise
        is_dated = False
    return "dated" if is_dated else "undated"


def _search(uow: UnitOfWork, query: str) -> tuple[str, dict[str, Any]]:
    """Return how to search, and with what: by the cases that match while they are few, else by the words."""
    text = searched(query).replace("/", "//").replace("%", "/%").replace("_", "/_")
    if not text:
        return "", {}
    words = {"number": text.upper(), "name": text}
    # A text that no number could contain needs no look at all the numbers.
    few = uow.session.scalars(_MATCHING if IN_NUMBERS.fullmatch(text) else _NAMED, words).all()
    return ("few", {"few": few}) if len(few) <= FEW else ("words", words)


def _narrowed(uow: UnitOfWork, shape: Shape, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return how to find what the filters ask of open work: each of a few, else in order, which finds many soon."""
    few = uow.session.scalars(matching_tasks(replace(shape, further="", by_due=True)), given | {"few": FEW + 1}).all()
    return ("tasks", {"few": few}) if len(few) <= FEW else ("", {})


_NAMED: Final = (
    select(Instance.id)
    .where(Instance.organisation_id.in_(select(Organisation.id).where(NAME)))
    .limit(FEW + 1)
)
_MATCHING: Final = union_all(
    select(Instance.id).where(NUMBER),
    select(Instance.id).where(Instance.organisation_id.in_(select(Organisation.id).where(NAME))),
).limit(FEW + 1)


def _items(uow: UnitOfWork, actor: Actor, rows: Sequence[Any], of_tasks: bool) -> list[InboxItem]:
    people = {row.Instance.started_by for row in rows}
    if of_tasks:
        people |= {row.Task.assignee_id for row in rows}
    names = names_of(uow, people)
    news = news_of(uow, [row.Task for row in rows if row.Task.status == "open"]) if of_tasks else {}
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
                lane_title=version.lane_title(task.element_id, task.lane, actor.language) if task else "",
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
                batch=_batch(version, task, actor.language) if task and task.status == "open" else (),
                changed=news[task.id].changed if task and task.id in news else None,
                added=bool(task and task.id in news and news[task.id].added),
            )
        )
    return items


def _batch(version: Deployed, task: Task, language: str) -> tuple[tuple[str, str], ...]:
    place = version.at(task.element_id)
    return tuple((key, place.outcome_title(key, language)) for key in place.settings.batch)


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
