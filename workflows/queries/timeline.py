"""The history of a case as people read it: from the journal, with names, how long it took and what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from storage.actor import Actor
from storage.chain import instance_stream
from storage.models import Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.events import Event
from workflows.packages.manifest_tasks import OutcomeKind
from workflows.policy import may_read_names
from workflows.queries.names import names_of
from workflows.queries.reasons import reasons_of
from workflows.queries.signatures import tally_in, tally_view
from workflows.queries.submissions import Dossier, bare, marks_in, opinion_in, person
from workflows.queries.views import FieldMark, TimelineEntry

SHOWN: Final = frozenset(
    {
        Event.INSTANCE_STARTED,
        Event.TASK_COMPLETED,
        Event.TASK_SIGNER_ADDED,
        Event.TASK_SIGNER_REMOVED,
        Event.INSTANCE_WITHDRAWN,
        Event.INSTANCE_CANCELLED,
        Event.INSTANCE_EXPIRED,
        Event.TIMER_FIRED,
        Event.TIMER_MOVED,
        Event.INSTANCE_COMPLETED,
        Event.INSTANCE_FAILED,
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
    said = uow.personal.read(texts) if texts else {}
    signers = _signers(uow, actor, dossier, events)
    entries = []
    for event in events:
        action = event["details"].get("effect") or event["action"]
        if action in SHOWN or is_undrawn(event):
            entries.append(_entry(actor, dossier, event, action, said, signers))
        elif entries and (more := reasons_of(dossier.version, event, actor.language)):
            # what nobody reads a line about, such as a machine's work, decided something: it stands with the line before
            entries[-1] = replace(entries[-1], reasons=entries[-1].reasons + more)
    return tuple(entries)


def is_undrawn(event: dict[str, Any]) -> bool:
    """Tell whether an event is a return that nobody drew: it made a step of its own, a drawn one made none."""
    return event["action"] == Event.TASK_RETURNED and event["digest"] is not None


def _signers(
    uow: UnitOfWork, actor: Actor, dossier: Dossier, events: Sequence[dict[str, Any]]
) -> dict[str, str]:
    """Return what to call the signers who came and went, by what their events name; nobody to the applicant."""
    version = dossier.version
    named = {
        str(event["details"]["signer"]): version.at(event["task"]["element"])
        for event in events
        if event["details"].get("signer") and event["task"]
    }
    titles = {
        one: place.lane_title(one, actor.language)
        for one, place in named.items()
        if one in place.package.manifest.lanes
    }
    people = (
        {one: UUID(one) for one in named.keys() - titles.keys()} if may_read_names(actor, dossier.case) else {}
    )
    names = names_of(uow, people.values())
    return titles | {one: names.get(account_id, "") for one, account_id in people.items()}


def _entry(
    actor: Actor,
    dossier: Dossier,
    event: dict[str, Any],
    action: str,
    texts: dict[UUID, dict[str, Any]],
    signers: dict[str, str],
) -> TimelineEntry:
    version, language = dossier.version, actor.language
    task = dossier.task(event["task"]["id"] if event["task"] else None)
    element = task.element_id if task else event["details"].get("element")
    submission = dossier.submission(event["submission"])
    about = event["action"] in (Event.TASK_SIGNER_ADDED, Event.TASK_SIGNER_REMOVED)
    done = task if not about else None
    outcome = done.outcome if done else event["details"].get("outcome")
    said = opinion_in(submission) if submission else None
    marks = marks_in(version, submission, language) if submission else ()
    if event["details"].get("text"):
        kept = texts.get(UUID(event["details"]["text"]), {})
        said = kept.get("reason")
        marks = _kept_marks(version, event["details"], kept, language)
    verdict, kind = _verdict(version, event, done, language)
    ended = done.ended_at if done else None
    tally = tally_in(event, element) if task and task.signer and element else None
    title = version.title(element, language) if element else version.process_title(language)
    if action == Event.INSTANCE_COMPLETED and outcome:
        title = version.title(outcome, language)
    return TimelineEntry(
        seq=int(event["seq"]),
        action=action,
        at=event["at"],
        by=None if event["details"].get("effect") else _by(actor, dossier, event, task),
        lane=task.lane if task else None,
        lane_title=version.lane_title(task.element_id, task.lane, language) if task else "",
        element_id=element,
        title=title,
        round=task.round if task else 1,
        outcome=outcome,
        outcome_title=verdict,
        outcome_kind=kind,
        seconds=int((ended - done.created_at).total_seconds()) if done and ended else None,
        opinion=said,
        marks=marks,
        tally=tally_view(version, element, tally, language) if tally and element else None,
        signer=signers.get(str(event["details"].get("signer"))) if about else None,
        reasons=reasons_of(version, event, language),
    )


def _verdict(
    version: Deployed, event: dict[str, Any], task: Task | None, language: str
) -> tuple[str | None, str | None]:
    """Return title and kind of a task's outcome. A return that nobody drew has no title, whatever a drawn one is called."""
    if task is None:
        return None, None
    if is_undrawn(event):
        return None, str(OutcomeKind.RETURN)
    return (
        version.outcome_title(task.element_id, task.outcome, language),
        version.outcome_kind(task.element_id, task.outcome),
    )


