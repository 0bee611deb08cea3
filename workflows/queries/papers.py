"""The papers that were issued in a case."""

from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Instance, IssuedDocument
from storage.unit_of_work import UnitOfWork
from workflows.queries.views import PaperView
from workflows.standing import require_visible_case


def papers(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> tuple[PaperView, ...]:
    """Return the papers of a case in the reader's language, in the order of what they are about; who may read the case may these."""
    rows = uow.session.scalars(
        select(IssuedDocument)
        .where(IssuedDocument.instance_id == instance_id, IssuedDocument.language == actor.language)
        .order_by(IssuedDocument.about_seq, IssuedDocument.event_seq)
    )
    return tuple(_view(row) for row in rows)


def papers_of_visible(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> tuple[PaperView, ...]:
    """Return the papers of a case. Raises NotFound for everybody to whom the case does not show."""
    instance = uow.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound(kind="instance", id=instance_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "instance", instance.id)
    return papers(uow, actor, instance_id)


def paper(uow: UnitOfWork, actor: Actor, instance_id: UUID, paper_id: UUID) -> tuple[PaperView, str]:
    """Return a paper and its key in the object store. Raises NotFound for everybody to whom the case does not show."""
    row = uow.session.get(IssuedDocument, paper_id)
    instance = uow.session.get(Instance, instance_id)
    if row is None or instance is None or row.instance_id != instance.id:
        raise NotFound(kind="paper", id=paper_id)
    require_visible_case(uow.session, actor, instance.id, instance.organisation_id, "paper", paper_id)
    return _view(row), row.object_key


def _view(row: IssuedDocument) -> PaperView:
    return PaperView(row.id, row.kind, row.number, row.issued_at, row.sha256, row.size)
