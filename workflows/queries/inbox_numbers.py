"""What stands beside the list of the inbox: counts, what to choose from, what I did lately, and neighbours of a task."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from statistics import median
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from storage.actor import Actor
from storage.models import Definition, Instance, LaneBinding, Organisation, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed, deployed
from workflows.queries.inbox import MOST, asked, dues, inbox_counts, moments, who
from workflows.queries.inbox_rows import SHAPES, TABS, Shape, count_of, ids_of
from workflows.queries.views import TabCounts
from workflows.queries.views.inbox import DoneLately, InboxCounts, Neighbours, ProcessChoice, Wanted
from workflows.signatures import signs_by_lane

_DUE: Final = ("over", "today")
_LATER: Final = ("week", "later")
FOR_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def tab_counts(uow: UnitOfWork, actor: Actor) -> TabCounts:
    """Count all tabs in one statement, each up to 100."""
    row = uow.session.execute(inbox_counts(actor, TABS), who(actor)).one()
    return TabCounts(row.todo, row.claimable, row.done, row.mine)


def tab_numbers(
    uow: UnitOfWork,
    actor: Actor,
    tab: str = "todo",
    processes: tuple[str, ...] = (),
    *,
    by_due: bool = False,
    by_urgency: bool = False,
) -> InboxCounts:
    """Count all tabs, and of one tab's rows those overdue, due today and of some processes: one statement.

    `by_urgency` counts what is due later this week, and later than that, in the same statement.
    """
    divided = (_DUE + _LATER if by_urgency else _DUE) if by_due else ()
    statement = _counts(len(actor.groups), actor.organisation_id is not None, tab, len(processes), divided)
    given = who(actor)
    given |= {f"process_{at}_process": key for at, key in enumerate(processes)}
    now = moments(uow.clock.now())
    ends = {"week": (now.day_ends, now.week_ends), "later": (now.week_ends, FOR_EVER)}
    for due in divided:
        between = dues(now, due) if due in _DUE else dict(zip(("due_after", "due_until"), ends[due], strict=True))
        given |= {f"{due}_{name}": value for name, value in between.items()}
    row = uow.session.execute(statement, given).one()
    tabs = {name: getattr(row, name) for name in TABS}
    found = {key: getattr(row, f"process_{at}") for at, key in enumerate(processes)}
    urgent = {due: getattr(row, due) for due in divided}
    if by_urgency and tabs[tab] < MOST:
        urgent["undated"] = tabs[tab] - sum(urgent.values())
    return InboxCounts(tabs, urgent.get("over", 0), urgent.get("today", 0), found, urgent)


@lru_cache(SHAPES)
def _counts(
    groups: int, with_organisation: bool, tab: str, processes: int, divided: tuple[str, ...]
) -> Select[*tuple[Any, ...]]:
    found = [count_of(Shape(name, groups, with_organisation), name) for name in TABS]
    dated = Shape(tab, groups, with_organisation, dated=True, by_due=True)
    found += [count_of(replace(dated, mark=f"{due}_"), due) for due in divided]
    narrow = Shape(tab, groups, with_organisation, narrow=frozenset({"process"}))
    for at in range(processes):
        found.append(count_of(replace(narrow, mark=f"process_{at}_"), f"process_{at}"))
    return select(*found)


def done_lately(uow: UnitOfWork, actor: Actor, since: datetime) -> DoneLately:
    """Return how many tasks the reader completed since a moment, and how long they held each: the median."""
    rows = uow.session.execute(
        select(Task.created_at, Task.claimed_at, Task.ended_at)
        .where(Task.ended_by == actor.account_id, Task.ended_at >= since)
        .order_by(Task.ended_at.desc())
        .limit(MOST)
    ).all()
    took = [(row.ended_at - row.created_at).total_seconds() for row in rows]
    return DoneLately(len(rows), int(median(took)) if took else None)


def process_choices(uow: UnitOfWork, actor: Actor) -> tuple[ProcessChoice, ...]:
    """Return the processes that the reader's groups play a lane of, and their steps in the newest version of each."""
    if not actor.groups:
        return ()
    bound = uow.session.execute(
        select(LaneBinding.process_key, LaneBinding.lane).where(LaneBinding.group_id.in_(actor.groups))
    ).all()
    lanes = {(row.process_key, row.lane) for row in bound}
    if not lanes:
        return ()
    newest = select(Definition.process_key, func.max(Definition.version).label("version")).group_by(
        Definition.process_key
    )
    last = newest.subquery()
    ids = uow.session.scalars(
        select(Definition.id)
        .join(last, (last.c.process_key == Definition.process_key) & (last.c.version == Definition.version))
        .order_by(Definition.process_key)
    ).all()
    choices = (_choice(deployed(uow.session, id_), lanes, actor.language) for id_ in ids)
    return tuple(choice for choice in choices if choice.steps)


def _choice(version: Deployed, lanes: set[tuple[str, str]], language: str) -> ProcessChoice:
    steps = []
    for element in version.package.definition.elements.values():
        if element.kind != "user_task":
            continue
        key = version.at(element.id).process_key
        if (key, element.lane or "") in lanes or signs_by_lane(element):
            steps.append((element.id, version.title(element.id, language)))
    if version.package.manifest.callable_only or not any(key in version.process_keys for key, _ in lanes):
        steps = []
    return ProcessChoice(version.process_key, version.process_title(language), tuple(steps))


def neighbours(uow: UnitOfWork, actor: Actor, wanted: Wanted, task_id: UUID) -> Neighbours:
    """Return where a task stands in a list, as far as the first 100 go, and whose case comes after it.

    A task that is not among them has none before it; the first of the list comes after it.
    """
    shape, given = asked(uow, actor, wanted)
    found = [row.id for row in uow.session.execute(ids_of(shape), given | {"most": MOST}).all()]
    at = found.index(task_id) if task_id in found else None
    before = found[at - 1] if at else None
    rest = found[at + 1 :] if at is not None else found
    after = rest[0] if rest else None
    return Neighbours(None if at is None else at + 1, len(found), before, after, _applicant(uow, after))


def first_of(uow: UnitOfWork, actor: Actor, wanted: Wanted, most: int = MOST) -> list[UUID]:
    """Return the first tasks of a list, by id."""
    shape, given = asked(uow, actor, wanted)
    return [row.id for row in uow.session.execute(ids_of(shape), given | {"most": most}).all()]


def _applicant(uow: UnitOfWork, task_id: UUID | None) -> str:
    if task_id is None:
        return ""
    name = uow.session.scalar(
        select(Organisation.name)
        .join(Instance, Instance.organisation_id == Organisation.id)
        .join(Task, Task.instance_id == Instance.id)
        .where(Task.id == bindparam("task"))
        .limit(1),
        {"task": task_id},
    )
    return name or ""