def _kept_marks(
    version: Deployed, details: dict[str, Any], kept: dict[str, Any], language: str
) -> tuple[FieldMark, ...]:
    """Return the remarks that an event itself holds, beside the fields of the step to which the case went back."""
    marks = details.get("marks") or []
    if not marks:
        return ()
    place = version.at(details["to"])
    words, form = place.words(language), place.form.key if place.form else None
    return tuple(
        FieldMark(
            path,
            words.get(f"label.{form}.{bare(path)}") or path,
            str(kept.get(f"marks[{at}]") or ""),
        )
        for at, path in enumerate(marks)
    )


def _by(actor: Actor, dossier: Dossier, event: dict[str, Any], task: Any) -> Any:
    if event["actor"] is None or event["action"] in (Event.INSTANCE_COMPLETED, Event.INSTANCE_FAILED):
        return None
    shown = person(actor, dossier.version, dossier.case, dossier.names, task, event["actor"])
    return shown if shown.name else None


@dataclass(frozen=True, slots=True)
class Returned:
    """Why a task is open again: the remarks, what was said, the form they are about. `undrawn`: nobody drew the way."""

    marks: tuple[FieldMark, ...] = ()
    reason: str | None = None
    form: str | None = None
    undrawn: bool = False


def last_return(
    uow: UnitOfWork, actor: Actor, dossier: Dossier, events: Sequence[dict[str, Any]], tasks: Sequence[Task]
) -> Returned:
    """Return the newest return behind one of these open tasks, empty when there is none.

    A drawn one leads to the applicant, as long as nothing was handed in after it; one that nobody drew opened its task
    in the very step.
    """
    version = dossier.version
    prefixes = {version.at(task.element_id).prefix for task in tasks if task.group_id is None}
    for event in reversed(events):
        by = dossier.task(event["task"]["id"] if event["task"] else None)
        if is_undrawn(event):
            if opened := next((task for task in tasks if _opened(event, task)), None):
                return _undrawn(uow, actor, dossier, event, opened)
        elif by is None or version.at(by.element_id).prefix not in prefixes:
            continue  # of another part of the case: a called process has returns of its own
        elif event["action"] == Event.TASK_RETURNED:
            return _drawn(actor, dossier, event)
        elif event["action"] == Event.TASK_COMPLETED and by.group_id is None:
            prefixes.discard(version.at(by.element_id).prefix)
    return Returned()


def _opened(event: dict[str, Any], task: Task) -> bool:
    return task.element_id == event["details"]["to"] and any(
        entry["key"] == task.key for entry in event["marking"]
    )


def _undrawn(uow: UnitOfWork, actor: Actor, dossier: Dossier, event: dict[str, Any], task: Task) -> Returned:
    text_id = UUID(event["details"]["text"])
    kept = uow.personal.read([text_id]).get(text_id, {})
    return Returned(
        _kept_marks(dossier.version, event["details"], kept, actor.language),
        kept.get("reason"),
        dossier.version.element(task.element_id).properties.get("form"),
        undrawn=True,
    )


def _drawn(actor: Actor, dossier: Dossier, event: dict[str, Any]) -> Returned:
    submission = dossier.submission(event["submission"])
    if submission is None or submission.form is None:
        return Returned()
    marked = next((field.options_from for field in submission.form.walk() if field.options_from), None)
    return Returned(
        marks_in(dossier.version, submission, actor.language),
        opinion_in(submission),
        marked.removeprefix("fields:") if marked else None,
    )


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
