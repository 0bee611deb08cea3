"""Let one message leave: made when it leaves, in the language of whoever gets it, and at least once.

A provider that does not answer is tried again with growing pauses, then given up with an incident; a message that it
refuses is refused for good, and so is not tried again by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from storage.actor import SYSTEM
from storage.jobs import MAX_ATTEMPTS, LeasedJob
from storage.messages import Courier, MessageRefused, Outgoing, ProviderAway
from storage.models import Delivery
from storage.unit_of_work import UnitOfWork
from workflows.queries.deliveries import read_letter
from workflows.queries.views import LetterView

Wording = Callable[[LetterView], tuple[str, str]]
"""Makes subject and text of a letter; an SMS is its text alone."""


@dataclass(frozen=True)
class Post:
    """Who carries messages, by channel, and who words them."""

    couriers: Mapping[str, Courier]
    wording: Wording


def send(uow: UnitOfWork, job: LeasedJob, post: Post) -> None:
    """Send the delivery of a job and note what became of it."""
    delivery_id = UUID(str(job.payload["delivery"]))
    letter, why = read_letter(uow, delivery_id)
    uow.session.rollback()  # nothing is held while a provider takes its time
    if letter is None:
        _note(uow, job, delivery_id, status="dropped", error=why)
        return
    subject, text = post.wording(letter)
    courier = post.couriers[letter.channel]
    try:
        reference = courier.send(Outgoing(letter.delivery_id, letter.address, subject, text))
    except MessageRefused as refused:
        _note(uow, job, delivery_id, status="refused", error=refused.code)
    except ProviderAway as away:
        last = job.attempts >= MAX_ATTEMPTS
        with uow.begin(SYSTEM):
            uow.jobs.give_back(job.id, job.token, away.code)
            _set(uow, delivery_id, status="failed" if last else "waiting", error=away.code)
    else:
        sent = "sent" if courier.leaves else "kept"
        _note(uow, job, delivery_id, status=sent, error=None, reference=reference, sent_at=uow.clock.now())


def _note(uow: UnitOfWork, job: LeasedJob, delivery_id: UUID, **values: object) -> None:
    with uow.begin(SYSTEM):
        uow.jobs.finish(job.id, job.token)
        _set(uow, delivery_id, **values)


def _set(uow: UnitOfWork, delivery_id: UUID, **values: object) -> None:
    uow.session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(**values),
        execution_options={"synchronize_session": False},
    )
