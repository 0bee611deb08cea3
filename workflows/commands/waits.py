"""What an instance waits for beside its tasks, as rows: timers, and messages of others. Messages it throws are jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from storage import canonical
from storage.models import AwaitedMessage, Instance, Timer
from storage.unit_of_work import UnitOfWork
from workflows.engine import Advance
from workflows.engine import results as engine

MESSAGE_KIND: Final = "message"
LONGEST_CORRELATION: Final = 500


@dataclass(slots=True)
class Waits:
    """What the steps of one command did to timers and messages; what came and went within it leaves no row."""

    timers: dict[str, engine.Timer] = field(default_factory=dict)
    messages: dict[str, engine.Message] = field(default_factory=dict)
    thrown: dict[str, engine.Message] = field(default_factory=dict)
    no_timers: set[str] = field(default_factory=set)
    no_messages: set[str] = field(default_factory=set)
    next_due: datetime | None = None

    def take(self, step: Advance) -> None:
        """Add what a step did."""
        for timer in step.timers:
            if timer.change == "set":
                self.timers[timer.key] = timer
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
        for timer in self.timers.values():
            uow.session.add(
                Timer(
                    instance_id=instance.id,
                    key=timer.key,
                    element_id=timer.element_id,
                    host=timer.host,
                    interrupting=timer.interrupting,
                    due_at=timer.due,
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
        if self.next_due is None or instance.status != "active":
            instance.next_due_at = None
        elif self.next_due > uow.clock.now():
            instance.next_due_at = self.next_due
        else:
            put_next_due(
                uow, instance
            )  # one that is due still, or one that failed and stops nobody but its task


def put_next_due(uow: UnitOfWork, instance: Instance) -> None:
    """Let the row say when its earliest timer is due, those aside that failed."""
    uow.session.flush()
    instance.next_due_at = (
        uow.session.scalar(
            select(func.min(Timer.due_at)).where(Timer.instance_id == instance.id, Timer.failed_at.is_(None))
        )
        if instance.status == "active"
        else None
    )


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
    instance.next_due_at = None


def correlation_text(value: Any) -> str:
    """Return the text by which a correlation value is found; of a long one its hash."""
    text = canonical.encode_text(value)
    return text if len(text) <= LONGEST_CORRELATION else sha256(text.encode()).hexdigest()
