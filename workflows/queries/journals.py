"""The journal as it was written, with the answer whether its chain holds."""

from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.chain import instance_stream
from storage.errors import NotFound
from storage.models import Instance
from storage.unit_of_work import UnitOfWork
from workflows import policy
from workflows.lines import searched
from workflows.queries.views import JournalView
from workflows.standing import require_visible_case


def journal_of(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> JournalView:
    """Return the events of a case to overseers; NotFound for everybody who may not read events."""
    instance = uow.session.get(Instance, instance_id)
    if instance is None or not policy.may_see_journal(actor):
        raise NotFound(kind="instance", id=instance_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id)
    return _view(uow, instance_stream(instance))


def journal_by_name(uow: UnitOfWork, number_or_id: str) -> JournalView | None:
    """Return the events of a case by its number or id, for the command line; None when there is no such case."""
    try:
        found = Instance.id == UUID(number_or_id)
    except ValueError:
        found = Instance.number == searched(number_or_id).upper()
    instance_id = uow.session.scalar(select(Instance.id).where(found))
    return None if instance_id is None else _view(uow, instance_stream(instance_id))


def _view(uow: UnitOfWork, stream: str) -> JournalView:
    result = uow.journal.verify(stream)
    return JournalView(stream, result.ok, result.why, result.first_bad_seq, tuple(uow.journal.read(stream)))
