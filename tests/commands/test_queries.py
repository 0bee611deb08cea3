"""What people read: theirs and nothing else, with names or roles as they may know them."""

from typing import Any
from uuid import uuid4

import pytest
from people_at_work import CANARY, KEY, SERIALS, Case, Cast, begin

from storage.ports import FixedClock
from workflows import queries
from workflows.commands.tasks import claim_task, complete_task
from workflows.errors import FieldInvalid, NotFound, RoleMissing


def titles(cast: Cast, who: str, tab: str) -> list[str]:
    return [item.title for item in queries.inbox(cast.uow, cast[who], tab).items]


def test_the_tabs_show_what_waits_what_could_be_taken_what_was_done(case: Case, cast: Cast) -> None:
    assert titles(cast, "asks", "todo") == titles(cast, "colleague", "todo") == ["填写申请"]
    case.submit()
    assert titles(cast, "asks", "todo") == []
    assert titles(cast, "asks", "done") == ["填写申请"]
    assert [item.number for item in queries.inbox(cast.uow, cast["asks"], "mine").items] == ["ZS-2026-000001"]
    assert titles(cast, "approves", "claimable") == ["资质审核"]
    assert titles(cast, "approves", "todo") == []
    claim_task(cast.uow, cast["approves"], case.task("review"))
    assert titles(cast, "approves", "todo") == ["资质审核"]
    assert titles(cast, "also_approves", "claimable") == []
    counts = queries.tab_counts(cast.uow, cast["approves"])
    assert (counts.todo, counts.claimable, counts.done, counts.mine) == (1, 0, 0, 0)


@pytest.mark.parametrize("tab", ["todo", "claimable", "done", "mine"])
@pytest.mark.parametrize("who", ["stranger", "finance", "administrator", "operator"])
def test_nobody_meets_the_work_of_others(case: Case, cast: Cast, who: str, tab: str) -> None:
    case.submit()
    assert titles(cast, who, tab) == []


def test_k15_what_one_could_never_take_is_not_offered(case: Case, cast: Cast) -> None:
    case.submit()
    assert titles(cast, "may_not", "claimable") == []
    other = begin(cast, "stranger")
    other.submit("stranger")
    assert titles(cast, "may_not", "claimable") == ["资质审核"]


def test_pages_follow_each_other_without_gaps(cast: Cast, clock: FixedClock) -> None:
    from datetime import timedelta

    numbers = []
    for place in range(5):
        if place % 2:
            clock.advance(timedelta(seconds=1))
        numbers.append(begin(cast).result.number)
    for tab, expected in (("todo", numbers), ("mine", numbers[::-1])):
        seen: list[str] = []
        after = None
        while True:
            page = queries.inbox(cast.uow, cast["asks"], tab, after=after, limit=2)
            seen += [item.number for item in page.items]
            after = page.next
            if after is None:
                break
        assert sorted(seen) == sorted(expected)
        assert len(seen) == len(set(seen))
    for cursor in ("", "x", "e30", "W10", "WyJhIiwiYiJd"):
        if cursor:
            with pytest.raises(FieldInvalid):
                queries.inbox(cast.uow, cast["asks"], "todo", after=cursor)
    with pytest.raises(FieldInvalid):
        queries.inbox(cast.uow, cast["asks"], "everything")


def test_the_inbox_finds_numbers_and_applicants(case: Case, cast: Cast) -> None:
    case.submit()
    for text, found in (("000001", 1), ("zs-2026", 1), ("applicant", 1), ("other", 0), ("%", 0)):
        assert len(queries.inbox(cast.uow, cast["approves"], "claimable", text).items) == found


def test_a_task_shows_form_verdicts_and_what_was_handed_in(case: Case, cast: Cast) -> None:
    case.submit()
    view = queries.read_task(cast.uow, cast["approves"], case.task("review"))
    assert view.may_claim
    assert view.may_complete
    assert [one.key for one in view.outcomes] == ["approved", "returned", "rejected"]
    assert view.submissions[0].answers["contact_name"] == CANARY["contact_name"]
    assert len(view.submissions[0].attachments) == 2
    assert ("mailing_address", "通信地址") in view.markable
    assert view.timeline[-1].by is not None
    assert view.timeline[-1].by.name == "asks of applicant"


