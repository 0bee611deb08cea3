"""When something breaks in the middle: nothing is half done, and somebody is told."""

from typing import Any

import pytest
from people_at_work import SERIALS, Case, Cast, begin, keys, refused, traces
from sqlalchemy import select, update

from storage.models import Incident, Instance, RegisterKey
from workflows.commands import steps
from workflows.commands.tasks import claim_task, complete_task
from workflows.engine.errors import EngineError, Fault
from workflows.errors import DomainError, InvoiceNumberTaken, RegisterKeyTaken, StepFailed
from workflows.forms import InvalidForm


def test_a_crash_in_the_middle_rolls_everything_back(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = case.application()
    before = traces(cast.uow)
    from workflows.commands import tasks

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "apply_step", dies)
    with pytest.raises(KeyboardInterrupt):
        complete_task(cast.uow, cast["asks"], case.task("application"), "submitted", answers)
    assert traces(cast.uow) == before
    monkeypatch.undo()
    assert (
        complete_task(cast.uow, cast["asks"], case.task("application"), "submitted", answers).status
        == "completed"
    )


def test_a_damaged_state_is_set_aside_and_never_run(case: Case, cast: Cast) -> None:
    from storage.errors import StateDamaged
    from storage.models import Incident

    case.submit()
    task_id = case.task("review")
    with cast.uow.begin(cast["administrator"]):
        instance = cast.uow.session.get_one(Instance, case.id)
        instance.state = instance.state[:-1] + b"?"
    for _ in range(2):
        with pytest.raises(StateDamaged):
            claim_task(cast.uow, cast["approves"], task_id)
    cast.uow.session.rollback()
    assert [one.kind for one in cast.uow.session.scalars(select(Incident))] == ["state_damaged"]
    instance = cast.uow.session.get_one(Instance, case.id)
    assert instance.quarantined_at is not None
    assert instance.status == "active"


def test_every_byte_of_a_state_is_guarded_and_the_case_beside_it_goes_on(case: Case, cast: Cast) -> None:
    from storage.errors import StateDamaged
    from storage.state import state_digest

    beside = begin(cast, "stranger")
    case.submit()
    whole = cast.uow.session.get_one(Instance, case.id).state
    put_version = cast.uow.session.get_one(Instance, case.id).state_version
    definition_id = cast.uow.session.get_one(Instance, case.id).definition_id
    cast.uow.session.rollback()
    assert len(whole) > 300

    def put(state: bytes, **more: Any) -> None:
        with cast.uow.begin(cast["administrator"]):
            row = update(Instance).where(Instance.id == case.id)
            cast.uow.session.execute(row.values(state=state, **more))

    for at in range(len(whole)):
        put(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        with pytest.raises(StateDamaged), cast.uow.begin(cast["approves"]):
            cast.uow.lock_instance(case.id)
    # Even with a digest of its own it is not the state that the journal names.
    other = whole.replace(b"review", b"refund", 1)
    put(other, state_sha256=state_digest(case.id, put_version, definition_id, other))
    with pytest.raises(StateDamaged):
        claim_task(cast.uow, cast["approves"], case.task("review"))
    beside.submit("stranger")
    assert beside.approve().status == "completed"
    assert [one.instance_id for one in cast.uow.session.scalars(select(Incident))] == [case.id]


def test_a_damaged_state_is_not_even_read_before_the_lock(case: Case, cast: Cast) -> None:
    from storage.errors import StateDamaged
    from workflows import queries

    case.submit()
    task_id = case.task("review")
    with cast.uow.begin(cast["administrator"]):
        cast.uow.session.get_one(Instance, case.id).state = b"not a state"
    assert queries.read_task(cast.uow, cast["approves"], task_id).control == {}
    with pytest.raises(StateDamaged):
        complete_task(cast.uow, cast["approves"], task_id, "approved", {})


def test_trouble_of_the_engine_changes_nothing_but_opens_one_incident(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.submit()

    def fails(*_: Any, **__: Any) -> None:
        raise EngineError(Fault.DECISION_FAILED, "no row fits", element="pricing")

    monkeypatch.setattr(steps.engine, "advance", fails)
    before = traces(cast.uow)
    for _ in range(2):
        with pytest.raises(StepFailed):
            case.approve()
    after = traces(cast.uow)
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"incident", "event", "stream_head"}
    incident = cast.uow.session.scalars(select(Incident)).one()
    assert (incident.kind, incident.message) == ("step_failed", "decision_failed pricing")
    monkeypatch.undo()
    assert case.approve().status == "completed"


def test_an_application_that_cannot_begin_is_refused_with_a_sentence_and_an_incident(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise EngineError(Fault.DECISION_FAILED, "no row fits", element="pricing")

    monkeypatch.setattr(steps.engine, "start", fails)
    before = traces(cast.uow)
    with pytest.raises(StepFailed):
        begin(cast)
    after = traces(cast.uow)
    assert {table for table in before if before[table] != after[table]} == {
        "incident",
        "event",
        "stream_head",
    }


def test_a_serial_that_is_taken_is_named_and_changes_nothing(case: Case, cast: Cast) -> None:
    cases = [case, begin(cast, "stranger")]
    for one, who in zip(cases, ("asks", "stranger"), strict=True):
        one.submit(who)
        one.approve()
        one.pay(who)
        one.confirm()
    cases[0].make()
    task_id = cases[1].task("key_production")
    told = refused(
        cast,
        RegisterKeyTaken,
        complete_task,
        cast["maker"],
        task_id,
        "made",
        keys("ZK-2026-0009", SERIALS[1]),
    )
    assert told.params["value"] == SERIALS[1]
    twice = refused(
        cast,
        (RegisterKeyTaken, InvalidForm),
        complete_task,
        cast["maker"],
        task_id,
        "made",
        keys("ZK-2026-0009", "ZK-2026-0009"),
    )
    assert isinstance(twice, DomainError | InvalidForm)
    cases[1].make("ZK-2026-0003", "ZK-2026-0004")
    assert len(cast.uow.session.scalars(select(RegisterKey)).all()) == 4
    cases[0].issue_invoice("00000001")
    refused(
        cast,
        InvoiceNumberTaken,
        complete_task,
        cast["finance"],
        cases[1].task("invoice"),
        "issued",
        {"invoice_number": "00000001", "issued_on": "2026-11-20"},
    )
