"""Mails and SMS of notices: as people want them, made when they leave, tried again, and told to administrators."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from people_at_work import Case, Cast
from sqlalchemy import select

from service.notices import wording_for
from storage.actor import Actor
from storage.messages import Courier, KeptHere, MessageRefused, Outgoing, ProviderAway
from storage.models import Delivery, Incident, Job
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.accounts import change_account
from workflows.commands.notifications import mark_all_read, put_preferences, send_again
from workflows.errors import FieldInvalid, RoleMissing
from workflows.housekeeping import keep_house
from workflows.notices.fanout import look_at_events
from workflows.notices.kinds import Channel, Kind, Mode
from workflows.notices.sending import Post
from workflows.worker_jobs import Hands, run_due

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
MAIL, PHONE = "canary731@example.com", "13900000731"


class Pigeon:
    """A courier that carries into a list; with `trouble` it raises it."""

    leaves = True

    def __init__(self) -> None:
        self.carried: list[Outgoing] = []
        self.trouble: Exception | None = None

    def send(self, message: Outgoing) -> str:
        if self.trouble:
            raise self.trouble
        self.carried.append(message)
        return f"pigeon-{message.id}"


class TickingClock(FixedClock):
    """Goes on a little with each look at it, as clocks do."""

    def now(self) -> datetime:
        return self.advance(timedelta(milliseconds=1))


@pytest.fixture
def clock() -> FixedClock:
    return TickingClock(NOW)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


def work(cast: Cast, pigeon: Courier, clock: FixedClock) -> None:
    """Let the worker look at what happened and send what is due a minute later."""
    while look_at_events(cast.uow):
        pass
    clock.advance(timedelta(minutes=1))
    couriers: Mapping[str, Courier] = {"mail": pigeon, "sms": pigeon}
    while run_due(cast.uow, Hands(post=Post(couriers, wording_for("https://zhupi.example.org")))):
        pass


def reach(cast: Cast, name: str, **how: str) -> UUID:
    """Give somebody an address."""
    account_id = cast[name].account_id
    assert account_id is not None
    change_account(cast.uow, cast[name], account_id, **{"mail": MAIL, **how})
    return account_id


def states(cast: Cast) -> list[str]:
    cast.uow.session.rollback()
    return sorted(cast.uow.session.scalars(select(Delivery.status)))


def returned(case: Case) -> None:
    case.submit()
    marks = [{"field": "company", "reason": "与执照不一致"}]
    case.complete("approves", "review", "returned", {"opinion": "请改", "marks": marks})


def test_a_return_leaves_by_mail_and_sms_in_the_words_of_the_package(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks", phone=PHONE)
    returned(case)
    work(cast, pigeon, clock)
    assert sorted(one.address for one in pigeon.carried) == [PHONE, MAIL]
    mail = next(one for one in pigeon.carried if one.address == MAIL)
    assert mail.subject == "申请退回补正"
    assert f"https://zhupi.example.org/tasks/{case.task('application')}" in mail.text
    sms = next(one for one in pigeon.carried if one.address == PHONE)
    assert sms.text.startswith("【朱批】申请退回补正。")
    assert all("金丝雀" not in one.text and "青枫" not in one.text for one in pigeon.carried)
    assert states(cast) == ["sent", "sent"]


def test_nobody_is_written_to_who_has_no_address(case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock) -> None:
    returned(case)
    work(cast, pigeon, clock)
    assert (pigeon.carried, states(cast)) == ([], [])


def test_who_wants_no_mail_gets_none_and_reads_the_notice_all_the_same(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    put_preferences(cast.uow, cast["asks"], {(Kind.TASK_RETURNED, Channel.MAIL): Mode.NEVER})
    returned(case)
    work(cast, pigeon, clock)
    assert pigeon.carried == []
    assert [one.kind for one in queries.notices(cast.uow, cast["asks"]).items] == ["task_returned"]


def test_who_wants_no_notice_in_the_house_still_gets_the_mail(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    put_preferences(cast.uow, cast["asks"], {(Kind.TASK_RETURNED, Channel.APP): Mode.NEVER})
    returned(case)
    work(cast, pigeon, clock)
    assert len(pigeon.carried) == 1
    assert queries.notices(cast.uow, cast["asks"]).items == ()


def test_there_is_no_digest_by_sms(cast: Cast) -> None:
    with pytest.raises(FieldInvalid):
        put_preferences(cast.uow, cast["asks"], {(Kind.REMARK, Channel.SMS): Mode.DAILY})


def test_what_was_read_or_done_meanwhile_is_not_sent(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    returned(case)
    while look_at_events(cast.uow):
        pass
    mark_all_read(cast.uow, cast["asks"])
    work(cast, pigeon, clock)
    assert pigeon.carried == []
    assert states(cast) == ["dropped"]


def test_a_provider_that_is_away_is_tried_again_and_given_up_with_one_incident(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    pigeon.trouble = ProviderAway("not_reached")
    returned(case)
    for _ in range(12):
        work(cast, pigeon, clock)
        clock.advance(timedelta(minutes=15))
    assert states(cast) == ["failed"]
    incidents = cast.uow.session.scalars(select(Incident)).all()
    assert [one.message for one in incidents] == ["notice.send: not_reached"]
    pigeon.trouble = None
    with pytest.raises(RoleMissing):
        send_again(cast.uow, cast["operator"])
    assert send_again(cast.uow, cast["administrator"]) == 1
    work(cast, pigeon, clock)
    assert states(cast) == ["sent"]


def test_a_wrong_address_is_refused_at_once_and_is_no_incident(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    pigeon.trouble = MessageRefused("address")
    returned(case)
    work(cast, pigeon, clock)
    assert states(cast) == ["refused"]
    assert cast.uow.session.scalars(select(Incident)).all() == []


def test_the_day_s_notices_leave_as_one_mail_on_the_next_working_day(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks")
    case.submit()
    case.approve()  # a remark, and the payment that is to do: both by digest
    work(cast, pigeon, clock)
    assert states(cast) == ["gathered", "gathered"]
    clock.advance(timedelta(days=1))  # a Saturday
    keep_house(cast.uow)
    work(cast, pigeon, clock)
    assert pigeon.carried == []
    clock.advance(timedelta(days=2))  # Monday, after half past eight
    keep_house(cast.uow)
    work(cast, pigeon, clock)
    work(cast, pigeon, clock)
    assert [one.subject for one in pigeon.carried] == ["今天有 2 条消息"]
    assert "审核通过，请缴费" in pigeon.carried[0].text
    assert states(cast) == ["bundled", "bundled", "sent"]
    keep_house(cast.uow)
    work(cast, pigeon, clock)
    assert len(pigeon.carried) == 1


def test_administrators_read_what_left_and_nobody_else_does(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    reach(cast, "asks")
    returned(case)
    work(cast, KeptHere(), clock)
    page = queries.deliveries(cast.uow, cast["administrator"])
    assert [(one.status, one.recipient, one.channel) for one in page.items] == [("kept", "asks of applicant", "mail")]
    assert page.items[0].notices[0].title == "申请退回补正"
    with pytest.raises(RoleMissing):
        queries.deliveries(cast.uow, cast["operator"])


def test_no_row_of_work_or_delivery_holds_an_address_or_a_sentence(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks", phone=PHONE)
    returned(case)
    work(cast, pigeon, clock)
    cast.uow.session.rollback()
    for model in (Delivery, Job):
        rows = cast.uow.session.execute(select(model.__table__)).all()
        kept = " ".join(str(value) for row in rows for value in row)
        assert MAIL not in kept
        assert PHONE not in kept
        assert "退回" not in kept


def test_the_words_are_in_the_language_of_who_gets_them(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    reach(cast, "asks", language="en")
    returned(case)
    work(cast, pigeon, clock)
    assert [one.subject for one in pigeon.carried] == ["Your application was returned"]


def test_who_left_the_organisation_is_not_written_to(
    case: Case, cast: Cast, pigeon: Pigeon, clock: FixedClock
) -> None:
    from workflows.commands.organisations import put_members

    reach(cast, "asks")
    returned(case)
    while look_at_events(cast.uow):
        pass
    administrator: Actor = cast["administrator"]
    put_members(cast.uow, administrator, cast.organisations["applicant"], [cast["colleague"].account_id])
    work(cast, pigeon, clock)
    assert pigeon.carried == []
    assert states(cast) == ["dropped"]
