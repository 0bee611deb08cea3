"""What an applicant changed when a task is handed in again: counted once, when it is, for lists that are read often."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from storage import canonical
from storage.chain import instance_stream
from storage.models import Attachment, Instance, Submission, Task
from storage.models import Event as EventRow
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.events import Event
from workflows.forms.differences import changed_places
from workflows.queries.submissions import place

MOST: Final = 100
"""So many places are named at most: a list says 99+."""


def record_correction(
    uow: UnitOfWork, version: Deployed, task: Task, instance: Instance, submission_id: UUID | None
) -> None:
    """Say in an event of its own what differs from the time before, and since each step was completed last.

    Nothing is said of a first time, or of a task of staff. Places are paths; no value is in them.
    """
    form = version.form_of(task.element_id)
    if form is None or task.round == 1 or task.group_id is not None:
        return
    rows = uow.session.execute(
        select(Submission.id, Submission.answers)
        .where(Submission.instance_id == instance.id, Submission.element_id == task.element_id)
        .order_by((Submission.id == submission_id).desc(), Submission.created_at.desc(), Submission.id.desc())
        .limit(2)
    ).all()
    if len(rows) < 2:
        return
    personal = uow.personal.read([row.id for row in rows])
    now, was = (_whole(row.answers, personal.get(row.id, {})) for row in rows)
    files = uow.session.execute(
        select(Attachment.id, Attachment.sha256).where(
            Attachment.instance_id == instance.id, Attachment.status == "committed"
        )
    )
    contents = {str(row.id): row.sha256 or str(row.id) for row in files}
    places = list(changed_places(form.fields, now, was, contents))
    since = _since(uow, instance, places) if task.round > 2 else {}
    uow.journal.record(
        Event.TASK_CORRECTED,
        instance=instance,
        task=task,
        definition_sha256=version.sha256,
        submission_id=submission_id,
        details={"places": places[:MOST], "since": since},
    )


def _whole(text: str, personal: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = canonical.decode(text)
    for path, value in sorted(personal.items()):
        place(answers, path, value)
    return answers


def _since(uow: UnitOfWork, instance: Instance, places: list[str]) -> dict[str, int]:
    """Return by step how many places differ since it was completed last, where more than one correction lies between."""
    ended = uow.session.execute(
        select(Task.element_id, func.max(Task.ended_at).label("at"))
        .where(Task.instance_id == instance.id, Task.ended_by.is_not(None), Task.group_id.is_not(None))
        .group_by(Task.element_id)
    ).all()
    earlier = uow.session.execute(
        select(EventRow.at, EventRow.body).where(
            EventRow.stream == instance_stream(instance), EventRow.action == str(Event.TASK_CORRECTED)
        )
    ).all()
    made = [(row.at, canonical.decode(row.body)["details"]["places"]) for row in earlier]
    found = {}
    for step in ended:
        whole = set(places).union(*(paths for at, paths in made if at > step.at))
        if len(whole) != len(places):
            found[step.element_id] = min(len(whole), MOST)
    return found
