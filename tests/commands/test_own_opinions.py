"""What a reviewer wrote lately is offered again: to them, with the same verdict, from where it lies encrypted."""

from datetime import timedelta

from people_at_work import Cast, begin
from sqlalchemy import select
from test_budget import counting

from storage.actor import SYSTEM
from storage.models import Account, Submission
from storage.ports import FixedClock
from workflows.queries.opinions import own_opinions

KEY = "certificate_issuance"


def own(cast: Cast, who: str, outcome: str = "rejected") -> tuple[str, ...]:
    return own_opinions(cast.uow, cast[who], KEY, "review", outcome, "opinion")


def say(cast: Cast, text: str, who: str = "approves", outcome: str = "rejected") -> None:
    case = begin(cast, "stranger")
    case.submit("stranger")
    case.complete(who, "review", outcome, {"opinion": text} if text else {})


def test_the_last_five_are_offered_each_once_the_newest_first(cast: Cast, clock: FixedClock) -> None:
    for text in ("一", "二", "三", "二", "四", "五", "六"):
        clock.advance(timedelta(seconds=1))
        say(cast, text)
    say(cast, "同意。", outcome="approved")
    say(cast, "别人的话", who="also_approves")
    cast.uow.session.rollback()
    with counting() as counted:
        found = own(cast, "approves")
    assert found == ("六", "五", "四", "二", "三")
    assert len(counted.statements) == 1
    assert own(cast, "approves", "approved") == ("同意。",)
    assert own(cast, "also_approves") == ("别人的话",)


def test_a_verdict_without_words_is_no_phrase(cast: Cast) -> None:
    say(cast, "", outcome="approved")
    assert own(cast, "approves", "approved") == ()


def test_words_are_read_from_where_they_are_encrypted_and_go_with_their_author(cast: Cast) -> None:
    say(cast, "只有我知道")
    assert own(cast, "approves") == ("只有我知道",)
    assert "只有我知道" not in cast.uow.session.scalars(select(Submission.answers)).all()[-1]
    subject = cast.uow.session.get_one(Account, cast["approves"].account_id).subject_id
    cast.uow.session.rollback()
    with cast.uow.begin(SYSTEM):
        cast.uow.personal.erase(subject)
    assert own(cast, "approves") == ()
