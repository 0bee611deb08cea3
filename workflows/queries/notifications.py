"""Notices of the reader, and the count that the bar shows. What has become invisible meanwhile is not there (K15)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Instance, Notification, NotificationPreference, Organisation, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed, deployed
from workflows.notices.kinds import Channel, Kind, Mode, default_mode
from workflows.notices.recipients import visible_to
from workflows.queries.cursors import read_cursor, write_cursor
from workflows.queries.inbox import MOST, inbox_counts, who
from workflows.queries.views import BadgeView, NoticeView, Page

ROWS: Final = (
    select(
        Notification, Instance.number, Instance.definition_id, Instance.status, Instance.outcome, Organisation.name,
        Task.element_id, Task.due_at, Task.status.label("task_status"), Task.outcome.label("task_outcome"),
    )
    .join(Instance, Instance.id == Notification.instance_id)
    .join(Organisation, Organisation.id == Instance.organisation_id)
    .outerjoin(Task, Task.id == Notification.task_id)
)  # fmt: skip


def notices(
    uow: UnitOfWork, actor: Actor, *, unread: bool = False, after: str | None = None, limit: int = 30
) -> Page[NoticeView]:
    """Return the notices of the actor for the organisation acted for, the newest first; three statements.

    Raises FieldInvalid for a foreign cursor.
    """
    limit = max(1, min(limit, MOST))
    wanted = ROWS.where(*_of(actor, unread=unread))
    order = (Notification.created_at, Notification.id)
    if after:
        wanted = wanted.where(tuple_(*order) < tuple_(*read_cursor(after, datetime, UUID)))
    rows = uow.session.execute(wanted.order_by(*(one.desc() for one in order)).limit(limit + 1)).all()
    shown = rows[:limit]
    last = shown[-1].Notification if len(rows) > limit else None
    following = write_cursor(last.created_at, last.id) if last else None
    return Page(tuple(notice_views(uow, shown, actor.language)), following)


def read_notice(uow: UnitOfWork, actor: Actor, notification_id: UUID) -> NoticeView:
    """Return one notice of the actor. Raises NotFound."""
    row = uow.session.execute(ROWS.where(*_of(actor), Notification.id == notification_id)).first()
    if row is None:
        raise NotFound(kind="notification", id=notification_id)
    return notice_views(uow, [row], actor.language)[0]


def badge(uow: UnitOfWork, actor: Actor) -> BadgeView:
    """Count work to do and notices not read, in one statement."""
    rows = (
        select(Notification.id)
        .join(Instance, Instance.id == Notification.instance_id)
        .where(*_of(actor, unread=True))
        .limit(MOST)
        .subquery()
    )
    unread = select(func.count()).select_from(rows).scalar_subquery()
    row = uow.session.execute(inbox_counts(actor, ("todo",)).add_columns(unread.label("unread")), who(actor)).one()
    return BadgeView(row.todo, row.unread)


def preferences(uow: UnitOfWork, actor: Actor) -> dict[Kind, dict[Channel, Mode]]:
    """Return how the actor is told of each kind over each channel, by choice or unless they say otherwise."""
    own = select(NotificationPreference).where(NotificationPreference.account_id == actor.account_id)
    chosen = {(row.kind, row.channel): Mode(row.mode) for row in uow.session.scalars(own)}
    return {
        kind: {channel: chosen.get((kind, channel)) or default_mode(kind, channel) for channel in Channel} for kind in Kind
    }


def rows_for(account_id: UUID, notification_ids: Sequence[UUID] | Select[Any]) -> Select[*tuple[Any, ...]]:
    """Return the rows of some notices of an account, the oldest first, as far as it may still see their cases."""
    return (
        ROWS.where(Notification.id.in_(notification_ids), Notification.account_id == account_id, visible_to(account_id))
        .order_by(Notification.created_at, Notification.id)
    )  # fmt: skip


def _of(actor: Actor, *, unread: bool = False) -> list[ColumnElement[bool]]:
    assert actor.account_id is not None  # noqa: S101 - the system reads no notices
    conditions = [
        Notification.account_id == actor.account_id,
        Notification.organisation_id == actor.organisation_id,
        Notification.in_app.is_(True),
        visible_to(actor.account_id),
    ]
    return [*conditions, Notification.read_at.is_(None)] if unread else conditions


def notice_views(uow: UnitOfWork, rows: Sequence[Any], language: str) -> list[NoticeView]:
    """Return rows as a reader of a language sees them."""
    return [_view(row, deployed(uow.session, row.definition_id), language) for row in rows]


def _view(row: Any, version: Deployed, language: str) -> NoticeView:
    notice: Notification = row.Notification
    element: str | None = row.element_id
    if element is not None:
        outcome_title = version.outcome_title(element, row.task_outcome, language)
    else:
        ended = row.outcome is not None and row.status != "cancelled"
        outcome_title = version.title(row.outcome, language) if ended else None
    title, text = _words(version, notice.kind, element, language)
    return NoticeView(
        id=notice.id,
        kind=notice.kind,
        instance_id=notice.instance_id,
        task_id=notice.task_id,
        number=row.number,
        process_title=version.process_title(language),
        step_title=version.title(element, language) if element else "",
        applicant=row.name,
        status=row.status,
        outcome=row.outcome,
        outcome_title=outcome_title,
        due_at=row.due_at,
        is_open=row.task_status == "open",
        created_at=notice.created_at,
        read_at=notice.read_at,
        title=title,
        text=text,
    )


def _words(version: Deployed, kind: str, element: str | None, language: str) -> tuple[str, str]:
    """Return what the package says: of this step, else of this kind."""
    place = version.at(element) if element else None
    words = place.words(language) if place else version.words(language)
    for key in ([f"notification.{kind}.{place.local}"] if place else []) + [f"notification.{kind}"]:
        if f"{key}.title" in words:
            return words[f"{key}.title"], words.get(f"{key}.text", "")
    return "", ""
