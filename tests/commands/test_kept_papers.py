"""Receipt, correction notice and decision are set once by the worker, kept, and named in the journal by their digests."""

import hashlib
import io
import threading
from datetime import timedelta

import pypdfium2
import pytest
from flask import current_app
from people_at_work import Case, Cast
from sqlalchemy import select

from config.settings import Settings
from service.press import press
from service.texts import init_texts
from service.worker import run_worker
from storage.actor import SYSTEM
from storage.errors import CheckUnavailable, NotFound, StoreUnavailable
from storage.models import Attachment, Incident, IssuedDocument, Job
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.incidents import retry_incident
from workflows.events import Event
from workflows.housekeeping import keep_house
from workflows.kept_files import DIFFERENT, MISSING, rehash_files
from workflows.notices.fanout import look_at_events
from workflows.papers.kinds import ISSUE_KIND
from workflows.replay import replay_instance
from workflows.unused_files import sweep_objects
from workflows.worker_jobs import SWEEP_KIND, Hands, run_due


@pytest.fixture(autouse=True)
def catalogues(cast: Cast) -> None:
    """The worker's app has them as well."""
    if "babel" not in current_app.extensions:
        init_texts(current_app._get_current_object(), "zh_CN")  # type: ignore[attr-defined]


def work(cast: Cast, hands: Hands | None = None) -> None:
    """Let the worker look at what happened and do what is due."""
    while look_at_events(cast.uow):
        pass
    while run_due(cast.uow, hands or Hands(press=press)):
        pass
    cast.uow.session.rollback()


def papers(case: Case, who: str = "asks") -> list[tuple[str, str]]:
    """Return kind and number of the papers of a case, as somebody reads them."""
    return [(one.kind, one.number) for one in queries.papers(case.cast.uow, case.cast[who], case.id)]


def body_of(case: Case, kind: str, language: str = "zh_CN") -> bytes:
    row = case.cast.uow.session.scalars(
        select(IssuedDocument)
        .where(IssuedDocument.kind == kind, IssuedDocument.language == language)
        .order_by(IssuedDocument.event_seq.desc())
    ).first()
    assert row is not None
    return case.cast.uow.documents.open(row.object_key).read()


def text_of(body: bytes) -> str:
    pages = pypdfium2.PdfDocument(io.BytesIO(body))
    return "".join(one.get_textpage().get_text_bounded() for one in pages).replace("\r\n", "")


def give_back(case: Case) -> None:
    marks = [{"field": "company", "reason": "与执照不一致"}, {"field": "lines[0].quantity", "reason": "比申请表少一把"}]
    case.complete("approves", "review", "returned", {"opinion": "有两处要改。", "marks": marks})


def events_of(case: Case) -> list[dict]:
    return [one for one in case.cast.uow.journal.read(f"instance:{case.id}") if one["action"] == Event.DOCUMENT_ISSUED]


def test_nothing_is_issued_before_it_is_handed_in(case: Case, cast: Cast) -> None:
    work(cast)
    assert papers(case) == []


def test_a_receipt_is_issued_once_for_all_rounds(case: Case, cast: Cast, clock: FixedClock) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    work(cast)
    assert papers(case) == [("receipt", f"{case.result.number}-02")]
    clock.advance(timedelta(hours=1))
    give_back(case)
    clock.advance(timedelta(hours=1))
    case.complete("asks", "application", "submitted", answers)
    work(cast)
    work(cast)
    assert [kind for kind, _ in papers(case)] == ["receipt", "correction"]


