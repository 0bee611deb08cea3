"""A certificate application runs from its start to the delivery, and its journal stays whole."""

from people_at_work import SERIALS, Case, Cast
from sqlalchemy import select

from storage.chain import instance_stream
from storage.models import Instance, Invoice, PaymentOrder, RegisterEntry


def test_an_application_runs_from_start_to_delivery(case: Case, cast: Cast) -> None:
    assert case.result.number == "ZS-2026-000001"
    assert case.open() == {"application"}
    case.submit()
    assert case.open() == {"review"}
    case.approve()
    assert case.open() == {"payment"}
    order = cast.uow.session.scalars(select(PaymentOrder)).one()
    assert (order.amount_fen, order.status) == (70000, "open")
    case.pay()
    case.confirm()
    assert case.open() == {"invoice", "key_production"}
    case.issue_invoice()
    case.make()
    assert case.open() == {"shipment"}
    case.ship()
    ended = case.receive()
    assert (ended.instance_status, ended.instance_outcome) == ("completed", "delivered")
    assert case.open() == set()
    session = cast.uow.session
    instance = session.get_one(Instance, case.id)
    assert instance.ended_at is not None
    assert {entry.search_text for entry in session.scalars(select(RegisterEntry))} == {
        serial.lower() for serial in SERIALS
    }
    assert session.scalars(select(Invoice)).one().amount_fen == 70000
    assert session.scalars(select(PaymentOrder)).one().status == "paid"
    assert cast.uow.journal.verify(instance_stream(instance)).ok
