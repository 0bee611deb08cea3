"""The statements of the inbox, each built once for its shape: building it costs more than running it.

A tab is a few sources that do not overlap. Each is read in the order of an index and no further than the page; one
condition over all of them would be collected and sorted, however many there are.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Bundle, aliased

from storage.models import Instance, Membership, Organisation, Task
from storage.types import UtcDateTime

TABS: Final = ("todo", "claimable", "done", "mine")
NEWEST_FIRST: Final = frozenset({"done", "mine"})
OPEN_WORK: Final = frozenset({"todo", "claimable"})
MANY: Final = 1_000_000
SHAPES: Final = 512
NO_DUE: Final = "-"
"""What a cursor has instead of the deadline of a task without one."""

# Rows of plain columns: a page makes no objects that a session watches, and reads no state.
_TASK: Final[Bundle[Any]] = Bundle("Task", *Task.__table__.c)
_INSTANCE: Final[Bundle[Any]] = Bundle("Instance", *(one for one in Instance.__table__.c if one.name != "state"))
ACCOUNT: Final[ColumnElement[UUID]] = bindparam("account", type_=Uuid())
ORGANISATION: Final[ColumnElement[UUID]] = bindparam("organisation", type_=Uuid())
NUMBER: Final = Instance.number.contains(bindparam("number"), escape="/")
NAME: Final = Organisation.name.contains(bindparam("name"), escape="/")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of a statement depends on; all else is a parameter.

    further: nothing, or what the last row was: a row, dated or undated. search: nothing, few (cases), words, or tasks:
    so few that each is looked at. narrow: which of process, step, first, again are asked for. mark stands before the
    names of their parameters, so that one statement can ask twice.
    """

    tab: str
    groups: int
    with_organisation: bool
    further: str = ""
    search: str = ""
    narrow: frozenset[str] = frozenset()
    dated: bool = False
    by_due: bool = False
    mark: str = ""


