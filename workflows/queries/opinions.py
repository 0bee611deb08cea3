"""What somebody wrote lately with the same verdict: offered again, read from where it is kept and from nowhere else."""

from typing import Final

from sqlalchemy import select

from storage.actor import Actor
from storage.models import PersonalValue, Subject, Submission, Task
from storage.unit_of_work import UnitOfWork

LATELY: Final = 200
"""Among so many of the reader's last tasks."""
MOST: Final = 5


def own_opinions(
    uow: UnitOfWork, actor: Actor, process_key: str, element_id: str, outcome: str, path: str
) -> tuple[str, ...]:
    """Return what the reader wrote into a text area of a step with an outcome: the last 5 texts, each once; one statement.

    Whatever is written into a text area is personal to its author, so it goes with them.
    """
    lately = (
        select(Task.id)
        .where(Task.ended_by == actor.account_id)
        .order_by(Task.ended_at.desc(), Task.id.desc())
        .limit(LATELY)
        .subquery()
    )
    rows = uow.session.execute(
        select(PersonalValue.subject_id, PersonalValue.ciphertext, Subject.wrapped_key)
        .join(Submission, Submission.id == PersonalValue.owner_id)
        .join(Task, Task.id == Submission.task_id)
        .join(lately, lately.c.id == Task.id)
        .join(Subject, Subject.id == PersonalValue.subject_id)
        .where(
            PersonalValue.path == path,
            Subject.wrapped_key.is_not(None),
            Task.process_key == process_key,
            Task.element_id == element_id,
            Task.outcome == outcome,
        )
        .order_by(Submission.created_at.desc(), Submission.id.desc())
    )
    found: dict[str, None] = {}
    for row in rows:
        found[str(uow.personal.open_with(row.subject_id, row.wrapped_key or b"", row.ciphertext))] = None
        if len(found) == MOST:
            break
    return tuple(found)
