"""Who may send a case back, to where, when and with which words; what is refused leaves no trace."""

from datetime import timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast, refused
from returning_package import ALLOWED, returning_files
from sending_back import MARKS, WHY, events, pass_on, sent_in

from storage.actor import SYSTEM
from storage.errors import NotFound
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.packages import deploy_package
from workflows.commands.returns import return_task
from workflows.commands.tasks import claim_task
from workflows.errors import (
    FieldInvalid,
    InstanceEnded,
    NeverEntered,
    NotAllowed,
    ReasonMissing,
    ReturnNotAllowed,
    ReturnRefused,
    StaleTask,
    TaskAlreadyClaimed,
    TaskNotOpen,
    UnknownField,
)
from workflows.packages import lint
from workflows.replay import replay_instance


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_targets_that_show_are_those_that_are_possible_now(sent: Case, cast: Cast) -> None:
    def shown(who: str, name: str) -> list[str]:
        return [one.element_id for one in queries.read_task(cast.uow, cast[who], sent.task(name)).returns]

    assert shown("approves", "legal") == ["application"]
    pass_on(sent, "legal")
    assert shown("approves", "first_look") == ["legal"]
    pass_on(sent, "first_look")
    assert shown("approves", "second_look") == ["first_look", "legal", "application"]
    view = queries.read_task(cast.uow, cast["approves"], sent.task("second_look"))
    assert [one.title for one in view.returns] == ["first_look", "legal", "application"]
    assert shown("auditor", "second_look") == []
    claim_task(cast.uow, cast["also_approves"], sent.task("second_look"))
    assert shown("approves", "second_look") == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_a_word_in_the_manifest_nothing_is_sent_back(cast: Cast) -> None:
    deploy_package(cast.uow, SYSTEM, returning_files({}))
    case = sent_in(cast)
    refusal = refused(
        cast, ReturnNotAllowed, return_task, cast["approves"], case.task("legal"), "application", WHY
    )
    assert refusal.params == {"to": "application"}
    assert queries.read_task(cast.uow, cast["approves"], case.task("legal")).returns == ()
    refused(cast, ReturnNotAllowed, return_task, cast["approves"], case.task("legal"), "nirvana", WHY)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_step_that_the_case_never_reached_is_no_target(cast: Cast) -> None:
    """The first look is for large amounts only, and this case went around it."""
    files = returning_files({"second_look": ("first_look",), "first_look": ("legal",)})
    drawing = files["process.bpmn"].decode()
    drawing = drawing.replace(
        'id="check_begun_to_first_look" sourceRef="check_begun" targetRef="first_look" />',
        'id="check_begun_to_x" sourceRef="check_begun" targetRef="x" />'
        '<bpmn:exclusiveGateway id="x" name="x" default="x_to_second_look" />'
        '<bpmn:sequenceFlow id="x_to_second_look" sourceRef="x" targetRef="second_look" />'
        '<bpmn:sequenceFlow id="x_to_first_look" sourceRef="x" targetRef="first_look">'
        "<bpmn:conditionExpression>application.amount &gt; 1000</bpmn:conditionExpression></bpmn:sequenceFlow>"
        "<!-- ",
    ).replace("<!-- <bpmn:seq", "<bpmn:seq")
    words = files["i18n/en.toml"].decode().replace("[element]\n", '[element]\nx = "x"\n')
    deploy_package(
        cast.uow, SYSTEM, {**files, "process.bpmn": drawing.encode(), "i18n/en.toml": words.encode()}
    )
    case = sent_in(cast)
    pass_on(case, "legal")
    assert case.open() == {"second_look", "books"}
    assert queries.read_task(cast.uow, cast["approves"], case.task("second_look")).returns == ()
    task_id = case.task("second_look")
    refusal = refused(cast, NeverEntered, return_task, cast["approves"], task_id, "first_look", WHY)
    assert refusal.params == {"to": "first_look"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_where_no_part_can_be_undone_the_reason_is_named(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that passed weaker checks: what cannot be proved at run time is refused, and nothing happens."""
    monkeypatch.setattr(lint, "check_returns", lambda _: None)
    deploy_package(cast.uow, SYSTEM, returning_files({**ALLOWED, "sign": ("legal", "first_look")}))
    case = sent_in(cast)
    pass_on(case, "legal", "first_look", "second_look", "books")
    assert queries.read_task(cast.uow, cast["approves"], case.task("sign")).returns == ()
    for to, why in (("legal", "not_provable"), ("first_look", "other_level")):
        task_id = case.task("sign")
        refusal = refused(cast, ReturnRefused, return_task, cast["approves"], task_id, to, WHY)
        assert refusal.params == {"to": to, "why": why}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_return_is_for_whoever_may_complete_the_task(sent: Case, cast: Cast) -> None:
    task_id = sent.task("legal")
    for who, error in (
        ("stranger", NotFound),
        ("asks", NotAllowed),
        ("finance", NotAllowed),
        ("may_not", NotAllowed),
    ):
        refused(cast, error, return_task, cast[who], task_id, "application", WHY)
    claim_task(cast.uow, cast["also_approves"], task_id)
    taken = refused(cast, TaskAlreadyClaimed, return_task, cast["approves"], task_id, "application", WHY)
    assert taken.params["holder"] == "also_approves of agent"
    refused(cast, StaleTask, return_task, cast["also_approves"], task_id, "application", WHY, task_version=1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_reason_and_whole_marks_are_asked_for(sent: Case, cast: Cast) -> None:
    task_id = sent.task("legal")

    def with_marks(error: type[Exception], *marks: dict[str, str]) -> dict[str, Any]:
        refusal = refused(cast, error, return_task, cast["approves"], task_id, "application", WHY, marks)
        return dict(refusal.params)

    refused(cast, ReasonMissing, return_task, cast["approves"], task_id, "application", " \n ")
    refused(cast, FieldInvalid, return_task, cast["approves"], task_id, "application", "x" * 501)
    assert with_marks(FieldInvalid, {"field": "amount", "reason": " "}) == {"field": "marks[0].reason"}
    assert with_marks(FieldInvalid, *[MARKS[0]] * 101) == {"field": "marks"}
    for path in ("colour", "lines[x].thing", "lines[0].thing.more", "", "amount\n"):
        assert with_marks(UnknownField, {"field": path, "reason": "x"}) == {"field": path}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_same_return_twice_is_one(sent: Case, cast: Cast) -> None:
    task_id = sent.task("legal")
    args = (cast["approves"], task_id, "application", WHY, MARKS)
    first = return_task(cast.uow, *args, idempotency_key="one")
    assert return_task(cast.uow, *args, idempotency_key="one") == first
    assert return_task(cast.uow, *args) == first
    assert len(events(sent, "task.returned")) == 1
    refused(cast, TaskNotOpen, return_task, cast["approves"], task_id, "application", "别的理由")
    refused(cast, TaskNotOpen, return_task, cast["approves"], task_id, "application", WHY, MARKS[:1])
    refused(cast, TaskNotOpen, return_task, cast["also_approves"], task_id, "application", WHY, MARKS)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_deadline_that_has_passed_comes_before_a_return(sent: Case, cast: Cast, clock: FixedClock) -> None:
    task_id = sent.task("legal")
    clock.advance(timedelta(hours=48))
    with pytest.raises(InstanceEnded):
        return_task(cast.uow, cast["approves"], task_id, "application", WHY)
    assert sent.open() == set()
    assert replay_instance(cast.uow, sent.id).ok


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_drawn_return_and_an_undrawn_one_are_told_apart(case: Case, cast: Cast) -> None:
    """Both are task.returned: only the one that nobody drew made a step and says where it went."""
    case.submit()
    marks = [{"field": "company", "reason": "请写全称"}]
    case.complete("approves", "review", "returned", {"opinion": "请改名称", "marks": marks})
    (drawn,) = events(case, "task.returned")
    assert (drawn["digest"], drawn["details"].get("to")) == (None, None)
    assert replay_instance(cast.uow, case.id).ok
    assert [entry.action for entry in queries.read_instance(cast.uow, cast["asks"], case.id).timeline].count(
        "task.returned"
    ) == 0
