"""Work outside that fails: tried again with pauses, then an incident that a person retries, does by hand or closes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast, refused
from sqlalchemy import select

from storage.models import Incident, Instance, Job
from storage.ports import FixedClock
from workflows import handlers, queries
from workflows.commands.incidents import close_incident, retry_incident, skip_service_task
from workflows.commands.instances import cancel_instance
from workflows.errors import (
    FieldInvalid,
    IncidentClosed,
    NotFound,
    NothingToRetry,
    NothingToSkip,
    ReasonMissing,
    RoleMissing,
)
from workflows.handlers import Call, Effect, Outcome
from workflows.housekeeping import keep_house
from workflows.queries.views import IncidentView
from workflows.replay import replay_instance
from workflows.worker_jobs import run_due

ORDER = "payment.open_order"
ANSWER = {"reference": "OUT-1", "amount": "700.00", "status": "open"}


class Bank:
    """Opens payment orders outside; `down` while it does not answer."""

    def __init__(self) -> None:
        self.down = True
        self.calls = 0

    def __call__(self, _: Call, inputs: Mapping[str, Any]) -> Outcome:
        self.calls += 1
        if self.down:
            message = "13800001111 does not answer"
            raise OSError(message)
        return Outcome({"reference": "OUT-1", "amount": inputs["amount"], "status": "open"})


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    made = Bank()
    handler = replace(handlers.HANDLERS[ORDER], effect=Effect.OUTSIDE, run=made, tries=3)
    monkeypatch.setitem(handlers.HANDLERS, ORDER, handler)
    return made


@pytest.fixture
def stuck(case: Case, cast: Cast, clock: FixedClock, bank: Bank) -> IncidentView:
    """An application whose payment order could not be opened, three times."""
    case.submit()
    case.approve()
    for _ in range(6):
        run_due(cast.uow)
        clock.advance(timedelta(hours=1))
    return queries.incidents(cast.uow, cast["operator"]).items[0]


def actions(case: Case) -> list[str]:
    return [event["action"] for event in case.uow.journal.read(f"instance:{case.id}")]


def test_failing_work_is_tried_with_growing_pauses_and_then_opens_one_incident(
    case: Case, cast: Cast, clock: FixedClock, bank: Bank
) -> None:
    case.submit()
    case.approve()
    tried = []
    for second in range(12):
        before = bank.calls
        run_due(cast.uow)
        if bank.calls > before:
            tried.append(second)
        clock.advance(timedelta(seconds=1))
    assert tried == [0, 2, 6]
    found = queries.incidents(cast.uow, cast["auditor"]).items
    assert [(one.kind, one.handler, one.attempts, one.may_retry) for one in found] == [
        ("job_failed", ORDER, 3, True)
    ]
    live = queries.package_diagram(cast.uow, cast["auditor"], case.id).marking
    assert found[0].element_id in {token["element"] for token in live}
    assert "13800001111" not in found[0].message
    assert cast.uow.journal.read("system")[-1]["action"] == "incident.opened"
    assert cast.uow.session.get_one(Instance, case.id).status == "active"


def test_a_retry_does_the_work_once_more_and_closes_the_incident(
    case: Case, cast: Cast, bank: Bank, stuck: IncidentView
) -> None:
    bank.down = False
    done = retry_incident(cast.uow, cast["operator"], stuck.id, "key")
    assert done.resolution == "retried"
    assert done.closed_by is not None
    assert retry_incident(cast.uow, cast["operator"], stuck.id, "key") == done
    assert retry_incident(cast.uow, cast["administrator"], stuck.id).resolution == "retried"
    run_due(cast.uow)
    assert case.open() == {"payment"}
    assert actions(case).count("incident.retried") == 1
    assert queries.incidents(cast.uow, cast["operator"]).items == ()
    assert replay_instance(cast.uow, case.id).ok


def test_a_retry_that_fails_again_opens_the_next_incident(
    cast: Cast, clock: FixedClock, bank: Bank, stuck: IncidentView
) -> None:
    retry_incident(cast.uow, cast["operator"], stuck.id)
    for _ in range(6):
        run_due(cast.uow)
        clock.advance(timedelta(hours=1))
    assert bank.calls == 6
    assert [one.id == stuck.id for one in queries.incidents(cast.uow, cast["operator"]).items] == [False]


def test_a_skip_brings_the_result_by_hand_and_says_why(
    case: Case, cast: Cast, bank: Bank, stuck: IncidentView
) -> None:
    done = skip_service_task(cast.uow, cast["operator"], stuck.id, ANSWER, "The bank is closed.", "key")
    assert done.resolution == "skipped"
    assert (
        skip_service_task(cast.uow, cast["operator"], stuck.id, ANSWER, "The bank is closed.", "key") == done
    )
    assert case.open() == {"payment"}
    event = cast.uow.journal.read(f"instance:{case.id}")[-1]
    assert (event["action"], event["inputs"]["values"]["reference"]) == ("service_task.skipped", "OUT-1")
    assert list(event["commitments"]) == ["reason"]
    assert "bank is closed" not in str(event)
    assert cast.uow.session.scalars(select(Job.status)).all() == ["dropped"]
    bank.down = False
    run_due(cast.uow)
    assert bank.calls == 3
    assert replay_instance(cast.uow, case.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "values.amount"),
        ({**ANSWER, "amount": "much"}, "values.amount"),
        ({**ANSWER, "amount": True}, "values.amount"),
        ({**ANSWER, "amount": "NaN"}, "values.amount"),
        ({**ANSWER, "review": {"outcome": "approved"}}, "values.review"),
        ({**ANSWER, "__class__": "x"}, "values.__class__"),
    ],
)
def test_values_that_the_handler_could_not_bring_are_refused(
    cast: Cast, stuck: IncidentView, values: dict[str, Any], field: str
) -> None:
    error = refused(cast, FieldInvalid, skip_service_task, cast["operator"], stuck.id, values, "why")
    assert error.params["field"] == field


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_operators_and_administrators_settle_incidents(cast: Cast, stuck: IncidentView) -> None:
    for who in ("auditor", "asks", "approves", "stranger"):
        refused(cast, RoleMissing, retry_incident, cast[who], stuck.id)
        refused(cast, RoleMissing, skip_service_task, cast[who], stuck.id, ANSWER, "why")
        refused(cast, RoleMissing, close_incident, cast[who], stuck.id, "why")
    refused(cast, RoleMissing, queries.incidents, cast["asks"])
    refused(cast, NotFound, retry_incident, cast["operator"], cast.organisations["agent"])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_reason_is_asked_for(cast: Cast, stuck: IncidentView) -> None:
    refused(cast, ReasonMissing, skip_service_task, cast["operator"], stuck.id, ANSWER, "  ")
    refused(cast, ReasonMissing, close_incident, cast["operator"], stuck.id, "")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_closed_incident_is_not_settled_twice(cast: Cast, stuck: IncidentView) -> None:
    closed = close_incident(cast.uow, cast["operator"], stuck.id, "The bank was called.")
    assert closed.resolution == "closed"
    assert close_incident(cast.uow, cast["operator"], stuck.id, "Again.").closed_at == closed.closed_at
    refused(cast, IncidentClosed, retry_incident, cast["operator"], stuck.id)
    refused(cast, IncidentClosed, skip_service_task, cast["operator"], stuck.id, ANSWER, "why")
    assert [one.id for one in queries.incidents(cast.uow, cast["operator"], "closed").items] == [stuck.id]
    assert cast.uow.journal.verify("system").ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_incident_without_work_behind_it_can_only_be_closed(case: Case, cast: Cast) -> None:
    from storage.actor import SYSTEM

    with cast.uow.begin(SYSTEM) as done:
        row = Incident(
            id=cast.uow.ids.new(),
            instance_id=case.id,
            kind="step_failed",
            message="decision_failed key_price",
            opened_at=cast.uow.clock.now(),
        )
        cast.uow.session.add(row)
        incident_id = done(row.id)
    refused(cast, NothingToRetry, retry_incident, cast["operator"], incident_id)
    refused(cast, NothingToSkip, skip_service_task, cast["operator"], incident_id, ANSWER, "why")
    assert close_incident(cast.uow, cast["operator"], incident_id, "Table corrected.").resolution == "closed"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_incidents_of_cases_that_ended_are_closed_by_themselves(
    case: Case, cast: Cast, stuck: IncidentView
) -> None:
    cancel_instance(cast.uow, cast["operator"], case.id, "The bank is gone.")
    keep_house(cast.uow)
    assert [one.resolution for one in queries.incidents(cast.uow, cast["operator"], "closed").items] == [
        "moot"
    ]
