"""Who is told of what: by the worker, after the command, and nobody who may not see the case (K15)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from people_at_work import Case, Cast
from sqlalchemy import select, update

from storage.actor import SYSTEM, Actor
from storage.models import Event, Notification
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.instances import withdraw_instance
from workflows.commands.notifications import mark_all_read, mark_read
from workflows.commands.organisations import put_group_members
from workflows.commands.tasks import claim_task
from workflows.notices.fanout import look_at_events
from workflows.notices.reminders import remind

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


class TickingClock(FixedClock):
    """Goes on a little with each look at it, as clocks do: what happens at one instant is one step of a case."""

    def now(self) -> datetime:
        return self.advance(timedelta(milliseconds=1))


@pytest.fixture
def clock() -> FixedClock:
    return TickingClock(NOW)


def look(cast: Cast) -> None:
    """Let the worker look at all that happened."""
    while look_at_events(cast.uow):
        pass


def told(cast: Cast, name: str, *, unread: bool = True) -> list[tuple[str, str]]:
    """Return what somebody reads, the newest first: kind and step."""
    cast.uow.session.rollback()
    page = queries.notices(cast.uow, cast[name], unread=unread)
    return [(one.kind, one.step_title) for one in page.items]


def everybody_told(cast: Cast) -> dict[str, list[str]]:
    found = {name: [kind for kind, _ in told(cast, name)] for name in cast.actors}
    return {name: kinds for name, kinds in found.items() if kinds}


def test_a_draft_is_news_for_nobody(case: Case, cast: Cast) -> None:
    look(cast)
    assert everybody_told(cast) == {}


def test_the_group_is_told_of_a_task_and_who_belongs_to_the_applicant_is_not(case: Case, cast: Cast) -> None:
    case.submit()
    look(cast)
    assert everybody_told(cast) == {"approves": ["task_opened"], "also_approves": ["task_opened"]}


def test_looking_twice_tells_once(case: Case, cast: Cast) -> None:
    case.submit()
    look(cast)
    not_looked_at(cast)
    look(cast)
    assert told(cast, "approves") == [("task_opened", "资质审核")]


def test_an_event_that_commits_late_is_not_overlooked(case: Case, cast: Cast) -> None:
    """What was looked at stands at the event itself: no clock and no number can pass it by."""
    case.submit()
    not_looked_at(cast, "task.completed", at=datetime(2026, 11, 20, tzinfo=UTC))  # as if it were not committed yet
    look(cast)
    assert told(cast, "approves") == []
    not_looked_at(cast, "task.completed")
    look(cast)
    assert told(cast, "approves") == [("task_opened", "资质审核")]


def test_work_that_a_colleague_took_asks_nobody_else_any_more(case: Case, cast: Cast) -> None:
    case.submit()
    look(cast)
    claim_task(cast.uow, cast["approves"], case.task("review"))
    look(cast)
    assert told(cast, "approves") == [("task_opened", "资质审核")]
    assert told(cast, "also_approves") == []
    assert told(cast, "also_approves", unread=False) == [("task_opened", "资质审核")]
    case.approve()
    look(cast)
    assert told(cast, "approves") == []


def test_the_applicant_is_told_of_the_decision_and_of_what_is_to_do_next(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    look(cast)
    assert sorted(told(cast, "asks")) == [("remark", "资质审核"), ("task_opened", "缴费")]
    assert told(cast, "stranger") == []
    assert told(cast, "colleague") == [("task_opened", "缴费")], "who never worked on it reads no remarks"


def test_a_return_is_told_as_one(case: Case, cast: Cast) -> None:
    case.submit()
    give_back(case)
    look(cast)
    assert told(cast, "asks") == [("task_returned", "填写申请")]


def test_the_end_is_told_to_who_worked_on_it(case: Case, cast: Cast) -> None:
    case.submit()
    case.complete("approves", "review", "rejected", {"opinion": "不符合条件"})
    look(cast)
    assert told(cast, "asks") == [("case_ended", "")]
    assert told(cast, "colleague") == []


def test_a_withdrawal_is_told_to_who_had_it_in_hand(case: Case, cast: Cast) -> None:
    case.submit()
    claim_task(cast.uow, cast["approves"], case.task("review"))
    withdraw_instance(cast.uow, cast["colleague"], case.id, "填错了")
    look(cast)
    assert everybody_told(cast) == {"approves": ["withdrawn"], "asks": ["withdrawn"]}


def test_a_deadline_is_told_on_its_last_day_and_when_it_has_passed(
    in_production: Case, cast: Cast, clock: FixedClock
) -> None:
    look(cast)
    mark_all_read(cast.uow, cast["maker"])
    assert remind(cast.uow) == 0
    clock.advance(timedelta(days=4, hours=20))
    assert remind(cast.uow) == 1
    assert remind(cast.uow) == 0
    assert told(cast, "maker") == [("due_soon", "制作电子钥匙")]
    clock.advance(timedelta(days=1))
    assert remind(cast.uow) == 1
    assert told(cast, "maker")[0] == ("overdue", "制作电子钥匙")


def test_who_leaves_the_group_reads_nothing_about_its_cases_any_more(case: Case, cast: Cast) -> None:
    case.submit()
    look(cast)
    put_group_members(cast.uow, cast["administrator"], cast.groups["review_agent"], [cast["approves"].account_id])
    left = Actor(cast["also_approves"].account_id, cast.organisations["agent"], frozenset())
    assert queries.notices(cast.uow, left).items == ()
    assert queries.badge(cast.uow, left).unread == 0


def test_the_badge_counts_in_one_statement_what_the_list_shows(case: Case, cast: Cast) -> None:
    from test_budget import counting

    case.submit()
    look(cast)
    cast.uow.session.rollback()
    with counting() as counted:
        badge = queries.badge(cast.uow, cast["approves"])
    assert (badge.todo, badge.unread) == (0, 1)
    assert len(counted.statements) == 1
    notice = queries.notices(cast.uow, cast["approves"]).items[0]
    mark_read(cast.uow, cast["approves"], notice.id)
    assert queries.badge(cast.uow, cast["approves"]).unread == 0


def test_no_row_of_a_notice_holds_a_sentence_or_a_personal_value(case: Case, cast: Cast) -> None:
    case.submit()
    case.approve()
    look(cast)
    kept = " ".join(str(value) for row in rows_of(cast, Notification) for value in row)
    assert "金丝雀" not in kept
    assert "青枫" not in kept
    assert "审核" not in kept


def test_looking_takes_as_many_statements_for_many_people_as_for_one(case: Case, cast: Cast) -> None:
    from test_budget import counting

    case.submit()
    cast.uow.session.rollback()
    with counting() as few:
        look(cast)
    names = [f"also_{at}" for at in range(6)]
    for name in names:
        cast.join(name, "agent", "review_agent")
    not_looked_at(cast)
    with counting() as many:
        look(cast)
    reads = [sum(one.startswith("SELECT") for one in counted.statements) for counted in (few, many)]
    assert reads[1] <= reads[0] + 2, "\n".join(many.statements)
    assert told(cast, names[0]) == [("task_opened", "资质审核")]


def rows_of(cast: Cast, model: Any) -> list[Any]:
    cast.uow.session.rollback()
    return list(cast.uow.session.execute(select(*model.__table__.c)).all())


def not_looked_at(cast: Cast, action: str | None = None, at: datetime | None = None) -> None:
    """Write into events that nobody has looked at them yet, or when somebody has."""
    with cast.uow.begin(SYSTEM):
        events = update(Event).values(noticed_at=at)
        cast.uow.session.execute(events.where(Event.action == action) if action else events)


def give_back(case: Case) -> None:
    """Return the application with a reason."""
    marks = [{"field": "company", "reason": "与执照不一致"}]
    case.complete("approves", "review", "returned", {"opinion": "请改", "marks": marks})


