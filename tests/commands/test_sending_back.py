"""Returns that nobody drew: what they cancel, what they leave, what the next person reads, and when they are refused."""

from dataclasses import replace
from typing import Any

import pytest
from people_at_work import FOLDER, Case, Cast, begin
from returning_package import returning_files
from sending_back import MARKS, WHY, ask, back, events, pass_on, sent_in
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Attachment, Draft, PaymentOrder, Task, Timer
from storage.ports import FixedClock
from workflows import handlers, queries
from workflows.commands.drafts import save_draft
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import claim_task
from workflows.handlers import Call, Effect, Outcome
from workflows.packages import read_folder
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due


def rows(case: Case) -> list[tuple[str, int, str, str | None]]:
    """Return every task of the case: element, round, status, outcome."""
    case.uow.session.rollback()
    tasks = case.uow.session.scalars(
        select(Task).where(Task.instance_id == case.id).order_by(Task.created_at, Task.element_id)
    )
    return [(task.element_id, task.round, task.status, task.outcome) for task in tasks]


def orders(case: Case) -> list[tuple[str, int]]:
    case.uow.session.rollback()
    found = case.uow.session.execute(
        select(PaymentOrder.status, PaymentOrder.amount_fen)
        .where(PaymentOrder.instance_id == case.id)
        .order_by(PaymentOrder.reference)
    )
    return [(row.status, row.amount_fen) for row in found]


def timers(case: Case) -> list[str]:
    case.uow.session.rollback()
    of_engine = select(Timer.element_id).where(Timer.instance_id == case.id, Timer.kind == "engine")
    return list(case.uow.session.scalars(of_engine))


def test_a_return_inside_a_branch_leaves_the_other_branch_alone(sent: Case, cast: Cast) -> None:
    pass_on(sent, "legal", "first_look")
    claim_task(cast.uow, cast["finance"], sent.task("books"))
    result = back(sent, "approves", "second_look", "first_look")
    assert (result.status, result.outcome, result.holder) == ("completed", "returned", None)
    assert sent.open() == {"first_look", "books"}
    assert ("books", 1, "open", None) in rows(sent)
    assert ("first_look", 2, "open", None) in rows(sent)
    pass_on(sent, "books", "first_look", "second_look", "sign")
    assert replay_instance(cast.uow, sent.id).ok


