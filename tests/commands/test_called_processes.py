"""A process that calls another: bound when it is deployed, played as one case, each part with its own names."""


import pytest
from calls_at_work import Purchase, bind_all, deploy_opinion, deploy_purchase, purchase
from people_at_work import Cast, refused
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.models import Instance, Task
from workflows import queries
from workflows.commands.instances import start_instance, withdraw_instance
from workflows.commands.organisations import bind_lane
from workflows.commands.tasks import complete_task
from workflows.errors import (
    FieldInvalid,
    LanesNotSeparate,
    LaneUnbound,
    NotFound,
    UnknownOutcome,
    WithdrawTooLate,
)
from workflows.forms import InvalidForm
from workflows.replay import replay_instance


@pytest.fixture
def calling(cast: Cast) -> Cast:
    """Both packages deployed, every lane bound."""
    deploy_opinion(cast)
    deploy_purchase(cast)
    bind_all(cast)
    return cast


@pytest.fixture
def case(calling: Cast) -> Purchase:
    """A purchase that was handed in: two opinions are asked for at once."""
    begun = purchase(calling)
    begun.apply()
    return begun


def status(case: Purchase) -> tuple[str, str | None]:
    case.uow.session.rollback()
    found = case.uow.session.get_one(Instance, case.id, populate_existing=True)
    return found.status, found.outcome


def test_a_case_goes_through_calls_side_by_side_again_and_again_and_for_each_item(case: Purchase) -> None:
    assert case.open() == {"legal.review", "expert.review"}
    case.say("legal", "no")
    assert case.open() == {"expert.review"}
    case.say("expert")
    assert case.open() == {"review"}
    case.complete("finance", "review", "once_more", {})
    assert case.open() == {"legal.review", "expert.review"}
    case.say("legal")
    case.say("expert", remarks=[{"code": "A-1", "text": "可以"}])
    assert case.open() == {"each.review"}
    assert len(case.tasks("each.review")) == 2
    case.say("each")
    assert case.open() == {"each.review"}
    complete_task(
        case.uow, case.cast["approves"], case.task("each.review"), "yes", {"reason": "贵"}
    )  # 9000: heavy
    assert case.open() == {"each.second"}
    case.complete("maker", "each.second", "agreed", {"opinion": "同意"})
    assert status(case) == ("completed", "done")
    assert replay_instance(case.uow, case.id).ok


def test_an_outcome_of_a_called_process_decides_in_the_caller(case: Purchase) -> None:
    case.say("legal")
    case.say("expert")
    case.say("each", "no")
    case.say("each", "yes", reason="贵")
    case.complete("maker", "each.second", "agreed", {})
    assert status(case) == ("completed", "refused")
    assert replay_instance(case.uow, case.id).ok


def test_a_form_within_a_call_reads_the_inputs_and_nothing_of_the_caller(calling: Cast) -> None:
    case = purchase(calling)
    case.apply(amount=2000)
    with pytest.raises(InvalidForm) as told:
        case.say("legal")
    assert set(told.value.errors) == {"reason"}  # hidden up to 1000 only
    with pytest.raises(InvalidForm) as told:
        case.say("legal", reason="x", opinion="打印机")
    assert [one.params.get("message") for one in told.value.errors[""]] == ["意见不能照抄事项。"]
    view = queries.read_task(case.uow, calling["approves"], case.task("legal.review"))
    assert view.control["input"] == {"subject": "打印机", "amount": 2000}
    assert "apply" not in view.control
    case.say("legal", reason="x")


def test_each_run_of_a_call_is_given_its_own_inputs(case: Purchase) -> None:
    case.say("legal")
    case.say("expert")
    views = [
        queries.read_task(case.uow, case.cast["approves"], task_id) for task_id in case.tasks("each.review")
    ]
    assert sorted(view.control["input"]["subject"] for view in views) == ["墨盒", "纸张"]


