"""Business errors of service tasks: caught where the drawing says so, the end of the process where nothing does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from people_at_work import FOLDER, SERIALS, Case, Cast, begin, keys, refused
from sqlalchemy import func, select

from storage.actor import SYSTEM
from storage.models import Incident, Instance, PaymentOrder, RegisterEntry, RegisterKey
from storage.ports import FixedClock
from workflows import handlers, queries
from workflows.commands.incidents import fail_service_task, skip_service_task
from workflows.commands.instances import withdraw_instance
from workflows.commands.packages import deploy_package
from workflows.commands.tasks import complete_task
from workflows.errors import (
    FieldInvalid,
    HandlerRefused,
    IncidentClosed,
    NothingToSkip,
    ReasonMissing,
    RegisterKeyTaken,
    RoleMissing,
)
from workflows.handlers import BusinessError, Call, Effect, Outcome
from workflows.packages import read_folder
from workflows.queries.views import IncidentView
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due

ORDER, PUT = "payment.open_order", "register.put"
REFUSED = "bank_refuses"


def catching(host: str, code: str, back: str) -> dict[str, bytes]:
    """Return the certificate package in which an error of a service task leads back to a task."""
    files = read_folder(FOLDER)
    event = (
        f'<bpmn:boundaryEvent id="caught" name="没有办成" attachedToRef="{host}">'
        '<bpmn:errorEventDefinition id="caught_event" errorRef="caught_error" /></bpmn:boundaryEvent>'
        f'<bpmn:sequenceFlow id="mend" sourceRef="caught" targetRef="{back}" />'
    )
    drawing = files["process.bpmn"].decode()
    named = f'<bpmn:error id="caught_error" name="{code}" errorCode="{code}" />'
    drawing = drawing.replace("</bpmn:process>", f"{event}</bpmn:process>{named}")
    drawing = drawing[: drawing.index("<bpmndi:BPMNDiagram")] + "</bpmn:definitions>"
    words = files["i18n/en.toml"].decode().replace("[element]\n", '[element]\ncaught = "It failed"\n')
    return {**files, "process.bpmn": drawing.encode(), "i18n/en.toml": words.encode()}


class Bank:
    """Opens payment orders; `says` is the error that it answers with, None for an order, an exception as it is."""

    def __init__(self) -> None:
        self.says: str | Exception | None = REFUSED

    def __call__(self, _: Call, inputs: Mapping[str, Any]) -> Outcome:
        if isinstance(self.says, Exception):
            raise self.says
        if self.says is not None:
            raise BusinessError(self.says)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})


def bank(monkeypatch: pytest.MonkeyPatch, effect: Effect) -> Bank:
    made = Bank()
    handler = replace(handlers.HANDLERS[ORDER], effect=effect, run=made, tries=3, errors=(REFUSED,))
    monkeypatch.setitem(handlers.HANDLERS, ORDER, handler)
    return made


def approved(cast: Cast) -> Case:
    case = begin(cast)
    case.submit()
    case.approve()
    return case


def made(cast: Cast) -> Case:
    """An application whose keys are to be produced."""
    case = approved(cast)
    case.pay()
    case.confirm()
    return case


def failures(case: Case) -> list[dict[str, Any]]:
    found = case.uow.journal.read(f"instance:{case.id}")
    return [event for event in found if event["action"] == "service_task.failed"]


def ended(case: Case) -> tuple[str, str | None]:
    case.uow.session.rollback()
    instance = case.uow.session.get_one(Instance, case.id, populate_existing=True)
    return instance.status, instance.outcome


def test_a_taken_key_that_the_drawing_catches_goes_back_to_production(cast: Cast) -> None:
    deploy_package(cast.uow, SYSTEM, catching("register_keys", "register_key_taken", "key_production"))
    first, second = made(cast), made(cast)
    first.make(*SERIALS)
    second.make("ZK-2026-0009", SERIALS[0])
    assert second.open() == {"key_production", "invoice"}
    (event,) = failures(second)
    assert event["details"] == {
        "element": "register_keys",
        "key": event["details"]["key"],
        "handler": PUT,
        "error": "register_key_taken",
    }
    entries = select(func.count()).select_from(RegisterEntry).where(RegisterEntry.instance_id == second.id)
    assert cast.uow.session.scalar(entries) == 0
    assert set(cast.uow.session.scalars(select(RegisterKey.value))) == set(SERIALS)
    second.make("ZK-2026-0009", "ZK-2026-0010")
    assert second.open() == {"invoice"}
    assert cast.uow.session.scalar(entries) == 2
    for case in (first, second):
        assert replay_instance(cast.uow, case.id).ok
        assert cast.uow.journal.verify(f"instance:{case.id}").ok


def test_a_taken_key_that_nothing_catches_is_told_to_whoever_typed_it(cast: Cast) -> None:
    """They can correct it: an application is not lost over a slip."""
    first, second = made(cast), made(cast)
    first.make(*SERIALS)
    task_id = second.task("key_production")
    refused(cast, RegisterKeyTaken, complete_task, cast["maker"], task_id, "made", keys(*SERIALS))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_caught_error_may_end_in_another_that_nothing_catches(cast: Cast) -> None:
    """What the boundary event leads to is the owner's word, not the refusal behind it."""
    files = catching("register_keys", "register_key_taken", "given_up")
    drawing = files["process.bpmn"].decode()
    end = '<bpmn:endEvent id="given_up" name="放弃"><bpmn:errorEventDefinition id="e" errorRef="other" /></bpmn:endEvent>'
    drawing = drawing.replace(
        "</bpmn:process>", f'{end}</bpmn:process><bpmn:error id="other" name="o" errorCode="o" />'
    )
    words = files["i18n/en.toml"].decode().replace("[element]\n", '[element]\ngiven_up = "Given up"\n')
    deploy_package(
        cast.uow, SYSTEM, {**files, "process.bpmn": drawing.encode(), "i18n/en.toml": words.encode()}
    )
    first, second = made(cast), made(cast)
    first.make(*SERIALS)
    second.make(*SERIALS)
    assert ended(second) == ("failed", "given_up")
    assert replay_instance(cast.uow, second.id).ok


