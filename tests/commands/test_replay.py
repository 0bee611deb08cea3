"""A journal is enough to make every step again, and a journal that was rewritten does not come out the same."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast
from sqlalchemy import select, update

from service.console_replay import replay_case
from storage import canonical
from storage.actor import SYSTEM
from storage.chain import event_hash, instance_stream
from storage.models import Event, Instance
from storage.ports import FixedClock
from workflows.commands.instances import withdraw_instance
from workflows.replay import Replay, replay_by_name, replay_instance


def rewrite(case: Case, seq: int, change: Callable[[dict[str, Any]], None]) -> None:
    """Change an event and chain everything after it anew, as somebody could who may write the database."""
    stream, previous = instance_stream(case.id), ""
    with case.uow.begin(SYSTEM):
        session = case.uow.session
        rows = session.execute(
            select(Event.seq, Event.body).where(Event.stream == stream).order_by(Event.seq)
        ).all()
        for row in rows:
            body = canonical.decode(row.body)
            if row.seq == seq:
                change(body)
            if row.seq > seq:
                body["previous"] = previous
            data = canonical.encode(body)
            previous = event_hash(data)
            event = update(Event).where(Event.stream == stream, Event.seq == row.seq)
            session.execute(event.values(body=data, hash=previous))
        session.execute(update(Instance).where(Instance.id == case.id).values(journal_hash=previous))


def replayed(case: Case) -> Replay:
    return replay_instance(case.uow, case.id)


def walk(case: Case, clock: FixedClock) -> None:
    """Bring an application to its two parallel branches."""
    for verb in (case.submit, case.approve, case.pay, case.confirm):
        clock.advance(timedelta(hours=1))
        verb()


def test_a_whole_application_comes_out_as_it_was_recorded(case: Case, cast: Cast, clock: FixedClock) -> None:
    walk(case, clock)
    case.issue_invoice()
    case.make()
    case.ship()
    case.receive()
    found = replayed(case)
    assert found.difference is None
    assert found.events == len(cast.uow.journal.read(instance_stream(case.id)))
    assert found.steps > 8


def test_a_withdrawn_application_comes_out_as_it_was_recorded(case: Case, cast: Cast) -> None:
    case.submit()
    withdraw_instance(cast.uow, cast["asks"], case.id)
    found = replay_by_name(cast.uow, case.result.number.lower())
    assert found is not None
    assert found.ok


def test_the_first_changed_digest_is_named_with_both_markings(case: Case, clock: FixedClock) -> None:
    walk(case, clock)
    rewrite(case, 2, lambda body: body.update(digest="1:" + "0" * 64))
    found = replayed(case).difference
    assert found is not None
    assert (found.seq, found.action, found.what) == (2, "task.completed", "digest")
    assert [token["element"] for token in found.recorded] == ["review"]
    assert found.recorded == found.replayed
    assert found.recorded_digest != found.replayed_digest


def test_a_changed_marking_is_named_beside_the_true_one(case: Case) -> None:
    case.submit()
    rewrite(case, 2, lambda body: body["marking"][0].update(element="payment"))
    found = replayed(case).difference
    assert found is not None
    assert (found.seq, found.what) == (2, "marking")
    assert [token["element"] for token in found.recorded] == ["payment"]
    assert [token["element"] for token in found.replayed] == ["review"]


def _other_flow(body: dict[str, Any]) -> None:
    taken = next(entry for entry in body["trail"] if entry["kind"] == "flow")
    taken["flow_id"] = "flow_that_was_not_taken"


@pytest.mark.parametrize(
    ("seq", "change", "what"),
    [
        (2, _other_flow, "trail"),
        (2, lambda body: body["trail"].pop(), "trail"),
        (3, lambda body: body["inputs"]["values"].update(outcome="returned"), "digest"),
        (2, lambda body: body["inputs"].update(seed="another"), "marking"),
        (2, lambda body: body.update(state_sha256="0" * 64), "state"),
        (2, lambda body: body.update(definition="0" * 64), "definition"),
        (2, lambda body: body["task"].update(key="nowhere"), "step"),
        (2, lambda body: body["inputs"].update(values={}), "digest"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whatever_is_rewritten_shows(
    case: Case, seq: int, change: Callable[[dict[str, Any]], None], what: str
) -> None:
    case.submit()
    case.approve()
    assert replayed(case).ok
    rewrite(case, seq, change)
    found = replayed(case).difference
    assert found is not None
    assert found.seq == seq
    assert found.what == what


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_broken_chain_is_said_before_anything_is_replayed(case: Case) -> None:
    case.submit()
    event = update(Event).where(Event.stream == instance_stream(case.id), Event.seq == 2)
    with case.uow.begin(SYSTEM):
        case.uow.session.execute(event.values(body=b"{}"))
    found = replayed(case).difference
    assert found is not None
    assert (found.seq, found.what) == (2, "chain")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_status_that_the_journal_does_not_know_is_a_difference(case: Case) -> None:
    case.submit()
    with case.uow.begin(SYSTEM):
        case.uow.session.execute(update(Instance).where(Instance.id == case.id).values(status="completed"))
    found = replayed(case).difference
    assert found is not None
    assert found.what == "end"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_line_tells_people_and_programs_the_same(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    case.submit()
    assert replay_case(case.uow, case.result.number, as_json=False)
    assert "no difference" in capsys.readouterr().out
    rewrite(case, 2, lambda body: body["marking"][0].update(element="payment"))
    assert not replay_case(case.uow, str(case.id), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["difference"]["seq"], told["difference"]["what"]) == (False, 2, "marking")
    assert not replay_case(case.uow, str(case.id), as_json=False)
    said = capsys.readouterr().out
    assert "recorded: payment (round 1" in said
    assert "replayed: review (round 1" in said