def test_a_task_shows_in_the_words_of_its_own_process_with_its_own_outcomes_cards_and_lane(
    case: Purchase,
) -> None:
    view = queries.read_task(case.uow, case.cast["approves"], case.task("legal.review"))
    assert (view.title, view.lane_title, view.process_title) == ("法务意见 · 评议", "评议人", "采购申请")
    assert [one.key for one in view.outcomes] == ["yes", "no", "ask"]
    assert view.texts["label.review.reason"] == "栏 reason"
    assert [card.title for card in view.cards] == ["评议须知"]
    assert view.markable == (("text", "栏 text"), ("paper", "栏 paper"))
    english = case.cast["approves"].__class__(
        **{**{name: getattr(case.cast["approves"], name) for name in ("account_id", "organisation_id", "groups", "roles")}, "language": "en"}
    )  # fmt: skip
    told = queries.read_task(case.uow, english, case.task("legal.review"))
    assert (told.title, told.process_title) == ("caller element.legal · called element.review", "caller package.title")
    assert [one.title for one in told.outcomes] == [f"called outcome.review.{key}" for key in ("yes", "no", "ask")]
    row = next(one for one in queries.inbox(case.uow, english, "claimable").items if one.element_id == "legal.review")
    assert (row.title, row.lane_title) == ("caller element.legal · called element.review", "called lane.reviewer")
    refused(case.cast, UnknownOutcome, complete_task, case.cast["approves"], case.task("legal.review"), "once_more", {})


def test_lanes_of_the_same_name_are_played_by_those_of_their_own_process(case: Purchase) -> None:
    groups = dict(
        case.uow.session.execute(select(Task.element_id, Task.group_id).where(Task.instance_id == case.id)).all()
    )
    assert groups["legal.review"] == case.cast.groups["review_agent"]
    case.say("legal", "no")
    case.say("expert")
    own = case.uow.session.scalars(select(Task).where(Task.instance_id == case.id, Task.element_id == "review")).one()
    assert own.group_id == case.cast.groups["finance"]


def test_a_return_within_a_call_goes_to_the_applicant_with_its_marks(case: Purchase) -> None:
    marks = [{"field": "paper", "why": "缺附件"}]
    case.say("legal", "ask", opinion="请说明", marks=marks)
    assert case.open() == {"legal.explain", "expert.review"}
    view = queries.read_task(case.uow, case.cast["asks"], case.task("legal.explain"))
    assert [(mark.field, mark.label, mark.reason) for mark in view.marks] == [("paper", "栏 paper", "缺附件")]
    assert view.return_reason == "请说明"
    case.complete("colleague", "legal.explain", "explained", {"text": "已补"})
    again = queries.read_task(case.uow, case.cast["approves"], case.task("legal.review"))
    assert again.round == 2
    assert [one.texts["title.explain"] for one in again.submissions if one.element_id == "legal.explain"] == ["表 explain"]
    seen = queries.read_instance(case.uow, case.cast["asks"], case.id)
    returned = next(one for one in seen.timeline if one.outcome == "ask")
    assert (returned.outcome_title, returned.outcome_kind, returned.lane_title) == ("请补充", "return", "评议人")
    assert replay_instance(case.uow, case.id).ok


def test_a_return_in_one_call_says_nothing_to_the_other(case: Purchase) -> None:
    case.say("legal", "ask", opinion="请说明用途", marks=[{"field": "text", "why": "太短"}])
    case.say("expert", "ask", opinion="请附报价", marks=[{"field": "paper", "why": "缺报价"}])
    for call, reason, field in (("legal", "请说明用途", "text"), ("expert", "请附报价", "paper")):
        view = queries.read_task(case.uow, case.cast["asks"], case.task(f"{call}.explain"))
        assert (view.return_reason, [mark.field for mark in view.marks]) == (reason, [field])
    case.complete("asks", "expert.explain", "explained", {"text": "已附"})
    view = queries.read_task(case.uow, case.cast["asks"], case.task("legal.explain"))
    assert view.return_reason == "请说明用途"