@lru_cache(SHAPES)
def page_of(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the statement of a page: the first ids in order, then what is shown of them."""
    of_tasks = shape.tab != "mine"
    found = ids_of(shape).subquery()
    columns = (_TASK, _INSTANCE, Organisation.name) if of_tasks else (_INSTANCE, Organisation.name)
    rows = select(*columns).select_from(Instance)
    rows = rows.join(Organisation, Organisation.id == Instance.organisation_id)
    rows = rows.join(Task, Task.instance_id == Instance.id) if of_tasks else rows
    shown = rows.join(found, found.c.id == (Task.id if of_tasks else Instance.id))
    return shown.order_by(*_order(shape, found.c))


@lru_cache(SHAPES)
def ids_of(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the first ids of the sources, merged, with what they are ordered by."""
    task, parts = _parts(shape)
    firsts = [
        select(part.order_by(*_order_inside(shape, task)).limit(bindparam("most")).subquery()) for part in parts
    ]
    merged = (union_all(*firsts) if len(firsts) > 1 else firsts[0]).subquery()
    return select(merged).order_by(*_order(shape, merged.c)).limit(bindparam("most"))


def _parts(shape: Shape) -> tuple[Any, list[Select[*tuple[Any, ...]]]]:
    """Return the task of a shape and the keys of each source, in no order.

    Where few cases or tasks match, those are looked at instead: the limit inside keeps a planner from walking all open
    tasks to find them.
    """
    of_tasks, few = shape.tab != "mine", shape.search in ("few", "tasks")
    task: Any = Task
    if few and of_tasks:
        among = Task.id if shape.search == "tasks" else Task.instance_id
        inside = select(Task).where(among.in_(bindparam("few", expanding=True))).limit(MANY)
        task = aliased(Task, inside.subquery())
    sources = sources_of(shape, task)
    conditions = [or_(NUMBER, NAME)] if shape.search == "words" else []
    if few:
        sources = [or_(*sources)]
        conditions += [] if of_tasks else [Instance.id.in_(bindparam("few", expanding=True))]
    conditions += narrowed(shape, task)
    parts = []
    for source in sources:
        for rank, stretch in _stretches(shape, task):
            rows = select(*_keys(shape, task, rank)).select_from(task if of_tasks else Instance)
            if shape.search == "words":
                rows = rows.join(Instance, Instance.id == task.instance_id) if of_tasks else rows
                rows = rows.join(Organisation, Organisation.id == Instance.organisation_id)
            parts.append(rows.where(source, *conditions, *stretch))
    return task, parts


@lru_cache(SHAPES)
def counts_of(tabs: tuple[str, ...], groups: int, with_organisation: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement that counts tabs, each as far as the limit lets through."""
    return select(*(count_of(Shape(tab, groups, with_organisation), tab) for tab in tabs))


def count_of(shape: Shape, name: str) -> ColumnElement[int]:
    """Return the count of what has a shape, as a column of that name: no order, so that it ends with the first enough."""
    _, parts = _parts(shape)
    rows = (union_all(*parts) if len(parts) > 1 else parts[0]).limit(bindparam("most")).subquery()
    return select(func.count()).select_from(rows).scalar_subquery().label(name)


@lru_cache(SHAPES)
def matching_tasks(shape: Shape) -> Select[*tuple[Any, ...]]:
    """Return the ids of what a group is offered and is asked for, unordered: as many as the limit lets through."""
    sources = [
        select(Task.id).where(source, *narrowed(shape, Task), *_between(shape, Task))
        for source in _offered(shape, Task)
    ]
    return select(union_all(*sources).subquery()).limit(bindparam("few"))


def _stretches(shape: Shape, task: Any) -> list[tuple[int, list[ColumnElement[bool]]]]:
    """Return the stretches of each source in the order of the page, with the rank of each.

    In the order of deadlines those come first that have one: both databases read one stretch of an index each.
    """
    if not shape.by_due:
        keys = _keys(shape, task, 0)
        beyond = [_beyond(shape.tab, keys[1], keys[0])] if shape.further else []
        return [(0, [*_between(shape, task), *beyond])]
    dated = [task.due_at.is_not(None), *_between(shape, task)]
    undated = [task.due_at.is_(None)]
    if shape.further == "dated":
        dated.append(_beyond_due(task))
    if shape.further == "undated":
        undated.append(_beyond(shape.tab, task.created_at, task.id))
    found = [(0, dated)] if shape.further != "undated" else []
    return found if shape.dated else [*found, (1, undated)]


def narrowed(shape: Shape, task: Any) -> list[ColumnElement[bool]]:
    """Return what the filters ask of a task."""
    conditions: dict[str, ColumnElement[bool]] = {
        "process": task.process_key == bindparam(f"{shape.mark}process"),
        "step": task.element_id == bindparam(f"{shape.mark}step"),
        "first": task.round == literal_column("1"),
        "again": task.round > literal_column("1"),
    }
    return [condition for name, condition in conditions.items() if name in shape.narrow]


def _between(shape: Shape, task: Any) -> list[ColumnElement[bool]]:
    if not shape.dated:
        return []
    first, last = (bindparam(f"{shape.mark}{name}", type_=UtcDateTime()) for name in ("due_after", "due_until"))
    # In the order of arrival the index of deadlines would find them all, to be sorted.
    due = task.due_at if shape.by_due else func.coalesce(task.due_at, task.due_at)
    return [due > first, due <= last]


def _keys(shape: Shape, task: Any, rank: int) -> tuple[Any, ...]:
    """Return what a row is found and ordered by: its id, an instant; for deadlines their rank and the deadline too."""
    if shape.tab == "mine":
        return Instance.id.label("id"), Instance.created_at.label("at")
    at = task.ended_at if shape.tab == "done" else task.created_at
    if not shape.by_due:
        return task.id.label("id"), at.label("at")
    return task.id.label("id"), at.label("at"), literal_column(str(rank)).label("rank"), task.due_at.label("due")


def _order(shape: Shape, found: Any) -> tuple[Any, ...]:
    if shape.tab in NEWEST_FIRST:
        return found.at.desc(), found.id.desc()
    return (found.rank, found.due, found.at, found.id) if shape.by_due else (found.at, found.id)


def _order_inside(shape: Shape, task: Any) -> tuple[Any, ...]:
    if shape.by_due:
        return task.due_at, task.created_at, task.id
    id_, at = (one.element for one in _keys(shape, task, 0))
    return (at.desc(), id_.desc()) if shape.tab in NEWEST_FIRST else (at, id_)


def _beyond(tab: str, at: Any, id_: Any) -> ColumnElement[bool]:
    """Return what lies behind the last row; the first comparison lets an index begin there."""
    at, id_ = getattr(at, "element", at), getattr(id_, "element", id_)
    last_at: Any = bindparam("last_at", type_=UtcDateTime())
    last_id: Any = bindparam("last_id", type_=Uuid())
    if tab in NEWEST_FIRST:
        return and_(at <= last_at, or_(at < last_at, id_ < last_id))
    return and_(at >= last_at, or_(at > last_at, id_ > last_id))


def _beyond_due(task: Any) -> ColumnElement[bool]:
    last_due: Any = bindparam("last_due", type_=UtcDateTime())
    return and_(
        task.due_at >= last_due, or_(task.due_at > last_due, _beyond("todo", task.created_at, task.id))
    )


def sources_of(shape: Shape, task: Any) -> list[ColumnElement[bool]]:
    """Return the parts of a tab, none of which overlap; each is one stretch of an index."""
    # Written out, so that the partial indexes of offered tasks are found.
    is_open = task.status == literal_column("'open'")
    in_groups = task.group_id.in_(bindparam("groups", expanding=True)) if shape.groups else false()
    own_side = (
        and_(task.group_id.is_(None), task.organisation_id == ORGANISATION)
        if shape.with_organisation
        else false()
    )
    match shape.tab:
        case "todo":
            held = and_(is_open, task.assignee_id == ACCOUNT, or_(in_groups, own_side))
            offered = and_(is_open, task.assignee_id.is_(None), own_side)
            return [held, offered] if shape.with_organisation else [held]
        case "claimable":
            # K15: what somebody of the applicant could never take is not offered to them; nor is what another
            # department signs to whoever signs for theirs
            belonging = select(Membership.organisation_id).where(Membership.account_id == ACCOUNT)
            may = and_(
                or_(task.signer.is_(None), not_(_signs_elsewhere(task))),
                task.applicant_id.not_in(belonging),
            )
            return [and_(offered, may) for offered in _offered(shape, task)]
        case "done":
            return [and_(task.ended_by == ACCOUNT, or_(in_groups, own_side))]
        case _:
            return [Instance.organisation_id == ORGANISATION if shape.with_organisation else false()]


def _offered(shape: Shape, task: Any) -> list[ColumnElement[bool]]:
    """Return what is offered to each group."""
    free = and_(task.status == literal_column("'open'"), task.assignee_id.is_(None))
    groups = [bindparam(f"group_{at}", type_=Uuid()) for at in range(shape.groups)]
    return [and_(task.group_id == group, free) for group in groups] or [false()]


def _signs_elsewhere(task: Any) -> ColumnElement[bool]:
    """Return whether the actor signs another part of the task that several departments sign."""
    other = aliased(Task)
    return exists().where(
        other.instance_id == task.instance_id,
        other.whole_key == task.whole_key,
        other.status.in_(("open", "completed")),
        or_(other.assignee_id == ACCOUNT, other.ended_by == ACCOUNT),
    )