def test_who_may_not_complete_reads_why(case: Case, cast: Cast) -> None:
    case.submit()
    task_id = case.task("review")
    assert queries.read_task(cast.uow, cast["may_not"], task_id).why_not == "applicant_side"
    claim_task(cast.uow, cast["approves"], task_id)
    seen = queries.read_task(cast.uow, cast["also_approves"], task_id)
    assert (seen.why_not, seen.may_complete) == ("task_already_claimed", False)
    assert seen.holder is not None
    assert seen.holder.name == "approves of agent"
    for who in ("asks", "stranger", "finance"):
        with pytest.raises(NotFound):
            queries.read_task(cast.uow, cast[who], task_id)
    with pytest.raises(NotFound):
        queries.read_task(cast.uow, cast["approves"], uuid4())


def test_after_a_return_the_applicant_finds_marks_reasons_and_their_answers(case: Case, cast: Cast) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    marks = [{"field": "mailing_address", "reason": "缺门牌号"}]
    case.complete("approves", "review", "returned", {"opinion": "请改地址", "marks": marks})
    view = queries.read_task(cast.uow, cast["asks"], case.task("application"))
    assert [(mark.field, mark.label, mark.reason) for mark in view.marks] == [
        ("mailing_address", "通信地址", "缺门牌号")
    ]
    assert view.return_reason == "请改地址"
    assert view.answers["contact_name"] == CANARY["contact_name"]
    assert {str(one.id) for one in view.attachments} == {
        answers["application_form"][0],
        answers["letter_of_authorisation"][0],
    }
    returned = view.timeline[-1]
    assert (returned.outcome_kind, returned.opinion) == ("return", "请改地址")
    assert returned.by is not None
    assert returned.by.name == "审核机构"  # the applicant reads the role
    steps = {step.element_id: step.state for step in view.stepper}
    assert steps["application"] == "now"
    assert steps["review"] == "next"
    case.complete("asks", "application", "submitted", answers)
    again = queries.read_task(cast.uow, cast["approves"], case.task("review"))
    assert again.round == 2
    assert again.answers == {}  # an opinion is written anew