def test_an_error_that_nothing_catches_ends_the_process_as_failed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank(monkeypatch, Effect.ROW)
    case = approved(cast)
    assert ended(case) == ("failed", None)
    assert case.open() == set()
    found = cast.uow.journal.read(f"instance:{case.id}")
    assert [event["action"] for event in found[-2:]] == ["service_task.failed", "instance.failed"]
    assert found[-1]["details"] == {"outcome": None, "error": REFUSED}
    assert replay_instance(cast.uow, case.id).ok
    view = queries.read_instance(cast.uow, cast["asks"], case.id)
    assert (view.status, view.timeline[-1].action) == ("failed", "instance.failed")


def test_a_failed_process_leaves_no_order_to_pay(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case = approved(cast)
    confirm = handlers.HANDLERS["payment.confirm_order"]

    def refuse(_: Call, __: Mapping[str, Any]) -> Outcome:
        raise BusinessError(REFUSED)

    monkeypatch.setitem(handlers.HANDLERS, confirm.name, replace(confirm, run=refuse, errors=(REFUSED,)))
    case.pay()
    case.confirm()
    assert ended(case) == ("failed", None)
    assert cast.uow.session.scalars(select(PaymentOrder.status)).all() == ["cancelled"]


def test_what_a_handler_wrote_before_its_error_is_gone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    put = handlers.HANDLERS[PUT]

    def put_and_fail(call: Call, inputs: Mapping[str, Any]) -> Outcome:
        put.run(call, inputs)
        raise BusinessError(REFUSED)

    monkeypatch.setitem(handlers.HANDLERS, PUT, replace(put, run=put_and_fail, errors=(REFUSED,)))
    deploy_package(cast.uow, SYSTEM, catching("register_keys", REFUSED, "key_production"))
    case = made(cast)
    case.make(*SERIALS)
    assert case.open() == {"key_production", "invoice"}
    assert cast.uow.session.scalars(select(RegisterEntry.id)).all() == []
    assert cast.uow.session.scalars(select(RegisterKey.value)).all() == []
    monkeypatch.setitem(handlers.HANDLERS, PUT, put)
    case.make(*SERIALS)
    assert case.open() == {"invoice"}
    assert replay_instance(cast.uow, case.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_error_that_the_handler_does_not_declare_is_a_mistake(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank(monkeypatch, Effect.ROW).says = "moon_eclipsed"
    case = begin(cast)
    case.submit()
    args = (cast["approves"], case.task("review"), "approved", {})
    refusal = refused(cast, HandlerRefused, complete_task, *args)
    assert refusal.params["handler"] == ORDER


def test_an_error_from_outside_comes_back_through_the_worker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = bank(monkeypatch, Effect.OUTSIDE)
    deploy_package(cast.uow, SYSTEM, catching("order", REFUSED, "application"))
    case = approved(cast)
    assert case.open() == set()
    assert run_due(cast.uow) > 0
    assert case.open() == {"application"}
    (event,) = failures(case)
    assert (event["details"]["error"], event["actor"]) == (REFUSED, None)
    assert cast.uow.session.scalars(select(Incident)).all() == []
    answers.says = None
    case.submit()
    case.approve()
    run_due(cast.uow)
    assert case.open() == {"payment"}
    assert replay_instance(cast.uow, case.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_error_from_outside_that_comes_too_late_is_recorded_and_ignored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank(monkeypatch, Effect.OUTSIDE)
    case = approved(cast)
    withdraw_instance(cast.uow, cast["asks"], case.id)
    run_due(cast.uow)
    assert failures(case) == []
    last = cast.uow.journal.read(f"instance:{case.id}")[-1]
    assert (last["action"], last["details"]["error"]) == ("service_task.result_ignored", REFUSED)


# -- incidents ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stuck(cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, IncidentView]:
    """An application whose bank does not answer, three times; what it refuses leads back to the application."""
    bank(monkeypatch, Effect.OUTSIDE).says = OSError("no answer")
    deploy_package(cast.uow, SYSTEM, catching("order", REFUSED, "application"))
    case = approved(cast)
    for _ in range(6):
        run_due(cast.uow)
        clock.advance(timedelta(hours=1))
    return case, queries.incidents(cast.uow, cast["operator"]).items[0]


def test_an_operator_lets_a_stuck_service_task_fail(cast: Cast, stuck: tuple[Case, IncidentView]) -> None:
    case, incident = stuck
    assert incident.errors == (REFUSED,)
    args = (cast["operator"], incident.id, REFUSED, "银行来电拒绝。")
    settled = fail_service_task(cast.uow, *args, idempotency_key="one")
    assert (settled.resolution, settled.errors) == ("failed", ())
    assert fail_service_task(cast.uow, *args, idempotency_key="one").closed_at == settled.closed_at
    assert case.open() == {"application"}
    (event,) = failures(case)
    assert event["details"]["error"] == REFUSED
    assert list(event["commitments"]) == ["reason"]
    assert "银行来电" not in repr(event)
    assert replay_instance(cast.uow, case.id).ok
    refused(cast, IncidentClosed, fail_service_task, *args)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_fails_with_a_declared_code_and_a_reason_only(
    cast: Cast, stuck: tuple[Case, IncidentView]
) -> None:
    _, incident = stuck
    for code in ("moon_eclipsed", "", "x" * 200, "bank_\x00"):
        refusal = refused(cast, FieldInvalid, fail_service_task, cast["operator"], incident.id, code, "why")
        assert refusal.params == {"field": "error"}
    refused(cast, ReasonMissing, fail_service_task, cast["operator"], incident.id, REFUSED, " ")
    refused(cast, RoleMissing, fail_service_task, cast["auditor"], incident.id, REFUSED, "why")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_settled_otherwise_cannot_fail(cast: Cast, stuck: tuple[Case, IncidentView]) -> None:
    case, incident = stuck
    values = {"reference": "OUT-1", "amount": "700.00", "status": "open"}
    skip_service_task(cast.uow, cast["operator"], incident.id, values, "已查实")
    assert case.open() == {"payment"}
    args = (cast["operator"], incident.id, REFUSED, "why")
    refused(cast, (IncidentClosed, NothingToSkip), fail_service_task, *args)