def test_a_return_out_of_a_sub_process_takes_it_along(sent: Case, cast: Cast) -> None:
    pass_on(sent, "books", "legal", "first_look")
    back(sent, "approves", "second_look", "legal")
    assert sent.open() == {"legal"}
    assert timers(sent) == ["legal_late"]
    pass_on(sent, "legal", "first_look", "second_look")
    assert sent.open() == {"sign"}
    assert replay_instance(cast.uow, sent.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_return_before_the_split_cancels_both_branches(sent: Case, cast: Cast) -> None:
    back(sent, "finance", "books", "application")
    assert sent.open() == {"application"}
    assert timers(sent) == []
    assert {row for row in rows(sent) if row[0] in ("legal", "books")} == {
        ("legal", 1, "cancelled", None),
        ("books", 1, "completed", "returned"),
    }
    assert replay_instance(cast.uow, sent.id).ok


def test_a_return_from_behind_the_join_begins_both_branches_anew(sent: Case, cast: Cast) -> None:
    pass_on(sent, "legal", "first_look", "second_look", "books")
    back(sent, "approves", "sign", "application")
    assert sent.open() == {"application"}
    ask(sent)
    assert sent.open() == {"legal", "books"}
    pass_on(sent, "books", "legal", "first_look", "second_look")
    assert sent.open() == {"sign"}
    pass_on(sent, "sign")
    assert replay_instance(cast.uow, sent.id).ok
    assert cast.uow.journal.verify(f"instance:{sent.id}").ok


def test_an_order_that_the_cancelled_part_opened_is_opened_anew(sent: Case) -> None:
    assert orders(sent) == [("open", 70000)]
    back(sent, "approves", "legal", "application")
    assert orders(sent) == [("cancelled", 70000)]
    (event,) = events(sent, "task.returned")
    assert len(event["details"]["orders"]) == 1
    ask(sent)
    assert orders(sent) == [("cancelled", 70000), ("open", 70000)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_order_opened_outside_the_cancelled_part_stays(sent: Case) -> None:
    pass_on(sent, "legal", "first_look")
    back(sent, "approves", "second_look", "legal")
    assert orders(sent) == [("open", 70000)]
    assert events(sent, "task.returned")[0]["details"]["orders"] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_order_that_the_cancelled_part_only_met_again_stays(cast: Cast) -> None:
    """The same handler is inside the cancelled part too, and found the order as it wanted it."""
    files = returning_files()
    again = (
        '<bpmn:serviceTask id="again" name="again"><bpmn:extensionElements><spiffworkflow:properties>'
        '<spiffworkflow:property name="handler" value="payment.open_order" />'
        '<spiffworkflow:property name="input.amount" value="application.amount" />'
        "</spiffworkflow:properties></bpmn:extensionElements></bpmn:serviceTask>"
        '<bpmn:sequenceFlow id="onward" sourceRef="again" targetRef="second_look" />'
    )
    drawing = files["process.bpmn"].decode()
    drawing = drawing.replace(
        'sourceRef="first_look" targetRef="second_look"', 'sourceRef="first_look" targetRef="again"'
    )
    drawing = drawing.replace(
        '<bpmn:startEvent id="check_begun"', f'{again}<bpmn:startEvent id="check_begun"'
    )
    words = files["i18n/en.toml"].decode().replace("[element]\n", '[element]\nagain = "Again"\n')
    changed = {"process.bpmn": drawing.encode(), "i18n/en.toml": words.encode()}
    deploy_package(cast.uow, SYSTEM, {**files, **changed})
    case = sent_in(cast)
    pass_on(case, "legal", "first_look")
    back(case, "approves", "second_look", "first_look")
    assert orders(case) == [("open", 70000)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("status", ["paid", "held"])
def test_money_that_arrived_or_is_held_stays(sent: Case, cast: Cast, status: str) -> None:
    with cast.uow.begin(SYSTEM):
        order = cast.uow.session.scalars(select(PaymentOrder)).one()
        order.status = status
    back(sent, "approves", "legal", "application")
    assert orders(sent) == [(status, 70000)]


def test_the_applicant_reads_why_and_goes_on_from_what_was_handed_in(sent: Case, cast: Cast) -> None:
    back(sent, "approves", "legal", "application", marks=MARKS)
    view = queries.read_task(cast.uow, cast["asks"], sent.task("application"))
    assert view.return_reason == WHY
    assert [(mark.field, mark.label, mark.reason) for mark in view.marks] == [
        ("amount", "amount", "多写了一个零"),
        ("lines[0].thing", "thing", "名称不全"),
    ]
    assert view.answers["company"] == "青枫售电有限公司"
    case = queries.read_instance(cast.uow, cast["asks"], sent.id)
    assert case.marks == view.marks
    last = case.timeline[-1]
    assert (last.action, last.element_id, last.outcome_kind, last.opinion) == (
        "task.returned",
        "legal",
        "return",
        WHY,
    )
    assert (last.by.name if last.by else None, last.marks) == ("review_agent", view.marks)
    named = queries.read_instance(cast.uow, cast["also_approves"], sent.id).timeline[-1]
    assert named.by is not None
    assert named.by.name == "approves of agent"


def test_what_was_written_lies_in_no_event(sent: Case, cast: Cast) -> None:
    back(sent, "approves", "legal", "application", marks=MARKS)
    (event,) = events(sent, "task.returned")
    assert event["details"]["to"] == "application"
    assert event["details"]["marks"] == ["amount", "lines[0].thing"]
    assert sorted(event["commitments"]) == ["marks[0]", "marks[1]", "reason"]
    assert not any(text in repr(event) for text in (WHY, *(mark["reason"] for mark in MARKS)))
    assert event["digest"] is not None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_decided_before_reads_why_and_goes_on_from_the_own_words(sent: Case, cast: Cast) -> None:
    pass_on(sent, "legal", "first_look")
    back(sent, "approves", "second_look", "legal", marks=[{"field": "opinion", "reason": "不够清楚"}])
    view = queries.read_task(cast.uow, cast["approves"], sent.task("legal"))
    assert (view.return_reason, view.answers) == (WHY, {"opinion": "legal 无误"})
    assert [mark.reason for mark in view.marks] == ["不够清楚"]
    other = queries.read_task(cast.uow, cast["finance"], sent.task("books"))
    assert (other.return_reason, other.marks) == (None, ())
    assert queries.read_instance(cast.uow, cast["asks"], sent.id).marks == ()
    pass_on(sent, "legal")
    assert queries.read_task(cast.uow, cast["approves"], sent.task("first_look")).return_reason is None


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_later_round_does_not_show_the_reason_of_an_earlier_return(sent: Case, cast: Cast) -> None:
    pass_on(sent, "legal", "first_look")
    back(sent, "approves", "second_look", "legal")
    back(sent, "finance", "books", "application")
    ask(sent)
    view = queries.read_task(cast.uow, cast["approves"], sent.task("legal"))
    assert (view.return_reason, view.answers) == (None, {})


def test_drafts_of_what_is_cancelled_go(sent: Case, cast: Cast) -> None:
    """That of the returning task as well: nobody will hand it in."""
    for who, name in (("approves", "legal"), ("finance", "books")):
        save_draft(cast.uow, cast[who], sent.task(name), {"opinion": "我再看看"})
    assert len(cast.uow.session.scalars(select(Draft)).all()) == 2
    back(sent, "finance", "books", "application")
    cast.uow.session.rollback()
    assert cast.uow.session.scalars(select(Draft)).all() == []


@pytest.fixture
def certificates(cast: Cast) -> Case:
    """An approved application of the certificate process, in which a payment may be sent back to the application."""
    files = read_folder(FOLDER)
    allowed = (
        files["manifest.toml"]
        .decode()
        .replace("[tasks.payment]", '[tasks.payment]\nreturn_to = ["application"]')
    )
    deploy_package(cast.uow, SYSTEM, {**files, "manifest.toml": allowed.encode()})
    case = begin(cast)
    case.submit()
    case.approve()
    return case


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_files_held_for_the_returning_task_get_their_term(certificates: Case, cast: Cast) -> None:
    certificates.attach("asks", "payment", "voucher")
    back(certificates, "asks", "payment", "application")
    held = cast.uow.session.scalars(select(Attachment).where(Attachment.field == "voucher")).one()
    assert (held.status, held.expires_at is not None) == ("pending", True)
    assert orders(certificates) == [("cancelled", 70000)]
    view = queries.read_task(cast.uow, cast["asks"], certificates.task("application"))
    assert [file.status for file in view.attachments] == ["committed", "committed"]
    assert replay_instance(cast.uow, certificates.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_result_that_comes_after_a_return_is_recorded_and_ignored(
    cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The books wait for a bank outside while the other branch sends all of it back."""

    def answer(_: Call, inputs: Any) -> Outcome:
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})

    order = handlers.HANDLERS["payment.open_order"]
    monkeypatch.setitem(
        handlers.HANDLERS, "payment.open_order", replace(order, effect=Effect.OUTSIDE, run=answer)
    )
    files = returning_files()
    drawing = files["process.bpmn"].decode()
    drawing = drawing.replace(
        'sourceRef="application" targetRef="order"', 'sourceRef="application" targetRef="split"'
    )
    drawing = drawing.replace('sourceRef="order" targetRef="split"', 'sourceRef="order" targetRef="books"')
    drawing = drawing.replace('sourceRef="split" targetRef="books"', 'sourceRef="split" targetRef="order"')
    deploy_package(cast.uow, SYSTEM, {**files, "process.bpmn": drawing.encode()})
    case = sent_in(cast)
    assert case.open() == {"legal"}
    back(case, "approves", "legal", "application")
    assert run_due(cast.uow) > 0
    assert case.open() == {"application"}
    (event,) = events(case, "service_task.result_ignored")
    assert event["inputs"]["values"]["reference"] == "OUT-1"
    ask(case)
    assert run_due(cast.uow) > 0
    assert case.open() == {"legal", "books"}
    assert replay_instance(cast.uow, case.id).ok
