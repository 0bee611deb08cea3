"""What every command that moves a process shares: run the engine, write the event, follow what opened and closed.

Row handlers run here, inside the command's transaction; each of their results is a further step of the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update

from storage.journal import as_recorded
from storage.models import Instance, LaneBinding, PaymentOrder, Task
from storage.state import put_state
from storage.unit_of_work import UnitOfWork
from workflows import engine
from workflows.commands.facts import read_facts
from workflows.commands.waits import Waits
from workflows.deployed import Deployed
from workflows.engine import Advance, Complete, Correlate, EngineError, FactsMissing, NotOpen, Opened
from workflows.engine.errors import Fault
from workflows.engine.results import Command
from workflows.errors import (
    HandlerRefused,
    LaneUnbound,
    MessageAmbiguous,
    MessageNotAwaited,
    StepFailed,
    TimerFailed,
)
from workflows.events import Event
from workflows.handlers import HANDLERS, Call, Effect
from workflows.unused_files import let_go

MAX_STEPS: Final = 100
MAX_QUESTIONS: Final = 20
OUTSIDE_KIND: Final = "handler:"


@dataclass(slots=True)
class Moved:
    """Where a command has brought the process: tasks that opened, services that wait, and how it ended, if so."""

    opened: dict[str, Opened] = field(default_factory=dict)
    waiting: dict[str, Opened] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    waits: Waits = field(default_factory=Waits)
    ended: bool = False
    end_event: str | None = None
    error: str | None = None


def step_seed(uow: UnitOfWork) -> str:
    """Draw the seed from which the engine makes the keys of one step."""
    return str(uow.ids.new())


def run_step(uow: UnitOfWork, version: Deployed, instance: Instance, command: Command) -> Advance:
    """Run one step from the kept state; the row is not changed.

    Raises StepFailed, after which everything rolls back and an incident is opened; NotOpen; TimerFailed.
    """
    seed = step_seed(uow)
    if isinstance(
        command, Complete | Correlate
    ):  # as the event will give it back: replay makes the same bytes
        command = replace(command, values=as_recorded(command.values))

    def attempt(facts: Mapping[str, object]) -> Advance | FactsMissing:
        definition, now = version.package.definition, uow.clock.now()
        return engine.advance(definition, instance.state, command, now=now, seed=seed, facts=facts)

    key = getattr(command, "key", None)
    return complete_step(uow, version, instance, attempt, stored=True, task_key=key)


def complete_step(
    uow: UnitOfWork,
    version: Deployed,
    instance: Instance,
    attempt: Callable[[Mapping[str, object]], Advance | FactsMissing],
    *,
    stored: bool = False,
    task_key: str | None = None,
) -> Advance:
    """Run a step; when it asks for facts, read them under the lock and run it again from the start (rule 14).

    An answer may open the way to the next question. `stored` is False for an instance that is only beginning. Raises
    StepFailed, after which everything rolls back and an incident is opened; NotOpen; TimerFailed when a deadline is
    in the way that could not be carried out; HandlerRefused when the step asks for a fact that nobody knows.
    """
    instance_id = instance.id if stored else None
    facts: dict[str, object] = {}
    for _ in range(MAX_QUESTIONS):
        try:
            result = attempt(facts)
        except NotOpen:  # for the late result of a service task this is no trouble
            raise
        except EngineError as trouble:
            _translate(trouble)
            raise StepFailed(
                instance_id, str(trouble.code), trouble.params.get("element"), task_key
            ) from trouble
        if not isinstance(result, FactsMissing):
            return result
        found = as_recorded(read_facts(uow, version, instance.organisation_id, instance_id, result))
        if not found:
            raise HandlerRefused(handler="facts", reason=", ".join(result.requests))
        facts |= found
    raise HandlerRefused(handler="facts", reason="questions")


def _translate(trouble: EngineError) -> None:
    """Raise what a person can do something about; what is left is trouble with the process."""
    if trouble.code == Fault.TIMER_DUE:  # due ones fire before any command: this one has failed
        raise TimerFailed from trouble
    if trouble.code == Fault.MESSAGE_NOT_AWAITED:
        raise MessageNotAwaited(str(trouble.params["name"])) from trouble
    if trouble.code == Fault.MESSAGE_AMBIGUOUS:
        raise MessageAmbiguous(str(trouble)) from trouble


def apply_step(uow: UnitOfWork, version: Deployed, instance: Instance, step: Advance) -> Moved:
    """Follow a step whose event is written: run row handlers, keep the tasks, end the instance when it ended."""
    moved = Moved()
    _take(moved, step)
    for _ in range(MAX_STEPS):
        if not moved.waiting:
            break
        _serve(uow, version, instance, moved.waiting.pop(next(iter(moved.waiting))), moved)
    else:
        raise HandlerRefused(handler=", ".join(sorted(moved.waiting)), reason="steps")
    _keep_tasks(uow, version, instance, moved)
    if moved.ended:
        _end(uow, version, instance, moved)
    moved.waits.keep(uow, instance)
    return moved


def keep_step(uow: UnitOfWork, instance: Instance, step: Advance, event: Event, **facts: Any) -> None:
    """Put the step's state into the row and write its event, which repeats the digest of the row."""
    put_state(instance, step.state)
    uow.journal.record(event, instance=instance, step=step, **facts)


