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
    places = [version.at(element_id) for element_id in element_ids]
    wanted = {
        (place.prefix, card.key): (card, place.words(language))
        for place in places
        for card in place.package.manifest.cards_of(place.local)
    }
    if not wanted:
        return ()
    order = uow.session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.instance_id == instance.id, PaymentOrder.status != "cancelled")
        .order_by(PaymentOrder.opened_at.desc())
        .limit(1)
    )
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
        for card, words in wanted.values()
    )
