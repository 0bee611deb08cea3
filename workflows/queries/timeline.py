"""The history of a case as people read it: from the journal, with names, how long it took and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from storage.actor import Actor
from storage.chain import instance_stream
from storage.unit_of_work import UnitOfWork
from workflows.events import Event
from workflows.queries.submissions import Dossier, marks_in, opinion_in, person
from workflows.queries.views import FieldMark, TimelineEntry

SHOWN: Final = frozenset(
    {
        Event.INSTANCE_STARTED,
        Event.TASK_COMPLETED,
        Event.INSTANCE_WITHDRAWN,
        Event.INSTANCE_CANCELLED,
        Event.INSTANCE_COMPLETED,
        Event.PAYMENT_ORDER_OPENED,
        Event.PAYMENT_ORDER_CONFIRMED,
        Event.PAYMENT_ORDER_HELD,
        Event.PAYMENT_ORDER_REFUNDED,
        Event.PAYMENT_ORDER_RELEASED,
    }
)


@dataclass(frozen=True, slots=True)
class Passed:
    """Where a case has been on its diagram: live elements, elements left, flows taken."""

    marking: tuple[dict[str, Any], ...]
    done: tuple[str, ...]
    flows: tuple[str, ...]


def events_of(uow: UnitOfWork, instance_id: UUID) -> list[dict[str, Any]]:
    """Read the events of a case."""
    return uow.journal.read(instance_stream(instance_id))


def timeline(
    uow: UnitOfWork, actor: Actor, dossier: Dossier, events: Sequence[dict[str, Any]]
) -> tuple[TimelineEntry, ...]:
    """Return the lines of the history, the oldest first."""
    texts = [UUID(event["details"]["text"]) for event in events if event["details"].get("text")]
    reasons = uow.personal.read(texts) if texts else {}
    entries = []
    for event in events:
        action = event["details"].get("effect") or event["action"]
        if action in SHOWN:
            entries.append(_entry(actor, dossier, event, action, reasons))
    return tuple(entries)


def _entry(
    actor: Actor, dossier: Dossier, event: dict[str, Any], action: str, reasons: dict[UUID, dict[str, Any]]
) -> TimelineEntry:
    version, language = dossier.version, actor.language
    task = dossier.task(event["task"]["id"] if event["task"] else None)
    element = task.element_id if task else event["details"].get("element")
    submission = dossier.submission(event["submission"])
    outcome = task.outcome if task else event["details"].get("outcome")
    said = opinion_in(submission) if submission else None
    if event["details"].get("text"):
        said = reasons.get(UUID(event["details"]["text"]), {}).get("reason")
    ended = task.ended_at if task else None
    title = version.title(element, language) if element else version.process_title(language)
    if action == Event.INSTANCE_COMPLETED and outcome:
        title = version.title(outcome, language)
    return TimelineEntry(
        seq=int(event["seq"]),
        action=action,
        at=event["at"],
        by=None if event["details"].get("effect") else _by(actor, dossier, event, task),
        lane=task.lane if task else None,
        lane_title=version.lane_title(task.lane, language) if task else "",
        element_id=element,
        title=title,
        round=task.round if task else 1,
        outcome=outcome,
        outcome_title=version.outcome_title(task.element_id, outcome, language) if task else None,
        outcome_kind=version.outcome_kind(task.element_id, outcome) if task else None,
        seconds=int((ended - task.created_at).total_seconds()) if task and ended else None,
        opinion=said,
        marks=marks_in(version, submission, language) if submission else (),
    )


def _by(actor: Actor, dossier: Dossier, event: dict[str, Any], task: Any) -> Any:
    if event["actor"] is None or event["action"] == Event.INSTANCE_COMPLETED:
        return None
    shown = person(actor, dossier.version, dossier.case, dossier.names, task, event["actor"])
    return shown if shown.name else None


def last_return(
    actor: Actor, dossier: Dossier, events: Sequence[dict[str, Any]]
) -> tuple[tuple[FieldMark, ...], str | None, str | None]:
    """Return marks, opinion and the marked form of the newest return, empty when nothing was handed in after it."""
    for event in reversed(events):
        task = dossier.task(event["task"]["id"] if event["task"] else None)
        if event["action"] == Event.TASK_RETURNED:
            submission = dossier.submission(event["submission"])
            if submission is None or submission.form is None:
                return (), None, None
            marked = next(
                (field.options_from for field in submission.form.walk() if field.options_from), None
            )
            form = marked.removeprefix("fields:") if marked else None
            return marks_in(dossier.version, submission, actor.language), opinion_in(submission), form
        if event["action"] == Event.TASK_COMPLETED and task is not None and task.group_id is None:
            break
    return (), None, None


def passed(events: Sequence[dict[str, Any]]) -> Passed:
    """Return the present marking and the way there."""
    marking: list[dict[str, Any]] = []
    left: dict[str, None] = {}
    flows: dict[str, None] = {}
    for event in events:
        if event["marking"] is not None:
            marking = event["marking"]
        for entry in event["trail"]:
            if entry["kind"] == "left" and not entry["values"].get("cancelled"):
                left[entry["element_id"]] = None
            elif entry["kind"] == "flow" and entry["flow_id"]:
                flows[entry["flow_id"]] = None
    return Passed(tuple(marking), tuple(left), tuple(flows))
