"""Working through the inbox: by deadline, narrowed by process, step, deadline and round, one after the other."""

from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from uuid import UUID

import pytest
from people_at_work import Case, Cast, begin
from sqlalchemy import update

from storage.actor import SYSTEM
from storage.models import Task
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.tasks import claim_task, complete_task
from workflows.errors import FieldInvalid
from workflows.queries.views.inbox import Wanted

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(cast: Cast, clock: FixedClock) -> dict[str, UUID]:
    """Five reviews that are offered: overdue, due today, this week and later, and one without a deadline."""
    now = clock.now()
    at = queries.moments(now)
    dues = {
        "later": at.week_ends + 30 * HOUR,
        "undated": None,
        "today": at.day_ends,
        "over": now - HOUR,
        "week": at.week_ends,
    }
    found = {}
    for name, due in dues.items():
        clock.advance(timedelta(seconds=1))
        case = begin(cast, "stranger")
        case.submit("stranger")
        found[name] = case.task("review")
        with cast.uow.begin(SYSTEM):
            cast.uow.session.execute(update(Task).where(Task.id == found[name]).values(due_at=due))
    return found


def ids(cast: Cast, **asked: str) -> list[UUID | None]:
    items = queries.inbox(cast.uow, cast["approves"], "claimable", **asked).items
    return [item.task_id for item in items]


def test_the_most_urgent_comes_first_and_what_has_no_deadline_last(cast: Cast, desk: dict[str, UUID]) -> None:
    urgent = [desk[name] for name in ("over", "today", "week", "later", "undated")]
    assert ids(cast, sort="due") == urgent
    assert ids(cast, sort="arrival") == list(desk.values())
    for task_id in desk.values():
        claim_task(cast.uow, cast["approves"], task_id)
    held = queries.inbox(cast.uow, cast["approves"], "todo", sort="due").items
    assert [item.task_id for item in held] == urgent


def test_pages_by_deadline_follow_each_other_without_gaps(cast: Cast, desk: dict[str, UUID]) -> None:
    for size in (1, 2, 3, 4):
        seen: list[UUID | None] = []
        after = None
        while True:
            page = queries.inbox(
                cast.uow, cast["approves"], "claimable", after=after, limit=size, sort="due"
            )
            seen += [item.task_id for item in page.items]
            after = page.next
            if after is None:
                break
        assert seen == [desk[name] for name in ("over", "today", "week", "later", "undated")]


def test_filters_show_what_they_say(cast: Cast, desk: dict[str, UUID]) -> None:
    assert ids(cast, due="over", sort="due") == [desk["over"]]
    assert ids(cast, due="today") == [desk["today"]]
    assert ids(cast, due="week", sort="due") == [desk["today"], desk["week"]]
    assert len(ids(cast, process="certificate_issuance", step="review")) == 5
    assert ids(cast, process="another") == []
    assert ids(cast, step="payment") == []
    assert ids(cast, round="again") == []
    complete_task(
        cast.uow,
        cast["approves"],
        desk["over"],
        "returned",
        {"opinion": "x", "marks": [{"field": "company", "reason": "y"}]},
    )
    assert len(ids(cast, round="first")) == 4


def test_a_case_that_comes_again_is_found_by_its_round(case: Case, cast: Cast) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    marks = [{"field": "mailing_address", "reason": "缺门牌号"}]
    case.complete("approves", "review", "returned", {"opinion": "请改地址", "marks": marks})
    case.complete("asks", "application", "submitted", answers)
    assert ids(cast, round="again", sort="due") == [case.task("review")]
    assert ids(cast, round="first") == []


def test_filters_and_words_work_together(cast: Cast, desk: dict[str, UUID]) -> None:
    number = queries.read_task(cast.uow, cast["approves"], desk["today"]).number
    assert ids(cast, query=number, due="today") == [desk["today"]]
    assert ids(cast, query=number, due="over") == []


@pytest.mark.parametrize("few", [0, 500])
def test_few_and_many_are_found_alike(
    cast: Cast, desk: dict[str, UUID], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("workflows.queries.inbox"), "FEW", few)
    assert ids(cast, due="week", sort="due") == [desk["today"], desk["week"]]
    assert len(ids(cast, query="other", step="review", sort="due")) == 5


@pytest.mark.parametrize("wrong", [{"due": "someday"}, {"round": "third"}, {"sort": "name"}])
def test_what_nobody_can_ask_is_refused(cast: Cast, wrong: dict[str, str]) -> None:
    with pytest.raises(FieldInvalid):
        queries.inbox(cast.uow, cast["approves"], "claimable", **wrong)


def test_a_cursor_of_another_order_is_refused(cast: Cast, desk: dict[str, UUID]) -> None:
    by_due = queries.inbox(cast.uow, cast["approves"], "claimable", limit=1, sort="due").next
    by_arrival = queries.inbox(cast.uow, cast["approves"], "claimable", limit=1).next
    assert desk
    for cursor, sort in ((by_due, "arrival"), (by_arrival, "due")):
        with pytest.raises(FieldInvalid):
            queries.inbox(cast.uow, cast["approves"], "claimable", after=cursor, sort=sort)


def test_counts_say_what_is_overdue_and_what_waits_in_each_process(cast: Cast, desk: dict[str, UUID]) -> None:
    keys = ("certificate_issuance", "another")
    counts = queries.tab_numbers(cast.uow, cast["approves"], "claimable", keys, by_due=True)
    assert (counts.over, counts.today) == (1, 1)
    assert counts.processes == {"certificate_issuance": 5, "another": 0}
    assert counts.tabs["claimable"] == len(desk)


def test_steps_to_choose_from_are_those_of_my_groups(cast: Cast) -> None:
    (choice,) = queries.process_choices(cast.uow, cast["approves"])
    assert choice.key == "certificate_issuance"
    assert ("review", "资质审核") in choice.steps
    assert "payment_confirmation" not in dict(choice.steps)
    assert queries.process_choices(cast.uow, cast["asks"]) == ()


def test_a_task_knows_its_neighbours_in_the_list(cast: Cast, desk: dict[str, UUID]) -> None:
    wanted = Wanted("claimable", sort="due")
    order = [desk[name] for name in ("over", "today", "week", "later", "undated")]
    for at, (task_id, after) in enumerate(pairwise(order), 1):
        found = queries.neighbours(cast.uow, cast["approves"], wanted, task_id)
        assert (found.at, found.total, found.after) == (at, 5, after)
        assert found.title == "organisation other"
    last = queries.neighbours(cast.uow, cast["approves"], wanted, order[-1])
    assert (last.before, last.after) == (order[-2], None)
    claim_task(cast.uow, cast["approves"], order[2])
    gone = queries.neighbours(cast.uow, cast["approves"], wanted, order[2])
    assert (gone.at, gone.total, gone.after) == (None, 4, order[0])


def test_what_was_done_lately_is_counted_with_the_time_it_took(
    cast: Cast, desk: dict[str, UUID], clock: FixedClock
) -> None:
    since = clock.now()
    clock.advance(2 * HOUR)
    for name in ("later", "week"):
        complete_task(cast.uow, cast["approves"], desk[name], "rejected", {"opinion": "x"})
    done = queries.done_lately(cast.uow, cast["approves"], since)
    assert done.count == 2
    assert done.median == pytest.approx(7_200, abs=10)
    assert queries.done_lately(cast.uow, cast["approves"], clock.now() + HOUR).median is None