def test_a_register_of_the_called_process_takes_its_entries_and_shows_on_the_case(case: Purchase) -> None:
    case.say("legal", remarks=[{"code": "A-1", "text": "可以"}])
    seen = queries.read_instance(case.uow, case.cast["approves"], case.id)
    assert [(row.register, row.state_title) for row in seen.register_entries] == [("opinions", "已出具")]
    page = queries.register_page(case.uow, case.cast["approves"], "opinions")
    assert [row.fields["code"] for row in page.items] == ["A-1"]


def test_personal_answers_within_a_call_stay_in_the_vault(case: Purchase) -> None:
    case.say("legal", person="CANARY-77", remarks=[{"code": "A-1", "text": "可以"}])
    events = case.uow.journal.read(f"instance:{case.id}")
    assert "CANARY-77" not in str(events)
    control = next(one for one in events if one["action"] == "task.completed" and one["task"]["element"] == "legal.review")
    assert set(control["inputs"]["values"]) == {"outcome", "remarks"}
    seen = queries.read_instance(case.uow, case.cast["approves"], case.id)
    mine = next(one for one in seen.submissions if one.element_id == "legal.review")
    assert mine.answers["person"] == "CANARY-77"


def test_the_line_of_steps_shows_those_of_the_calls(case: Purchase) -> None:
    steps = {
        step.element_id: step.state
        for step in queries.read_instance(case.uow, case.cast["approves"], case.id).stepper
    }
    assert steps["apply"] == "done"
    assert steps["legal.review"] == steps["expert.review"] == "now"
    assert "legal.second" not in steps


def test_the_diagram_shows_what_goes_on_in_a_call_at_the_call_itself(case: Purchase) -> None:
    case.say("legal")
    view = queries.package_diagram(case.uow, case.cast["approves"], case.id)
    assert "expert" in {place["element"] for place in view.marking}
    assert "legal" in view.done
    assert not any("." in name for name in (*view.done, *view.flows, *(one["element"] for one in view.marking)))


def test_withdrawing_ends_with_what_the_called_process_says(calling: Cast) -> None:
    case = purchase(calling)
    case.apply(amount=6000)
    case.say("legal", reason="贵")
    assert "legal.second" in case.open()
    assert not queries.read_instance(case.uow, calling["asks"], case.id).may_withdraw
    assert refused(calling, WithdrawTooLate, withdraw_instance, calling["asks"], case.id).params["step"] == "法务意见 · 复核"


def test_a_called_process_is_neither_offered_nor_started(calling: Cast) -> None:
    assert "opinion" not in {one.key for one in queries.catalogue(calling.uow, calling["asks"])}
    refused(calling, NotFound, start_instance, calling["asks"], "opinion")
    with pytest.raises(NotFound):
        queries.read_process(calling.uow, calling["asks"], "opinion")


def test_a_start_asks_for_the_lanes_of_what_is_called_too(calling: Cast) -> None:
    bind_lane(calling.uow, SYSTEM, "opinion", "head", None)
    assert refused(calling, LaneUnbound, start_instance, calling["asks"], "purchase").params["lane"] == "负责人"
    entry = next(one for one in queries.catalogue(calling.uow, calling["asks"]) if one.key == "purchase")
    assert entry.why_not == "lane_unbound"
    lanes = {(one.process_key, one.lane): one.group_id for one in queries.bindings(calling.uow, calling["administrator"])}
    assert lanes["opinion", "head"] is None
    assert lanes["opinion", "reviewer"] == calling.groups["review_agent"]
    assert refused(
        calling, LanesNotSeparate, bind_lane, SYSTEM, "opinion", "head", calling.groups["customer_service"]
    )
    with pytest.raises(FieldInvalid):
        bind_lane(calling.uow, SYSTEM, "purchase", "head", calling.groups["finance"])
