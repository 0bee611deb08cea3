"""Messages between cases and from outside: a thrown one is an outbox row, its arrival a command of the other case."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.models import AwaitedMessage, Instance
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.commands.quarantine import quarantines
from workflows.commands.results import case_result, read_case_result
from workflows.commands.steps import apply_step, keep_step, run_step
from workflows.commands.timers import after_due_timers
from workflows.commands.waits import correlation_text
from workflows.deployed import Deployed, deployed
from workflows.engine import Correlate
from workflows.errors import (
    FieldInvalid,
    InstanceQuarantined,
    InstanceSuspended,
    MessageAmbiguous,
    MessageNotAwaited,
)
from workflows.events import Event
from workflows.queries.views import CaseResult


@quarantines
@after_due_timers
def correlate_message(
    uow: UnitOfWork,
    actor: Actor,
    message: str,
    correlation: Any = None,
    values: Mapping[str, Any] | None = None,
    instance_id: UUID | None = None,
    idempotency_key: str | None = None,
    lease: tuple[UUID, UUID] | None = None,
) -> CaseResult:
    """Bring a message to the one case that awaits it by this name and correlation, and move that case on.

    For operators and administrators, and for the outbox with the lease of its job. `values` may hold only what an
    expression of the process reads from the event; of a thrown message the rest is left out. Raises
    MessageNotAwaited, MessageAmbiguous, FieldInvalid, InstanceSuspended, InstanceQuarantined, RoleMissing.
    """
    policy.require_operator(actor)
    given = dict(values or {})
    fingerprint = uow.fingerprint_of("correlate", message, correlation, given, instance_id)
    with uow.begin(actor, idempotency_key, fingerprint) as done:
        if done.repeated:
            return read_case_result(uow, actor, done.resource_id)
        if lease is not None:
            uow.jobs.finish(*lease)
        wait = _awaiting(uow, message, correlation, instance_id)
        instance = uow.lock_instance(wait.instance_id)
        _require_moving(instance)
        version = deployed(uow.session, instance.definition_id)
        taken = _readable(version, wait.element_id, given, strict=lease is None)
        step = run_step(uow, version, instance, Correlate(message, taken, correlation, wait.key))
        keep_step(
            uow,
            instance,
            step,
            Event.MESSAGE_CORRELATED,
            definition_sha256=version.sha256,
            inputs=taken,
            details={
                "message": message,
                "correlation": correlation,
                "key": wait.key,
                "element": wait.element_id,
            },
        )
        apply_step(uow, version, instance, step)
        return done(case_result(uow, actor, version, instance), instance.id)


def _awaiting(uow: UnitOfWork, message: str, correlation: Any, instance_id: UUID | None) -> AwaitedMessage:
    """Find who awaits a message; under the lock the engine is asked again."""
    wanted = select(AwaitedMessage).where(
        AwaitedMessage.name == message, AwaitedMessage.correlation == correlation_text(correlation)
    )
    if instance_id is not None:
        wanted = wanted.where(AwaitedMessage.instance_id == instance_id)
    found = uow.session.scalars(wanted.order_by(AwaitedMessage.key).limit(2)).all()
    if not found:
        raise MessageNotAwaited(message[:80])
    if len(found) > 1:
        raise MessageAmbiguous(message[:80])
    return found[0]


def _require_moving(instance: Instance) -> None:
    if instance.quarantined_at is not None:
        raise InstanceQuarantined
    if instance.status == "suspended":
        raise InstanceSuspended


def _readable(
    version: Deployed, element_id: str, values: Mapping[str, Any], *, strict: bool
) -> dict[str, Any]:
    """Return the values that expressions read of an event; control data is nothing else (architecture.md)."""
    package, local = version.package.at(element_id)
    paths = {path.split(".")[1] for path in package.control_paths if path.startswith(f"{local}.")}
    unknown = sorted(set(values) - paths)
    if unknown and strict:
        raise FieldInvalid(field=f"values.{unknown[0][:64]}")
    return {name: value for name, value in values.items() if name in paths}
