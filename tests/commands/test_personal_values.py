"""Canaries: what the form calls personal is nowhere but in encrypted columns."""

import logging
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from people_at_work import CANARY, PASSWORD, Case, Cast, begin
from sqlalchemy import select

from storage.chain import instance_stream
from storage.models import Account, Event, IdempotencyKey, Instance, Job, Submission
from workflows import queries
from workflows.commands.accounts import change_account
from workflows.commands.attachments import remove_attachment
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance
from workflows.worker_jobs import run_due

OPINION = "金丝雀意见七三一"
REASON = "金丝雀原因七三一"
NAME = "金丝雀姓名七三一"
PHONE = "13900007310"
FILE = "金丝雀文件七三一.pdf"
PAYER = "金丝雀付款人七三一"
WRITTEN = (OPINION, REASON, NAME, PHONE, PASSWORD, FILE, PAYER)


def walk_every_way(case: Case, cast: Cast) -> None:
    """Take one application along every way on which somebody writes something personal, and cancel another."""
    change_account(cast.uow, cast["asks"], cast["asks"].account_id, name=NAME, phone=PHONE)  # type: ignore[arg-type]
    save_draft(cast.uow, cast["asks"], case.task("application"), {"contact_name": CANARY["contact_name"]})
    answers = case.application()
    remove_attachment(cast.uow, cast["asks"], UUID(answers["application_form"][0]))
    answers["application_form"] = [case.attach("asks", "application", "application_form", FILE)]
    case.complete("asks", "application", "submitted", answers, idempotency_key="canary")
    marks = [{"field": "mailing_address", "reason": REASON}]
    case.complete("approves", "review", "returned", {"opinion": OPINION, "marks": marks})
    case.complete("asks", "application", "submitted", answers)
    case.approve()
    asked = {"payer_type": "personal", "payer_person": PAYER, "exception_reason": REASON}
    case.complete("asks", "payment", "request_exception", asked)
    case.complete("approves", "exception_review", "refused", {"opinion": OPINION})
    case.pay(payer_type="personal", payer_person=PAYER)
    case.complete("finance", "held_payment", "refunded", {"opinion": OPINION})
    case.pay()
    case.complete("finance", "payment_confirmation", "returned", {"opinion": OPINION})
    case.pay()
    case.confirm()
    case.issue_invoice()
    case.make()
    case.ship()
    case.complete("asks", "delivery", "parcel_returned", {"reason": REASON})
    case.ship()
    case.receive()
    cancel_instance(cast.uow, cast["operator"], begin(cast).id, REASON)
    cast.uow.record_access(cast["approves"], "attachment:1", case.id)
    run_due(cast.uow)
    cast.uow.session.rollback()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_canary_lies_in_the_files_of_the_database_in_keys_of_objects_or_in_logs(
    case: Case, cast: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    walk_every_way(case, cast)
    hidden = [text for text in (*CANARY.values(), *WRITTEN) if text != CANARY["postal_code"]]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    for path in files:
        content = path.read_bytes()
        assert [text for text in hidden if text.encode() in content] == [], path
    said = "\n".join(str(vars(record)) for record in caplog.records)
    said += "\n".join(cast.uow.documents.older_than(cast.uow.clock.now() + timedelta(days=3650)))
    said += "\n".join(cast.uow.session.scalars(select(Job.payload)))
    assert [text for text in hidden if text in said] == []
    assert cast.uow.journal.verify(f"instance:{case.id}").ok


def test_events_jobs_and_rows_hold_commitments_only(case: Case, cast: Cast) -> None:
    case.submit()
    session = cast.uow.session
    texts = [
        *(body.decode() for body in session.scalars(select(Event.body))),
        *session.scalars(select(Submission.answers)),
        *session.scalars(select(Job.payload)),
        *(state.decode("utf-8", "replace") for state in session.scalars(select(Instance.state))),
    ]
    for canary in CANARY.values():
        assert [text for text in texts if canary in text] == []
    assert session.scalars(select(IdempotencyKey)).all() == []
    instance = session.get_one(Instance, case.id)
    assert cast.uow.journal.verify(instance_stream(instance)).ok


def test_those_who_handle_a_case_read_it_and_overseers_read_masks(case: Case, cast: Cast) -> None:
    case.submit()
    for who in ("asks", "colleague", "approves"):
        view = queries.read_instance(cast.uow, cast[who], case.id)
        assert view.submissions[0].answers["contact_mobile"] == CANARY["contact_mobile"]
        assert view.submissions[0].masked == frozenset()
    for who in ("operator", "auditor", "administrator"):
        view = queries.read_instance(cast.uow, cast[who], case.id)
        assert view.submissions[0].answers["contact_mobile"] == "139****0731"
        assert "contact_mobile" in view.submissions[0].masked
        assert CANARY["contact_name"] not in repr(view)


def test_erasing_the_contact_leaves_the_case_and_its_chain(case: Case, cast: Cast) -> None:
    from storage.actor import SYSTEM
    from storage.models import Subject

    case.submit()
    subject = cast.uow.session.scalars(select(Subject.id).where(Subject.kind == "contact")).one()
    with cast.uow.begin(SYSTEM):
        cast.uow.erase(subject)
    view = queries.read_instance(cast.uow, cast["approves"], case.id)
    assert view.submissions[0].answers["contact_name"] is None
    assert "contact_name" in view.submissions[0].erased
    instance = cast.uow.session.get_one(Instance, case.id)
    assert cast.uow.journal.verify(instance_stream(instance)).ok
    case.approve()
    assert case.open() == {"payment"}


def test_account_values_lie_encrypted(cast: Cast) -> None:
    change_account(cast.uow, cast["asks"], cast["asks"].account_id, name=NAME, phone=PHONE)  # type: ignore[arg-type]
    row = cast.uow.session.get_one(Account, cast["asks"].account_id)
    assert row.name is not None
    assert NAME.encode() not in row.name
    found = queries.people(cast.uow, cast["administrator"], PHONE)
    assert [one.id for one in found.items] == [row.id]
    assert found.items[0].phone == "139****7310"
