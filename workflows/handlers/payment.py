"""Payment orders: what an instance has to pay, in whole fen (K8, K9)."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Final

from marshmallow import Schema, fields
from sqlalchemy import Uuid, bindparam, func, select

from storage.models import PaymentOrder
from storage.prepared import Prepared
from workflows.errors import HandlerRefused
from workflows.events import Event
from workflows.handlers.handler import Call, Effect, Handler, Outcome, fen, yuan
from workflows.schema_values import AmountValue, NumberValue

OPEN_ORDER: Final = "payment.open_order"


class OpenInput(Schema):
    """The amount to pay, in yuan."""

    amount = AmountValue(required=True)


class OrderOutput(Schema):
    """The order as the process may read it."""

    reference = fields.String(required=True)
    amount = NumberValue(required=True)
    status = fields.String(required=True)


def open_order(call: Call, inputs: Mapping[str, Any]) -> Outcome:
    """Open the order of the instance; an open one of the same amount stays, one of another amount is cancelled."""
    amount_fen = fen(inputs["amount"])
    orders = _orders(call)
    order = _current(orders)
    if order is not None and order.status != "paid" and order.amount_fen == amount_fen:
        return _outcome(order, None)
    if order is not None and order.status != "paid":
        order.status = "cancelled"
    row = {
        "id": call.uow.ids.new(),
        "instance_id": call.instance.id,
        "reference": f"{call.instance.number}-{len(orders) + 1}",
        "amount_fen": amount_fen,
        "status": "open",
        "opened_at": call.now,
    }
    call.uow.session.insert(PaymentOrder, [row])
    return _outcome(PaymentOrder(**row), Event.PAYMENT_ORDER_OPENED)


def confirm_order(call: Call, _: Mapping[str, Any]) -> Outcome:
    """Record that the money has arrived."""
    order = _needed(call, "payment.confirm_order", {"open", "held", "paid"})
    if order.status == "paid":
        return _outcome(order, None)
    order.status = "paid"
    order.paid_at = call.now
    return _outcome(order, Event.PAYMENT_ORDER_CONFIRMED)


def hold(call: Call, _: Mapping[str, Any]) -> Outcome:
    """Hold money that a personal account has paid without an exception (K9)."""
    order = _needed(call, "payment.hold", {"open", "held"})
    order.status = "held"
    return _outcome(order, Event.PAYMENT_ORDER_HELD)


def release(call: Call, _: Mapping[str, Any]) -> Outcome:
    """Let go of held money that finance accepts after all: the order is open and waits for the confirmation (K9)."""
    order = _needed(call, "payment.release", {"held", "open"})
    order.status = "open"
    return _outcome(order, Event.PAYMENT_ORDER_RELEASED)


def refund(call: Call, _: Mapping[str, Any]) -> Outcome:
    """Record that the money went back: the order is open again and waits for the right payer (K9)."""
    order = _needed(call, "payment.refund", {"held", "paid", "open"})
    order.status = "open"
    order.paid_at = None
    return _outcome(order, Event.PAYMENT_ORDER_REFUNDED)


_OF_INSTANCE: Final = (
    select(PaymentOrder)
    .where(PaymentOrder.instance_id == bindparam("instance", type_=Uuid()))
    .order_by(PaymentOrder.opened_at, PaymentOrder.reference)
)


_HOW_MANY: Final = Prepared(
    select(func.count().label("count")).where(
        PaymentOrder.instance_id == bindparam("instance", type_=Uuid())
    )
)


def _orders(call: Call) -> Sequence[PaymentOrder]:
    """Read the orders. What the command has written of other tables waits for its one flush."""
    session = call.uow.session
    if not session.new and _HOW_MANY.first(session, {"instance": call.instance.id}).count == 0:
        return []
    changed = any(isinstance(one, PaymentOrder) for one in (*session.new, *session.dirty))
    with nullcontext() if changed else session.no_autoflush:
        return session.scalars(_OF_INSTANCE, {"instance": call.instance.id}).all()


def _current(orders: Sequence[PaymentOrder]) -> PaymentOrder | None:
    return next((order for order in reversed(orders) if order.status != "cancelled"), None)


def _needed(call: Call, handler: str, statuses: set[str]) -> PaymentOrder:
    order = _current(_orders(call))
    if order is None or order.status not in statuses:
        raise HandlerRefused(handler, "no payment order" if order is None else order.status)
    return order


def _outcome(order: PaymentOrder, effect: Event | None) -> Outcome:
    values = {"reference": order.reference, "amount": yuan(order.amount_fen), "status": order.status}
    details = {"order_id": str(order.id), "reference": order.reference, "amount_fen": order.amount_fen}
    return Outcome(values, effect, details)


class NoInput(Schema):
    """The handler acts on the order of the instance and takes nothing."""


HANDLERS = (
    Handler(OPEN_ORDER, Effect.ROW, OpenInput, OrderOutput, open_order),
    Handler("payment.confirm_order", Effect.ROW, NoInput, OrderOutput, confirm_order),
    Handler("payment.hold", Effect.ROW, NoInput, OrderOutput, hold),
    Handler("payment.release", Effect.ROW, NoInput, OrderOutput, release),
    Handler("payment.refund", Effect.ROW, NoInput, OrderOutput, refund),
)
