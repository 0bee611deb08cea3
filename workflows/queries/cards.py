"""Cards beside a task: what the package says, with amount and reference of the case's payment order (K10)."""

from collections.abc import Iterable

from sqlalchemy import select

from storage.models import Instance, PaymentOrder
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.handlers.handler import yuan
from workflows.queries.views import CardView


def cards(
    uow: UnitOfWork, version: Deployed, instance: Instance, element_ids: Iterable[str], language: str
) -> tuple[CardView, ...]:
    """Return the cards of these tasks, each once."""
    wanted = {
        card.key: card for element_id in element_ids for card in version.package.manifest.cards_of(element_id)
    }
    if not wanted:
        return ()
    order = uow.session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.instance_id == instance.id, PaymentOrder.status != "cancelled")
        .order_by(PaymentOrder.opened_at.desc())
        .limit(1)
    )
    words = version.words(language)
    return tuple(
        CardView(
            key=card.key,
            title=words.get(f"card.{card.key}.title") or card.title,
            rows=tuple(
                (words.get(f"card.{card.key}.{row.key}") or row.title, row.value) for row in card.rows
            ),
            amount=yuan(order.amount_fen) if order else None,
            reference=order.reference if order else None,
            status=order.status if order else None,
        )
        for card in wanted.values()
    )
