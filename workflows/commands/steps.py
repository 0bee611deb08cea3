"""What every command that moves a process shares: run the engine, write the event, follow what opened and closed.

Row handlers run here, inside the command's transaction; each of their results is a further step of the engine.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import update

from storage.journal import as_recorded
from storage.models import Instance, PaymentOrder, Task
from storage.state import put_state
from storage.unit_of_work import UnitOfWork
from workflows import engine
from workflows.commands.facts import read_facts
from workflows.commands.parts import check_lanes, columns_of, lane_of, players_of_lanes
from workflows.commands.waits import Waits, first_due, foresee
from workflows.deployed import Deployed
from workflows.engine import Advance, Complete, Correlate, EngineError, FactsMissing, Fail, NotOpen, Opened
from workflows.engine.errors import Fault
from workflows.engine.results import Command
from workflows.errors import (
    DomainError,
    HandlerRefused,
    MessageAmbiguous,
    MessageNotAwaited,
    SignerDone,
    SignerNeeded,
    SignersFull,
    SignerTwice,
    SignerUnknown,
    StepFailed,
    TimerFailed,
)
from workflows.events import Event
from workflows.handlers import HANDLERS, BusinessError, Call, Effect
from workflows.unused_files import let_go

MAX_STEPS: Final = 100
MAX_QUESTIONS: Final = 100
"""So many script tasks may lie in a row: each may need what the one before has given."""
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


def run_step(
    uow: UnitOfWork,
    version: Deployed,
    instance: Instance,
    command: Command,
    given: Mapping[str, object] | None = None,
) -> Advance:
    """Run one step from the kept state; the row is not changed. `given` are facts that the command knows already.

    Raises StepFailed, after which everything rolls back and an incident is opened; NotOpen; TimerFailed.
    """
    seed = step_seed(uow)
    if isinstance(
        command, Complete | Correlate
    ):  # as the event will give it back: replay makes the same bytes
        command = replace(command, values=as_recorded(command.values))

    def attempt(facts: Mapping[str, object]) -> Advance | FactsMissing:
        definition, now = version.package.definition, uow.clock.now()
        known = {**as_recorded(given or {}), **facts}
        return engine.advance(definition, instance.state, command, now=now, seed=seed, facts=known)

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
        try:
            found = as_recorded(read_facts(uow, version, instance.organisation_id, instance_id, result))
        except StepFailed as trouble:  # the same trouble of the same task is one incident, however often it is tried
            trouble.task_key = task_key
            raise
        if not found:
            raise HandlerRefused(handler="facts", reason=", ".join(result.requests))
        facts |= found
    raise HandlerRefused(handler="facts", reason="questions")


_OF_SIGNERS: Final[Mapping[Fault, type[DomainError]]] = {
    Fault.SIGNER_TWICE: SignerTwice,
    Fault.SIGNER_UNKNOWN: SignerUnknown,
    Fault.SIGNER_DONE: SignerDone,
    Fault.SIGNERS_FULL: SignersFull,
}


def _translate(trouble: EngineError) -> None:
    """Raise what a person can do something about; what is left is trouble with the process."""
    if trouble.code == Fault.TIMER_DUE:  # due ones fire before any command: this one has failed
        raise TimerFailed from trouble
    if trouble.code == Fault.MESSAGE_NOT_AWAITED:
        raise MessageNotAwaited(str(trouble.params["name"])) from trouble
    if trouble.code == Fault.MESSAGE_AMBIGUOUS:
        raise MessageAmbiguous(str(trouble)) from trouble
    if trouble.code == Fault.SIGNER_NEEDED:
        raise SignerNeeded(trouble.params["needed"]) from trouble
    if trouble.code in _OF_SIGNERS:
        raise _OF_SIGNERS[trouble.code] from trouble


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
    foresee(instance, step, uow.clock.now())
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
    package = version.at(opened.element_id).package
    call = Call(uow, instance, package, opened.key, uow.clock.now())
    details: dict[str, Any] = {"element": opened.element_id, "key": opened.key, "handler": name}
    try:
        with uow.session.begin_nested() if handler.errors else nullcontext():
            done = handler(call, opened.inputs)
    except (BusinessError, DomainError) as error:  # what the handler wrote before went with its savepoint
        if error.code not in handler.errors:
            raise
        step = fail_step(uow, version, instance, opened.key, error)
        event, values, details = Event.SERVICE_TASK_FAILED, None, {**details, "error": error.code}
    else:
        step = run_step(uow, version, instance, Complete(opened.key, done.values))
        event, values = Event.SERVICE_TASK_COMPLETED, done.values
        details |= {"effect": done.effect and str(done.effect), **done.details}
    keep_step(uow, instance, step, event, definition_sha256=version.sha256, inputs=values, details=details)
    _take(moved, step)


def fail_step(
    uow: UnitOfWork, version: Deployed, instance: Instance, key: str, error: BusinessError | DomainError
) -> Advance:
    """Let a service task end with a business error. A refusal of the domain that no event catches stands: raised."""
    step = run_step(uow, version, instance, Fail(key, error.code))
    uncaught = (
        step.error is not None and step.end_event is None
    )  # one that is caught may end in another error
    if uncaught and isinstance(error, DomainError):
        raise error
    return step


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
    check_lanes(uow, version, instance, moved.opened.values())
    homes = {
        key: (version.at(opened.element_id), lane_of(version, opened)) for key, opened in moved.opened.items()
    }
    players = players_of_lanes(uow, instance, homes.values())
    rows = []
    for opened in moved.opened.values():
        (place, lane), part = homes[opened.key], columns_of(version, opened)
        organisation_id, group_id = players[place.process_key, lane]
        form = place.form
        rows.append(
            {
                "id": uow.ids.new(),
                "instance_id": instance.id,
                "key": opened.key,
                "process_key": instance.process_key,
                "applicant_id": instance.organisation_id,
                "element_id": opened.element_id,
                "lane": lane,
                "round": opened.round,
                "organisation_id": organisation_id,
                "group_id": group_id,
                "status": "open",
                "form_sha256": form.sha256 if form else None,
                "version": 1,
                "created_at": now,
                "due_at": first_due(uow, instance, opened, moved.waits),
                "claimed_at": now if part["assignee_id"] else None,
                **part,
            }
        )
    uow.session.insert(Task, rows)


def _end(uow: UnitOfWork, version: Deployed, instance: Instance, moved: Moved) -> None:
    """End the instance: completed, or failed when an error reached the end that nobody caught."""
    instance.status = "completed" if moved.error is None else "failed"
    instance.outcome = moved.end_event
    instance.ended_at = uow.clock.now()
    if moved.error is not None:
        close_orders(uow, instance)
    uow.journal.record(
        Event.INSTANCE_COMPLETED if moved.error is None else Event.INSTANCE_FAILED,
        instance=instance,
        definition_sha256=version.sha256,
        details={"outcome": moved.end_event, **({} if moved.error is None else {"error": moved.error})},
    )
