"""What an instance waits for beside its tasks, as rows: timers, and messages of others. Messages it throws are jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from storage import canonical
from storage.models import AwaitedMessage, Instance, Timer
from storage.unit_of_work import UnitOfWork
from workflows.engine import Advance, Opened
from workflows.engine import results as engine

MESSAGE_KIND: Final = "message"
FILL_IN: Final = "fill_in"
"""Kind and key of the row that is the term for handing in; keys of the engine are 32 hexadecimal digits."""
LONGEST_CORRELATION: Final = 500


@dataclass(slots=True)
class Waits:
    """What the steps of one command did to timers and messages; what came and went within it leaves no row."""

    timers: dict[str, engine.Timer] = field(default_factory=dict)
    messages: dict[str, engine.Message] = field(default_factory=dict)
    thrown: dict[str, engine.Message] = field(default_factory=dict)
    moved: dict[str, datetime] = field(default_factory=dict)
    no_timers: set[str] = field(default_factory=set)
    no_messages: set[str] = field(default_factory=set)
    next_due: datetime | None = None

    def take(self, step: Advance) -> None:
        """Add what a step did."""
        for timer in step.timers:
            if timer.change == "set":
                self.timers[timer.key] = timer
            elif timer.change == "moved":
                self.moved[timer.key] = timer.due
            elif self.timers.pop(timer.key, None) is None:
                self.no_timers.add(timer.key)
        for message in step.messages:
            if message.change == "awaited":
                self.messages[message.key] = message
            elif message.change == "thrown":
                self.thrown[message.key] = message
            elif self.messages.pop(message.key, None) is None:
                self.no_messages.add(message.key)
        self.next_due = step.next_due

    def keep(self, uow: UnitOfWork, instance: Instance) -> None:
        """Write it down, and when the instance is next due; an instance without timers and messages costs nothing."""
        for model, gone in ((Timer, self.no_timers), (AwaitedMessage, self.no_messages)):
            if gone:
                uow.session.execute(
                    delete(model)
                    .where(model.instance_id == instance.id, model.key.in_(gone))
                    .execution_options(synchronize_session=False)
                )
        for key, due in self.moved.items():
            uow.session.execute(
                update(Timer)
                .where(Timer.instance_id == instance.id, Timer.key == key)
                .values(due_at=due, lease_until=None)
                .execution_options(synchronize_session=False)
            )
        for timer in self.timers.values():
            said = timer.request
            uow.session.add(
                Timer(
                    instance_id=instance.id,
                    key=timer.key,
                    element_id=timer.element_id,
                    host=timer.host,
                    interrupting=timer.interrupting,
                    due_at=timer.due,
                    form=said and said.form,
                    text=said and said.text,
                    since=said and said.since,
                    working=said is not None and said.working and said.form != "date",
                )
            )
        for message in self.messages.values():
            uow.session.add(
                AwaitedMessage(
                    instance_id=instance.id,
                    key=message.key,
                    element_id=message.element_id,
                    name=message.name,
                    correlation=correlation_text(message.correlation),
                )
            )
        for message in self.thrown.values():
            uow.jobs.put(
                MESSAGE_KIND,
                f"{instance.id}:{message.key}",
                {"message": message.name, "correlation": message.correlation, "values": message.values},
                uow.clock.now(),
                instance_id=instance.id,
                task_key=message.key,
            )
        if instance.status != "active":
            instance.next_due_at = None
        else:
            _note_due(uow, instance, self.next_due)


def _note_due(uow: UnitOfWork, instance: Instance, engine_due: datetime | None) -> None:
    dues = [due for due in (engine_due, instance.fill_in_until) if due is not None]
    if not dues or min(dues) > uow.clock.now():
        instance.next_due_at = min(dues, default=None)
    else:
        put_next_due(uow, instance)  # one that is due still, or one that failed and stops nobody but its task


def foresee(instance: Instance, step: Advance, now: datetime) -> None:
    """Let the row say already when it is next due, as far as a step alone tells: so it is written once.

    The term for handing in is over when its task closes. Its timer row goes later: it means nothing without the term.
    """
    if any(closed.key == instance.fill_in_key for closed in step.closed):
        instance.fill_in_key = instance.fill_in_until = None
    dues = [due for due in (step.next_due, instance.fill_in_until) if due is not None]
    if instance.status == "active" and min(dues, default=now) > now:
        instance.next_due_at = min(dues)
    elif not dues:
        instance.next_due_at = None


def set_term(
    uow: UnitOfWork, instance: Instance, element_id: str, host: str, due: datetime, text: str
) -> None:
    """Set the term for handing in: when it is over and the task `host` is open still, the case expires."""
    uow.session.add(
        Timer(
            instance_id=instance.id,
            key=FILL_IN,
            kind=FILL_IN,
            element_id=element_id,
            host=host,
            interrupting=True,
            due_at=due,
            form="duration",
            text=text,
            since=uow.clock.now(),
        )
    )
    instance.fill_in_key, instance.fill_in_until = host, due
    instance.next_due_at = min(due, instance.next_due_at or due)


def first_due(uow: UnitOfWork, instance: Instance, opened: Opened, waits: Waits) -> datetime | None:
    """Return when the earliest timer on a task that has just opened is due; None without one.

    A part of a countersigned task has the timers of the whole, which may have been set by an earlier command.
    """
    dues = [timer.due for timer in waits.timers.values() if timer.host in (opened.key, opened.owner)]
    if opened.owner is not None and not dues:
        return uow.session.scalar(
            select(func.min(Timer.due_at)).where(Timer.instance_id == instance.id, Timer.host == opened.owner)
        )
    return min(dues, default=None)


def put_next_due(uow: UnitOfWork, instance: Instance) -> None:
    """Let the row say when its earliest timer is due, those aside that failed or that mean nothing any more."""
    uow.session.flush()
    if instance.status != "active":
        instance.next_due_at = None
        return
    earliest = select(func.min(Timer.due_at)).where(
        Timer.instance_id == instance.id, Timer.failed_at.is_(None)
    )
    if instance.fill_in_key is None:
        earliest = earliest.where(Timer.kind != FILL_IN)
    instance.next_due_at = uow.session.scalar(earliest)


def again(uow: UnitOfWork, instance: Instance, key: str) -> int:
    """Let a timer that failed fire once more; return how many there are."""
    mended = uow.session.execute(
        update(Timer)
        .where(Timer.instance_id == instance.id, Timer.key == key, Timer.failed_at.is_not(None))
        .values(failed_at=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    count = int(mended.rowcount)  # type: ignore[attr-defined]
    put_next_due(uow, instance)
    return count


def drop_waits(uow: UnitOfWork, instance: Instance) -> None:
    """Forget every timer and message of an instance that was ended."""
    for model in (Timer, AwaitedMessage):
        uow.session.execute(
            delete(model).where(model.instance_id == instance.id).execution_options(synchronize_session=False)
        )
    instance.next_due_at = instance.fill_in_key = instance.fill_in_until = None


def correlation_text(value: Any) -> str:
    """Return the text by which a correlation value is found; of a long one its hash."""
    text = canonical.encode_text(value)
    return text if len(text) <= LONGEST_CORRELATION else sha256(text.encode()).hexdigest()
