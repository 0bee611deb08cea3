"""Timers that are due: each fires in a transaction of its own, before any command of its instance (rules 8 and 15)."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import select

from storage.actor import SYSTEM
from storage.errors import DueTimer, StorageError
from storage.models import Incident, Instance, Timer
from storage.unit_of_work import UnitOfWork
from workflows.commands.deadlines import move_timers
from workflows.commands.quarantine import quarantines
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.terms import expire
from workflows.commands.waits import FILL_IN, put_next_due
from workflows.deployed import deployed
from workflows.engine import Fire, NotOpen
from workflows.errors import DomainError
from workflows.events import Event

P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger(__name__)

TRIES: Final = 3
AT_ONCE: Final = 100
"""A repeating timer that was missed this often is left to the next round."""


def after_due_timers(command: Callable[P, R]) -> Callable[P, R]:
    """Let what is due happen before a command: roll back, fire, begin again; after three tries DueTimer stands."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES):
            try:
                return command(*args, **kwargs)
            except DueTimer as due:
                uow = args[0] if args else kwargs["uow"]
                assert isinstance(uow, UnitOfWork)  # noqa: S101 - the first argument of every command
                fire_due(uow, due.instance_id)
        return command(*args, **kwargs)

    return run


@quarantines
def fire_due(uow: UnitOfWork, instance_id: UUID) -> int:
    """Fire the due timers of an instance, the earliest first; return how many.

    One that cannot be carried out opens an incident and stops nobody but its own task. Raises StateDamaged, NotFound.
    """
    fired = 0
    for _ in range(AT_ONCE):
        key: list[str] = []
        try:
            if not _fire_next(uow, instance_id, key):
                break
        except StorageError:
            raise
        except Exception as trouble:  # whatever it is, the others of this case and of other cases go on
            if not key:
                raise
            log.warning("timer %s of %s failed: %s", key[0], instance_id, type(trouble).__name__)
            _set_aside(uow, instance_id, key[0], trouble)
        fired += 1
    return fired


def _fire_next(uow: UnitOfWork, instance_id: UUID, key: list[str]) -> bool:
    """Fire the earliest due timer and say in `key` which one it is; return False when none is due."""
    with uow.begin(SYSTEM) as done:
        instance = uow.lock_instance(instance_id, even_if_due=True)
        timer = _earliest(uow, instance)
        if timer is None:
            put_next_due(uow, instance)
            return done(False)
        key.append(timer.key)
        details = {"key": timer.key, "element": timer.element_id, "due": timer.due_at}
        version = deployed(uow.session, instance.definition_id)
        if timer.kind == FILL_IN:
            expire(uow, version, instance, timer)
            return done(True)
        if move_timers(uow, version, instance, [timer]):  # the calendar has changed since: it is not due yet
            return done(True)
        try:
            step = run_step(uow, version, instance, Fire(timer.key))
        except NotOpen:  # the engine does not know it: a row without meaning
            uow.session.delete(timer)
            put_next_due(uow, instance)
            return done(True)
        keep_step(uow, instance, step, Event.TIMER_FIRED, definition_sha256=version.sha256, details=details)
        uow.session.expunge(timer)  # its row goes with what the step says
        apply_step(uow, version, instance, step)
        return done(True)


def _earliest(uow: UnitOfWork, instance: Instance) -> Timer | None:
    if instance.status != "active" or instance.quarantined_at is not None:
        return None
    return uow.session.scalar(
        select(Timer)
        .where(Timer.instance_id == instance.id, Timer.failed_at.is_(None), Timer.due_at <= uow.clock.now())
        .order_by(Timer.due_at, Timer.key)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _set_aside(uow: UnitOfWork, instance_id: UUID, key: str, trouble: Exception) -> None:
    """Mark a timer that could not be carried out, and tell operators once."""
    code = (
        getattr(trouble, "code", type(trouble).__name__)
        if isinstance(trouble, DomainError)
        else type(trouble).__name__
    )
    why = " ".join(str(part) for part in (code, getattr(trouble, "params", {}).get("why", "")) if part)
    with uow.begin(SYSTEM):
        instance = uow.lock_instance(instance_id, even_if_due=True)
        timer = uow.session.get(Timer, (instance_id, key), populate_existing=True)
        if timer is None or timer.failed_at is not None:
            return
        timer.failed_at = uow.clock.now()
        put_next_due(uow, instance)
        incident = Incident(
            id=uow.ids.new(),
            instance_id=instance_id,
            task_key=key,
            kind="timer_failed",
            message=f"{timer.element_id}: {why}"[:500],
            opened_at=uow.clock.now(),
        )
        uow.session.add(incident)
        details = {"instance": instance_id, "incident": incident.id, "why": incident.message}
        uow.journal.record(Event.INCIDENT_OPENED, stream="system", details=details)
