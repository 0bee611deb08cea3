"""What survives a refused command, each in a transaction of its own: a damaged instance or an infected file is set aside,
trouble of the engine or with a kept file becomes an incident."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import exists, select, update

from storage.actor import SYSTEM
from storage.errors import StateDamaged
from storage.models import Attachment, Incident, Instance
from storage.unit_of_work import UnitOfWork
from workflows.errors import StepFailed
from workflows.events import Event
from workflows.forms import ErrorCode, InvalidForm

FILE_INFECTED: Final = "file_infected"
FILE_DAMAGED: Final = "file_damaged"
FILE_SWAPPED: Final = "file_swapped"
SWAPPED: Final = "the object store does not hold the bytes that were checked"
INFECTED_KEPT: Final = timedelta(days=30)
"""How long an infected file lies in quarantine, for whoever looks into it; then it is collected."""

P = ParamSpec("P")
R = TypeVar("R")


class FilesSwapped(InvalidForm):
    """Files that are handed in are no longer those that were checked. `attachment_id` is one of them."""

    def __init__(self, errors: Mapping[str, Sequence[ErrorCode]], attachment_id: UUID) -> None:
        super().__init__(errors)
        self.attachment_id = attachment_id


def quarantines(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command set an instance aside whose state is not the one its journal knows; the refusal stands.

    A step that cannot be made and a file that was swapped become incidents in the same way.
    """

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
        except FilesSwapped as swap:
            uow = args[0] if args else kwargs["uow"]
            assert isinstance(uow, UnitOfWork)  # noqa: S101 - as above
            report_swap(uow, swap.attachment_id)
            raise

    return run


def report_swap(uow: UnitOfWork, attachment_id: UUID) -> None:
    """Tell operators that the store does not hold what was checked; the file was refused. Once for each application."""
    with uow.begin(SYSTEM):
        row = uow.session.get(Attachment, attachment_id)
        if row is not None:
            report_file(uow, row.instance_id, FILE_SWAPPED, SWAPPED, attachment_id)


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


def quarantine_file(uow: UnitOfWork, attachment_id: UUID, found: str, sha256: str, size: int) -> None:
    """Keep an infected file out of everybody's reach for a while, and tell operators once per application.

    `found` is the scanner's name for what is in it. A file that the collector took first is gone anyway.
    """
    with uow.begin(SYSTEM):
        row = uow.session.execute(
            update(Attachment)
            .where(Attachment.id == attachment_id, Attachment.status == "pending")
            .values(
                status="quarantined",
                sha256=sha256,
                size=size,
                expires_at=uow.clock.now() + INFECTED_KEPT,
            )
            .returning(Attachment.instance_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is not None:
            report_file(uow, row.instance_id, FILE_INFECTED, found, attachment_id)


def report_file(
    uow: UnitOfWork, instance_id: UUID, kind: str, why: str, file_id: UUID, what: str = "attachment"
) -> bool:
    """Open an incident about a file, `what` it is: attachment or paper; tell whether there was none open yet.

    Inside the caller's transaction.

    A damaged file has its own incident; of infected and of swapped ones an application has one at a time, however many
    come.
    """
    message = f"{file_id}: {why}" if kind == FILE_DAMAGED else why
    same = [
        Incident.instance_id == instance_id,
        Incident.kind == kind,
        Incident.closed_at.is_(None),
    ]
    if kind == FILE_DAMAGED:
        same.append(Incident.message.startswith(str(file_id), autoescape=True))
    if uow.session.scalar(select(exists().where(*same))):
        return False
    incident = Incident(
        id=uow.ids.new(),
        instance_id=instance_id,
        kind=kind,
        message=message[:500],
        opened_at=uow.clock.now(),
    )
    uow.session.add(incident)
    details = {"instance": instance_id, "incident": incident.id, what: file_id, "why": why[:400]}
    uow.journal.record(Event.INCIDENT_OPENED, stream="system", details=details)
    return True
