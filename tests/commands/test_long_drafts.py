"""Who takes weeks to fill in a form finds every file again, in the first round and in later ones."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from deadline_reading import LAST_DAY
from people_at_work import APPLICATION, Case, Cast
from sqlalchemy import select

from storage.models import Attachment, Draft
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.drafts import save_draft
from workflows.housekeeping import keep_house
from workflows.kept_files import rehash_files
from workflows.unused_files import UNUSED_FILE_TTL, collect_attachments, sweep_objects
from workflows.worker_jobs import run_due

FIELDS = ("application_form", "letter_of_authorisation")
MARKS = [{"field": "mailing_address", "reason": "missing"}]


def live_through(cast: Cast, clock: FixedClock, span: timedelta) -> None:
    """Let time go by in leaps that are longer than any term of a file, with all that a worker does."""
    leap = UNUSED_FILE_TTL * 3
    while span > timedelta(0):
        clock.advance(min(span, leap))
        span -= leap
        while run_due(cast.uow):
            pass
        keep_house(cast.uow)
        sweep_objects(cast.uow)


def saved(case: Case, files: dict[str, list[str]]) -> None:
    cast = case.cast
    view = queries.read_task(cast.uow, cast["asks"], case.task("application"))
    revision = view.draft.revision if view.draft else 0
    save_draft(cast.uow, cast["asks"], case.task("application"), {**APPLICATION, **files}, revision)


def readable(cast: Cast, files: dict[str, list[str]]) -> bool:
    """Are all files there, byte for byte?"""
    for ids in files.values():
        for one in ids:
            view, key = queries.attachment(cast.uow, cast["asks"], UUID(one))
            assert cast.uow.documents.rehash(key) == view.sha256
    return True


def upload(case: Case) -> dict[str, list[str]]:
    return {field: [case.attach("asks", "application", field, "申请表.pdf")] for field in FIELDS}


def send_back(case: Case, *fields: str) -> None:
    """Return the application; only what is marked may be changed, so whoever is to upload anew has the files marked."""
    marks = MARKS + [{"field": field, "reason": "missing"} for field in fields]
    case.complete("approves", "review", "returned", {"opinion": "x", "marks": marks})


def test_a_draft_keeps_its_files_until_the_last_moment_of_its_term(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    files = upload(case)
    saved(case, files)
    live_through(cast, clock, LAST_DAY - clock.now() - timedelta(microseconds=1))
    assert readable(cast, files)
    case.complete("asks", "application", "submitted", {**APPLICATION, **files})
    assert set(cast.uow.session.scalars(select(Attachment.status))) == {"committed"}


def test_files_that_no_draft_names_yet_are_kept_as_long(case: Case, cast: Cast, clock: FixedClock) -> None:
    files = upload(case)
    live_through(cast, clock, timedelta(days=29))
    assert readable(cast, files)
    case.complete("asks", "application", "submitted", {**APPLICATION, **files})


def test_after_the_term_they_go_a_day_later(case: Case, cast: Cast, clock: FixedClock) -> None:
    saved(case, upload(case))
    live_through(cast, clock, LAST_DAY - clock.now())
    assert set(cast.uow.session.scalars(select(Attachment.status))) == {"pending"}
    clock.advance(UNUSED_FILE_TTL)
    assert collect_attachments(cast.uow) == 2


@pytest.mark.parametrize("days", [30, 60])
def test_a_draft_of_a_later_round_keeps_its_files_however_long_it_lies(
    case: Case, cast: Cast, clock: FixedClock, days: int
) -> None:
    case.submit()
    send_back(case, *FIELDS)
    files = upload(case)
    saved(case, files)
    live_through(cast, clock, timedelta(days=days))
    assert readable(cast, files)
    case.complete("asks", "application", "submitted", {**APPLICATION, **files})
    assert set(cast.uow.session.scalars(select(Attachment.status))) == {"committed"}


def test_files_of_earlier_rounds_are_handed_in_again_round_after_round(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    first = upload(case)
    answers: dict[str, Any] = {**APPLICATION, **first}
    case.complete("asks", "application", "submitted", answers)
    for _ in range(2):
        send_back(case)
        live_through(cast, clock, timedelta(days=31))
        offered = queries.read_task(cast.uow, cast["asks"], case.task("application"))
        assert {str(one.id) for one in offered.attachments} >= {one for ids in first.values() for one in ids}
        saved(case, first)
        live_through(cast, clock, timedelta(days=2))
        assert readable(cast, first)
        case.complete("asks", "application", "submitted", answers)
    rows = cast.uow.session.scalars(select(Attachment)).all()
    assert len(rows) == 2
    assert {row.status for row in rows} == {"committed"}
    done = [one for one in cast.uow.journal.read(f"instance:{case.id}") if one["attachments"]]
    assert len({str(one["attachments"]) for one in done}) == 1


def test_a_file_left_out_of_a_later_round_stays_with_the_earlier_one(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    first = upload(case)
    case.complete("asks", "application", "submitted", {**APPLICATION, **first})
    send_back(case, *FIELDS)
    other = upload(case)
    case.complete("asks", "application", "submitted", {**APPLICATION, **other})
    live_through(cast, clock, timedelta(days=40))
    assert readable(cast, first)
    assert readable(cast, other)
    assert rehash_files(cast.uow) == 0
    assert cast.uow.session.scalars(select(Draft)).all() == []