def test_a_correction_notice_says_what_why_and_until_when(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    work(cast)
    clock.advance(timedelta(hours=1))
    give_back(case)
    work(cast)
    text = text_of(body_of(case, "correction"))
    for wanted in ("补正通知书", f"编号：{case.result.number}-04", "有两处要改。", "单位名称", "与执照不一致", "比申请表少一把", "没有期限"):
        assert wanted in text
    assert "金丝雀" not in text
    assert "Notice of correction" in text_of(body_of(case, "correction", "en"))


def test_each_return_has_a_notice_of_its_own(case: Case, cast: Cast, clock: FixedClock) -> None:
    answers = case.application()
    for _ in range(2):
        clock.advance(timedelta(hours=1))
        case.complete("asks", "application", "submitted", answers)
        clock.advance(timedelta(hours=1))
        give_back(case)
        work(cast)
    assert [number for kind, number in papers(case) if kind == "correction"] == [f"{case.result.number}-04", f"{case.result.number}-05"]


def test_a_decision_is_issued_when_the_case_has_ended(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    clock.advance(timedelta(hours=1))
    case.complete("approves", "review", "rejected", {"opinion": "证照已经过期。"})
    work(cast)
    assert papers(case)[-1] == ("decision", f"{case.result.number}-03")
    text = text_of(body_of(case, "decision"))
    assert "办理结果：不予通过。" in text
    assert "证照已经过期。" in text


def test_the_journal_proves_each_paper(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    clock.advance(timedelta(hours=1))
    give_back(case)
    work(cast)
    events = events_of(case)
    assert [one["details"]["kind"] for one in events] == ["receipt", "correction"]
    for event in events:
        for language, named in event["details"]["papers"].items():
            body = body_of(case, event["details"]["kind"], language)
            assert hashlib.sha256(body).hexdigest() == named["sha256"]
    assert replay_instance(cast.uow, case.id).ok, "the chain holds, and no step was made by a paper"


def test_a_command_asks_for_no_paper_and_waits_for_none(case: Case, cast: Cast) -> None:
    case.submit()
    cast.uow.session.rollback()
    assert cast.uow.session.scalars(select(Job.id).where(Job.kind == ISSUE_KIND)).all() == []


def test_a_worker_without_a_press_leaves_papers_to_others(case: Case, cast: Cast) -> None:
    case.submit()
    work(cast, Hands())
    assert papers(case) == []
    work(cast)
    assert len(papers(case)) == 1


def test_papers_wait_until_no_other_work_is_due(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    while look_at_events(cast.uow):
        pass
    while run_due(cast.uow, Hands()):
        pass
    clock.advance(timedelta(minutes=1))
    with cast.uow.begin(SYSTEM):
        cast.uow.jobs.put(SWEEP_KIND, "a sweep that came later", {}, clock.now())
    assert run_due(cast.uow, Hands(press=press)) == 1
    cast.uow.session.rollback()
    waiting = select(Job.kind).where(Job.status == "waiting")
    assert cast.uow.session.scalars(waiting).all() == [ISSUE_KIND]


def test_a_paper_that_cannot_be_set_becomes_an_incident_that_can_be_tried_again(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    def broken(*_: object) -> bytes:
        raise CheckUnavailable

    case.submit()
    clock.advance(timedelta(hours=1))
    case.complete("approves", "review", "rejected", {"opinion": "证照已经过期。"})
    for _ in range(12):
        work(cast, Hands(press=broken))
        clock.advance(timedelta(hours=1))
    incidents = cast.uow.session.scalars(select(Incident).where(Incident.closed_at.is_(None))).all()
    assert {one.message for one in incidents} == {f"{ISSUE_KIND}: CheckUnavailable"}
    keep_house(cast.uow)
    still_open = select(Incident.id).where(Incident.closed_at.is_(None))
    assert len(cast.uow.session.scalars(still_open).all()) == len(incidents), "the end of the case does not close them"
    cast.uow.session.rollback()
    for one in [one.id for one in incidents]:
        shown = queries.read_incident(cast.uow, cast["operator"], one)
        assert (shown.may_retry, shown.may_skip) == (True, False), "nobody can set a paper by hand"
        retry_incident(cast.uow, cast["operator"], one)
    work(cast)
    assert sorted(kind for kind, _ in papers(case)) == ["decision", "receipt"]


def test_a_store_that_is_away_leaves_neither_row_nor_event(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: bytes) -> str:
        raise StoreUnavailable

    case.submit()
    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "keep", away)
        work(cast)
    assert (papers(case), events_of(case)) == ([], [])


def test_the_sweep_keeps_what_was_issued(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    work(cast)
    body = body_of(case, "receipt")
    left = cast.uow.documents.keep(b"of a worker that died")
    clock.advance(timedelta(days=3650))
    sweep_objects(cast.uow)
    assert body_of(case, "receipt") == body
    with pytest.raises(NotFound):
        cast.uow.documents.open(left)


def test_papers_go_with_the_person(case: Case, cast: Cast) -> None:
    case.submit()
    work(cast)
    row = cast.uow.session.scalars(select(IssuedDocument)).first()
    assert row is not None
    subject_id, key = row.subject_id, row.object_key
    cast.uow.session.rollback()
    with cast.uow.begin(SYSTEM) as done:
        keys = done(cast.uow.erase(subject_id))
    assert key in keys


def test_who_may_not_see_the_case_sees_no_paper_of_it(case: Case, cast: Cast) -> None:
    case.submit()
    work(cast)
    (one,) = queries.papers(cast.uow, cast["asks"], case.id)
    for who in ("asks", "colleague", "approves"):
        assert queries.paper(cast.uow, cast[who], case.id, one.id)[0] == one
    with pytest.raises(NotFound):
        queries.paper(cast.uow, cast["stranger"], case.id, one.id)


def test_a_running_worker_issues_what_was_handed_in(case: Case, settings: Settings) -> None:
    case.submit()
    case.cast.uow.session.rollback()
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=(settings, stop))
    worker.start()
    for _ in range(600):
        if papers(case):
            break
        case.cast.uow.session.rollback()
        stop.wait(0.05)
    stop.set()
    worker.join(20)
    assert papers(case) == [("receipt", f"{case.result.number}-02")]


@pytest.mark.parametrize("how", [DIFFERENT, MISSING])
def test_papers_are_read_again_at_night_and_one_that_is_not_whole_is_one_incident(
    case: Case, cast: Cast, clock: FixedClock, how: str
) -> None:
    case.submit()
    work(cast)
    paper = cast.uow.session.scalars(select(IssuedDocument).where(IssuedDocument.language == "en")).one()
    paper_id, object_key = paper.id, paper.object_key
    clock.advance(timedelta(days=1))
    assert rehash_files(cast.uow) == 0
    assert set(cast.uow.session.scalars(select(IssuedDocument.checked_at))) == {clock.now()}
    cast.uow.session.rollback()
    store, content = cast.uow.documents, b"other bytes"
    if how == MISSING:
        store.delete(object_key)
    else:
        store._connected().put_object(store._bucket, object_key, io.BytesIO(content), len(content))
    for _ in range(2):
        clock.advance(timedelta(days=1))
        assert rehash_files(cast.uow) == 1
    incident = cast.uow.session.scalars(select(Incident)).one()
    assert (incident.kind, incident.message) == ("file_damaged", f"{paper_id}: {how}")
    assert cast.uow.session.get(IssuedDocument, paper_id) is not None
    assert cast.uow.journal.read("system")[-1]["details"]["paper"] == paper_id


def test_papers_of_an_erased_person_are_no_incident(case: Case, cast: Cast) -> None:
    case.submit()
    work(cast)
    paper = cast.uow.session.scalars(select(IssuedDocument)).first()
    assert paper is not None
    with cast.uow.begin(SYSTEM):
        erased = cast.uow.personal.erase(paper.subject_id)
    for key in erased.object_keys:
        cast.uow.documents.delete(key)
    assert rehash_files(cast.uow) == 0


def test_files_and_papers_share_the_bounds_of_a_night(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    clock.advance(timedelta(hours=1))
    work(cast)
    uow = cast.uow
    files, papers = (len(uow.session.scalars(select(kind.id)).all()) for kind in (Attachment, IssuedDocument))
    clock.advance(timedelta(days=1))
    rehash_files(uow, most_files=files + 1)  # the files were checked before the papers were issued
    checked = [
        sum(at == clock.now() for at in uow.session.scalars(select(kind.checked_at)))
        for kind in (Attachment, IssuedDocument)
    ]
    assert (checked, papers) == ([files, 1], 2)