def test_a_case_shows_its_place_its_card_and_its_history(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    view = queries.read_instance(cast.uow, cast["asks"], case.id)
    assert [task.title for task in view.open_tasks] == ["缴费"]
    assert view.open_tasks[0].mine
    card = view.cards[0]
    assert (str(card.amount), card.reference) == ("700.00", "ZS-2026-000001-1")
    assert card.rows[0][0] == "名称"
    assert [entry.action for entry in view.timeline] == [
        "instance.started",
        "task.completed",
        "task.completed",
        "payment_order.opened",
    ]
    assert view.may_withdraw
    assert not view.may_cancel
    assert [
        step.state for step in view.stepper if step.element_id in ("application", "payment", "delivery")
    ] == [
        "done",
        "now",
        "next",
    ]
    diagram = queries.package_diagram(cast.uow, cast["asks"], case.id)
    assert diagram.xml.startswith(b"<?xml")
    assert [one["element"] for one in diagram.marking] == ["payment"]
    assert {"application", "review", "order"} <= set(diagram.done)
    assert queries.read_instance(cast.uow, cast["operator"], case.id).may_cancel


def test_a_finished_case_shows_its_keys(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    case.pay()
    case.confirm()
    case.issue_invoice()
    case.make()
    case.ship()
    case.receive()
    view = queries.read_instance(cast.uow, cast["asks"], case.id)
    assert (view.status, view.outcome_title) == ("completed", "办结")
    assert {row.fields["serial"] for row in view.register_entries} == set(SERIALS)
    assert {str(row.valid_until) for row in view.register_entries} == {"2029-11-19"}
    assert {row.words[:3] for row in view.register_entries} == {(serial, "基础资费", "3 年") for serial in SERIALS}
    english = queries.read_instance(cast.uow, _in_english(cast["maker"]), case.id)
    assert {row.words[1:3] for row in english.register_entries} == {("Basic", "3 years")}
    english = queries.read_instance(cast.uow, _in_english(cast["asks"]), case.id)
    assert english.title != view.title
    page = queries.register_page(cast.uow, cast["asks"], "issued_keys", "zk-2026-0001")
    assert [row.fields["serial"] for row in page.items] == [SERIALS[0]]
    entry = queries.register_entry(cast.uow, cast["maker"], "issued_keys", page.items[0].id)
    assert entry.entry.state_title == "已签发"
    assert len(queries.register_page(cast.uow, cast["auditor"], "issued_keys").items) == 2
    assert queries.register_page(cast.uow, cast["stranger"], "issued_keys").items == ()
    with pytest.raises(NotFound):
        queries.register_entry(cast.uow, cast["stranger"], "issued_keys", page.items[0].id)
    with pytest.raises(NotFound):
        queries.register_page(cast.uow, cast["asks"], "no_such_register")


def test_a_refused_case_bears_the_seal_of_its_end(case: Case, cast: Cast) -> None:
    case.submit()
    complete_task(cast.uow, cast["approves"], case.task("review"), "rejected", {"opinion": "不符合条件"})
    assert queries.read_instance(cast.uow, cast["asks"], case.id).outcome_kind == "reject"
    assert [row.outcome_kind for row in queries.list_instances(cast.uow, cast["asks"]).items] == ["reject"]
    assert [row.outcome_kind for row in queries.inbox(cast.uow, cast["asks"], "mine").items] == ["reject"]


def test_cases_and_journals_exist_for_those_who_may_read_them(case: Case, cast: Cast) -> None:
    case.submit()
    for who, seen in (
        ("asks", True),
        ("colleague", True),
        ("approves", True),
        ("operator", True),
        ("auditor", True),
        ("stranger", False),
        ("finance", False),
    ):
        assert bool(queries.list_instances(cast.uow, cast[who]).items) is seen
        if not seen:
            for query in (queries.read_instance, queries.package_diagram):
                with pytest.raises(NotFound):
                    query(cast.uow, cast[who], case.id)
    for who in ("asks", "approves", "stranger"):
        with pytest.raises(NotFound):
            queries.journal_of(cast.uow, cast[who], case.id)
    journal = queries.journal_of(cast.uow, cast["auditor"], case.id)
    assert journal.ok
    assert [event["seq"] for event in journal.events] == list(range(1, len(journal.events) + 1))
    assert queries.journal_by_name(cast.uow, "zs-2026-000001") == journal
    assert queries.journal_by_name(cast.uow, "ZS-2026-999999") is None


def test_the_catalogue_says_why_a_process_cannot_be_started(cast: Cast) -> None:
    from storage.actor import SYSTEM
    from workflows.commands.organisations import bind_lane

    entry = queries.catalogue(cast.uow, cast["asks"])[0]
    assert entry.may_start
    assert [material.title for material in entry.materials][:2] == ["企业证书申请表", "授权书"]
    assert entry.steps[0] == "填写申请"
    assert entry.steps[-1] == "签收"
    assert "处理暂挂款项" not in entry.steps
    bind_lane(cast.uow, SYSTEM, KEY, "finance", None)
    entry = queries.catalogue(cast.uow, cast["asks"])[0]
    assert (entry.why_not, dict(entry.why_not_params)) == ("lane_unbound", {"lane": "财务"})
    assert [
        lane.group for lane in queries.bindings(cast.uow, cast["administrator"]) if lane.lane == "finance"
    ] == [None]
    with pytest.raises(RoleMissing):
        queries.definitions(cast.uow, cast["asks"])
    assert [one.version for one in queries.definitions(cast.uow, cast["auditor"])] == [1]


def _in_english(actor: Any) -> Any:
    from dataclasses import replace

    return replace(actor, language="en")