def cancel_tasks(uow: UnitOfWork, instance: Instance) -> None:
    """Close every task that is open, because the whole instance was ended."""
    uow.session.execute(
        update(Task)
        .where(Task.instance_id == instance.id, Task.status == "open")
        .values(status="cancelled", ended_at=uow.clock.now(), version=Task.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def close_orders(uow: UnitOfWork, instance: Instance) -> None:
    """Cancel payment orders that nobody will pay any more. Money that arrived or is held stays as it is."""
    uow.session.execute(
        update(PaymentOrder)
        .where(PaymentOrder.instance_id == instance.id, PaymentOrder.status == "open")
        .values(status="cancelled")
    )


def _take(moved: Moved, step: Advance) -> None:
    for closed in step.closed:
        moved.waiting.pop(closed.key, None)
        if moved.opened.pop(closed.key, None) is None and closed.reason == "cancelled":
            moved.cancelled.add(closed.key)
    for opened in step.opened:
        (moved.opened if opened.kind == "user_task" else moved.waiting)[opened.key] = opened
    moved.waits.take(step)
    moved.ended = step.ended
    moved.end_event = step.end_event
    moved.error = step.error


def _serve(uow: UnitOfWork, version: Deployed, instance: Instance, opened: Opened, moved: Moved) -> None:
    name = opened.properties.get("handler", "")
    handler = HANDLERS.get(name)
    if handler is None:
        raise HandlerRefused(handler=name, reason="unknown")
    if handler.effect is Effect.OUTSIDE:
        uow.jobs.put(
            OUTSIDE_KIND + name,
            f"{instance.id}:{opened.key}",
            {"inputs": opened.inputs, "element": opened.element_id},
            uow.clock.now(),
            instance_id=instance.id,
            task_key=opened.key,
        )
        return
    call = Call(uow, instance, version.package, opened.key, uow.clock.now())
    done = handler(call, opened.inputs)
    step = run_step(uow, version, instance, Complete(opened.key, done.values))
    keep_step(
        uow,
        instance,
        step,
        Event.SERVICE_TASK_COMPLETED,
        definition_sha256=version.sha256,
        inputs=done.values,
        details={
            "element": opened.element_id,
            "key": opened.key,
            "handler": name,
            "effect": done.effect and str(done.effect),
            **done.details,
        },
    )
    _take(moved, step)


def _keep_tasks(uow: UnitOfWork, version: Deployed, instance: Instance, moved: Moved) -> None:
    now = uow.clock.now()
    if moved.cancelled:
        uow.session.execute(
            update(Task)
            .where(Task.instance_id == instance.id, Task.key.in_(moved.cancelled), Task.status == "open")
            .values(status="cancelled", ended_at=now, version=Task.version + 1)
            .execution_options(synchronize_session="fetch")
        )
        let_go(uow, instance.id)
    players = _players(uow, version, instance, {opened.lane or "" for opened in moved.opened.values()})
    for opened in moved.opened.values():
        organisation_id, group_id = players[opened.lane or ""]
        form = version.form_of(opened.element_id)
        uow.session.add(
            Task(
                id=uow.ids.new(),
                instance_id=instance.id,
                key=opened.key,
                element_id=opened.element_id,
                lane=opened.lane or "",
                round=opened.round,
                organisation_id=organisation_id,
                group_id=group_id,
                status="open",
                form_sha256=form.sha256 if form else None,
                version=1,
                created_at=now,
                assignee_id=UUID(opened.signer) if opened.signer else None,
                claimed_at=now if opened.signer else None,
            )
        )


def _players(
    uow: UnitOfWork, version: Deployed, instance: Instance, lanes: set[str]
) -> Mapping[str, tuple[UUID, UUID | None]]:
    """Read who plays each lane at this moment: the applicant's lane is the applying organisation's."""
    players: dict[str, tuple[UUID, UUID | None]] = {
        lane: (instance.organisation_id, None) for lane in lanes if version.is_starter(lane)
    }
    staff = sorted(lanes - players.keys())
    if staff:
        rows = uow.session.execute(
            select(LaneBinding.lane, LaneBinding.organisation_id, LaneBinding.group_id).where(
                LaneBinding.process_key == instance.process_key, LaneBinding.lane.in_(staff)
            )
        )
        players |= {row.lane: (row.organisation_id, row.group_id) for row in rows}
    for lane in staff:
        if lane not in players:
            raise LaneUnbound(version.lane_title(lane, _language(uow)))
    return players


def _end(uow: UnitOfWork, version: Deployed, instance: Instance, moved: Moved) -> None:
    """End the instance: completed, or failed when an error reached the end that nobody caught."""
    instance.status = "completed" if moved.error is None else "failed"
    instance.outcome = moved.end_event
    instance.ended_at = uow.clock.now()
    uow.journal.record(
        Event.INSTANCE_COMPLETED if moved.error is None else Event.INSTANCE_FAILED,
        instance=instance,
        definition_sha256=version.sha256,
        details={"outcome": moved.end_event, **({} if moved.error is None else {"error": moved.error})},
    )


def _language(uow: UnitOfWork) -> str:
    actor = uow.journal.actor
    return actor.language if actor else "zh_CN"
