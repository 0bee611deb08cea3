"""The term for handing in: an application that nobody handed in by `fill_in_days` expires."""

from typing import Final

from sqlalchemy import Delete, delete, select, update

from storage.models import Instance, Task, Timer
from storage.unit_of_work import UnitOfWork
from workflows.commands.ending import end_case
from workflows.commands.steps import Moved
from workflows.commands.waits import FILL_IN, put_next_due, set_term
from workflows.deployed import Deployed
from workflows.instants import end_of_day_after

OUTCOME: Final = "expired"


def begin_term(uow: UnitOfWork, version: Deployed, instance: Instance, moved: Moved) -> None:
    """Set the term of a case that has just begun: it is for the first task of the applicant that is open now.

    A case that begins with others has none. Completing that task ends the term; rounds of correction have none.
    """
    opened = moved.opened.values()
    first = next((one for one in opened if version.at(one.element_id).is_starter(one.lane or "")), None)
    if first is None:
        return
    days = version.package.manifest.fill_in_days
    due = end_of_day_after(uow.clock.now(), days)
    set_term(uow, instance, first.element_id, first.key, due, f"P{days}D")
    uow.session.flush()
    uow.session.execute(
        update(Task)
        .where(Task.instance_id == instance.id, Task.key == first.key)
        .where(Task.due_at.is_(None) | (Task.due_at > due))
        .values(due_at=due)
        .execution_options(synchronize_session="fetch")
    )


def expire(uow: UnitOfWork, version: Deployed, instance: Instance, term: Timer) -> None:
    """End a case whose term is over; where its task has closed meanwhile, only the row goes."""
    if instance.fill_in_key == term.host:
        details = {"key": FILL_IN, "element": term.element_id, "due": term.due_at}
        end_case(uow, version, instance, OUTCOME, details)
    else:
        uow.session.delete(term)
        put_next_due(uow, instance)


def forget_ended_terms() -> Delete:
    """Delete the rows of terms that are over because something was handed in; the worker's housekeeping runs it."""
    running = select(Instance.id).where(Instance.fill_in_key.is_not(None))
    return (
        delete(Timer)
        .where(Timer.kind == FILL_IN, Timer.instance_id.not_in(running))
        .execution_options(synchronize_session=False)
    )
