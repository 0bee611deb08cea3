"""VAT ordinary invoices (K12)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from storage.models import Invoice, PaymentOrder
from storage.upsert import insert_if_new
from workflows.errors import HandlerRefused, InvoiceNumberTaken
from workflows.events import Event
from workflows.handlers.handler import Call, Effect, Handler, Outcome, fen, yuan
from workflows.schema_values import AmountValue, DateValue, NumberValue


class RecordInput(Schema):
    """Title and tax number as the applicant gave them, number and day as finance issued it."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    tax_number = fields.String(required=True, validate=validate.Length(1, 30))
    number = fields.String(required=True, validate=validate.Length(1, 40))
    issued_on = DateValue()
    amount = AmountValue()


class RecordOutput(Schema):
    """The invoice as the process may read it."""

    number = fields.String(required=True)
    amount = NumberValue(required=True)
    issued_on = DateValue(required=True)


def record(call: Call, inputs: Mapping[str, Any]) -> Outcome:
    """Record the invoice of the paid order; without an amount it is the order's, without a day it is today."""
    order = call.uow.session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.instance_id == call.instance.id, PaymentOrder.status == "paid")
        .order_by(PaymentOrder.paid_at.desc())
        .limit(1)
    )
    if order is None:
        raise HandlerRefused(handler="invoice.record", reason="no paid order")
    amount_fen = fen(inputs["amount"]) if "amount" in inputs else order.amount_fen
    row = {
        "id": call.uow.ids.new(),
        "instance_id": call.instance.id,
        "payment_order_id": order.id,
        "title": inputs["title"],
        "tax_number": inputs["tax_number"],
        "number": inputs["number"],
        "amount_fen": amount_fen,
        "issued_on": inputs.get("issued_on", call.today),
    }
    if not insert_if_new(call.uow.session, Invoice, [row], Invoice.number):
        raise InvoiceNumberTaken(inputs["number"])
    values = {"number": row["number"], "amount": yuan(amount_fen), "issued_on": row["issued_on"]}
    return Outcome(values, Event.INVOICE_RECORDED, {"invoice_id": str(row["id"]), "amount_fen": amount_fen})


HANDLERS = (Handler("invoice.record", Effect.ROW, RecordInput, RecordOutput, record),)
