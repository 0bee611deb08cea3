"""The worker's look at what happened asks for papers: so a command never waits for one to be set."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.unit_of_work import UnitOfWork
from workflows.deployed import deployed
from workflows.events import Event
from workflows.papers.kinds import ISSUE_KIND, PaperKind, key_of

VERDICTS: Final = frozenset({"approve", "reject"})


def ask_for_papers(uow: UnitOfWork, instance: Any, step: Any, tasks: Sequence[Any]) -> None:
    """Ask for what a step of a case gives in writing: a receipt, a correction notice, a decision; each once.

    `step` has actions, at, seq and the tasks that were done; `tasks` are all of the case.
    """
    for kind, due_at in _wanted(uow, instance, step, tasks):
        payload = {"kind": str(kind), "about": step.seq, "at": step.at, "due_at": due_at}
        key = key_of(kind, step.seq)
        uow.jobs.put(ISSUE_KIND, f"{key}:{instance.id}", payload, uow.clock.now(), instance.id, key)


def _wanted(
    uow: UnitOfWork, instance: Any, step: Any, tasks: Sequence[Any]
) -> Iterator[tuple[PaperKind, datetime | None]]:
    if _is_first_hand_in(step.done, step.at, tasks):
        yield PaperKind.RECEIPT, None
    if Event.TASK_RETURNED in step.actions:
        opened = [one for one in tasks if one.group_id is None and one.created_at == step.at]
        if opened:  # it went back to the applicant
            yield PaperKind.CORRECTION, min((one.due_at for one in opened if one.due_at), default=None)
    if Event.INSTANCE_COMPLETED in step.actions and _is_verdict(uow, instance):
        yield PaperKind.DECISION, None


def _is_first_hand_in(done: set[UUID], at: datetime, tasks: Sequence[Any]) -> bool:
    own = [one for one in tasks if one.group_id is None and one.status == "completed" and one.ended_at]
    return any(one.id in done for one in own) and all(one.ended_at >= at for one in own)


def _is_verdict(uow: UnitOfWork, instance: Any) -> bool:
    ends = deployed(uow.session, instance.definition_id).package.manifest.ends
    return str(ends.get(instance.outcome or "")) in VERDICTS
