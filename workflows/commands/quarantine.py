"""What survives a refused command, each in a transaction of its own: a damaged instance is set aside, trouble of the
engine becomes an incident."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import exists, select, update

from storage.actor import SYSTEM
from storage.errors import StateDamaged
from storage.models import Incident, Instance
from storage.unit_of_work import UnitOfWork
from workflows.errors import StepFailed
from workflows.events import Event

P = ParamSpec("P")
R = TypeVar("R")


def quarantines(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command set an instance aside whose state is not the one its journal knows; the refusal stands."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except StateDamaged as damage:
            uow = args[0] if args else kwargs["uow"]
            assert isinstance(uow, UnitOfWork)  # noqa: S101 - the first argument of every command
            quarantine_instance(uow, damage.instance_id, str(damage.params["why"]))
            raise
        except StepFailed as trouble:
            uow = args[0] if args else kwargs["uow"]
            assert isinstance(uow, UnitOfWork)  # noqa: S101 - as above
            open_incident(uow, trouble)
            raise

    return run


def quarantine_instance(uow: UnitOfWork, instance_id: UUID, why: str) -> None:
    """Set a damaged instance aside and open one incident. Its own stream is left as it is: it is the evidence."""
    with uow.begin(SYSTEM):
        changed = uow.session.execute(
            update(Instance)
            .where(Instance.id == instance_id, Instance.quarantined_at.is_(None))
            .values(quarantined_at=uow.clock.now())
            .execution_options(synchronize_session=False)
            .returning(Instance.id)
        ).all()
        if not changed:
            return
        incident_id = uow.ids.new()
        uow.session.add(
            Incident(
                id=incident_id,
                instance_id=instance_id,
                kind="state_damaged",
                message=why[:500],
                opened_at=uow.clock.now(),
            )
        )
        uow.journal.record(
            Event.INSTANCE_QUARANTINED,
            stream="system",
            details={"instance": instance_id, "incident": incident_id, "why": why},
        )


def open_incident(uow: UnitOfWork, trouble: StepFailed) -> None:
    """Tell operators once that a step cannot be made; the instance stays active and may be tried again."""
    with uow.begin(SYSTEM):
        same = (
            Incident.instance_id == trouble.instance_id,
            Incident.task_key == trouble.task_key,
            Incident.kind == StepFailed.code,
            Incident.closed_at.is_(None),
        )
        if uow.session.scalar(select(exists().where(*same))):
            return
        message = f"{trouble.params['why']} {trouble.params['element']}".strip()
        incident = Incident(
            id=uow.ids.new(),
            instance_id=trouble.instance_id,
            task_key=trouble.task_key,
            kind=StepFailed.code,
            message=message[:500],
            opened_at=uow.clock.now(),
        )
        uow.session.add(incident)
        details = {"instance": trouble.instance_id, "incident": incident.id, "why": message}
        uow.journal.record(Event.INCIDENT_OPENED, stream="system", details=details)
