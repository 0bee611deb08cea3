"""Canaries: what the form calls personal is nowhere but in encrypted columns."""

import logging
from pathlib import Path
from uuid import UUID

import pytest
from people_at_work import CANARY, PASSWORD, Case, Cast
from sqlalchemy import select

from storage.chain import instance_stream
from storage.models import Account, Event, IdempotencyKey, Instance, Job, Submission
from workflows import queries
from workflows.commands.accounts import change_account
from workflows.commands.attachments import remove_attachment
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance

OPINION = "金丝雀意见七三一"
REASON = "金丝雀原因七三一"
NAME = "金丝雀姓名七三一"
PHONE = "13900007310"
FILE = "金丝雀文件七三一.pdf"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_canary_lies_in_the_files_of_the_database_or_in_logs(
    case: Case, cast: Cast, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    change_account(cast.uow, cast["asks"], cast["asks"].account_id, name=NAME, phone=PHONE)  # type: ignore[arg-type]
    save_draft(cast.uow, cast["asks"], case.task("application"), {"contact_name": CANARY["contact_name"]})
    answers = case.application()
    remove_attachment(cast.uow, cast["asks"], UUID(answers["application_form"][0]))
    answers["application_form"] = [case.attach("asks", "application", "application_form", FILE)]
    case.complete("asks", "application", "submitted", answers, idempotency_key="canary")
    marks = [{"field": "mailing_address", "reason": REASON}]
    case.complete("approves", "review", "returned", {"opinion": OPINION, "marks": marks})
    case.complete("asks", "application", "submitted", answers)
    cancel_instance(cast.uow, cast["operator"], case.id, REASON)
    cast.uow.session.rollback()
    secrets = [*CANARY.values(), OPINION, REASON, NAME, PHONE, PASSWORD, FILE]
    hidden = [text for text in secrets if text != CANARY["postal_code"]]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert [text for text in hidden if text.encode() in content] == [], path
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert [text for text in hidden if text in said] == []


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
