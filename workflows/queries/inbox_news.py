"""What is new about rows of the inbox: what the applicant changed, and that somebody was added to sign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from storage import canonical
from storage.chain import instance_stream
from storage.models import Event as EventRow
from storage.unit_of_work import UnitOfWork
from workflows.events import Event

MOVES: Final = (Event.TASK_CORRECTED, Event.TASK_RETURNED, Event.TASK_SIGNER_ADDED)


@dataclass(frozen=True, slots=True)
class News:
    """Places changed since the step saw the case last, None where it did not come back; and whether a signer was added."""

    changed: int | None = None
    added: bool = False


def news_of(uow: UnitOfWork, tasks: Sequence[Any]) -> Mapping[UUID, News]:
    """Return the news of open tasks by id: one statement, and none where no case came back and nobody signs."""
    told = [task for task in tasks if task.group_id is not None and (task.round > 1 or task.signer is not None)]
    if not told:
        return {}
    rows = uow.session.execute(
        select(EventRow.stream, EventRow.action, EventRow.at, EventRow.body)
        .where(
            EventRow.stream.in_(sorted({instance_stream(task.instance_id) for task in told})),
            EventRow.action.in_([str(one) for one in MOVES]),
        )
        .order_by(EventRow.stream, EventRow.seq)
    ).all()
    streams: dict[str, list[Any]] = {}
    for row in rows:
        streams.setdefault(row.stream, []).append(row)
    return {task.id: _news(task, streams.get(instance_stream(task.instance_id), ())) for task in told}


def _news(task: Any, moves: Sequence[Any]) -> News:
    came = [row for row in moves if row.action != Event.TASK_SIGNER_ADDED and row.at <= task.created_at]
    changed = None
    if task.round > 1 and came and came[-1].action == Event.TASK_CORRECTED:
        said = canonical.decode(came[-1].body)["details"]
        changed = int(said["since"].get(task.element_id, len(said["places"])))
    added = task.signer is not None and any(
        (said["key"], said["signer"]) == (task.whole_key, task.signer)
        for said in (
            canonical.decode(row.body)["details"] for row in moves if row.action == Event.TASK_SIGNER_ADDED
        )
    )
    return News(changed, added)
