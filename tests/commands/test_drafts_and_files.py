"""What is typed and uploaded before it is handed in, and what becomes of it."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from people_at_work import APPLICATION, CANARY, Case, Cast, begin, traces
from sqlalchemy import select

from storage.errors import FileRefused
from storage.models import Attachment, Draft
from workflows import queries
from workflows.commands.attachments import attach_file, clean_name, remove_attachment
from workflows.commands.drafts import save_draft
from workflows.commands.set_aside import put_aside, set_aside, take_back
from workflows.commands.tasks import claim_task
from workflows.errors import (
    DraftChanged,
    NotAllowed,
    NotFound,
    TaskAlreadyClaimed,
    TooManyFiles,
    UnknownField,
)
from workflows.forms import InvalidForm
from workflows.housekeeping import keep_house
from workflows.scenarios.files import sample_file
from workflows.unused_files import collect_attachments, sweep_objects


def objects(cast: Cast) -> set[str]:
    """Return the keys of all objects of the house."""
    later = cast.uow.clock.now() + timedelta(days=3650)
    return set(cast.uow.documents.older_than(later))


def test_a_draft_keeps_what_is_typed_for_the_whole_organisation(case: Case, cast: Cast) -> None:
    task_id = case.task("application")
    saved = save_draft(cast.uow, cast["asks"], task_id, {"company": "青枫", "lines": [{"package": "basic"}]})
    assert saved.revision == 1
    seen = queries.read_task(cast.uow, cast["colleague"], task_id)
    assert seen.draft is not None
    assert seen.draft.answers["company"] == "青枫"
    assert seen.draft.saved_by is not None
    assert seen.draft.saved_by.name == "asks of applicant"
    again = save_draft(cast.uow, cast["colleague"], task_id, {"company": "青枫售电"}, seen.draft.revision)
    assert again.revision == 2


def test_a_draft_that_a_colleague_saved_meanwhile_is_not_overwritten(case: Case, cast: Cast) -> None:
    task_id = case.task("application")
    save_draft(cast.uow, cast["asks"], task_id, {"company": "一"})
    save_draft(cast.uow, cast["colleague"], task_id, {"company": "二"}, 1)
    before = traces(cast.uow)
    with pytest.raises(DraftChanged) as told:
        save_draft(cast.uow, cast["asks"], task_id, {"company": "三"}, 1)
    assert told.value.params["by"] == "colleague of applicant"
    assert told.value.params["revision"] == 2
    assert traces(cast.uow) == before


def test_a_draft_lies_encrypted_and_goes_with_the_submission(case: Case, cast: Cast) -> None:
    task_id = case.task("application")
    save_draft(cast.uow, cast["asks"], task_id, {"contact_name": CANARY["contact_name"]})
    body = cast.uow.session.scalars(select(Draft.body)).one()
    assert CANARY["contact_name"].encode() not in body
    case.submit()
    assert cast.uow.session.scalars(select(Draft)).all() == []


def test_a_draft_takes_no_unknown_field(case: Case, cast: Cast) -> None:
    before = traces(cast.uow)
    with pytest.raises(InvalidForm):
        save_draft(cast.uow, cast["asks"], case.task("application"), {"unheard_of": 1})
    assert traces(cast.uow) == before


def test_a_claimed_task_takes_drafts_and_files_of_its_holder_only(case: Case, cast: Cast) -> None:
    task_id = case.task("application")
    claim_task(cast.uow, cast["asks"], task_id)
    with pytest.raises(TaskAlreadyClaimed):
        save_draft(cast.uow, cast["colleague"], task_id, {})
    with pytest.raises(TaskAlreadyClaimed):
        attach_file(
            cast.uow,
            cast["colleague"],
            task_id,
            "application_form",
            io.BytesIO(sample_file("a.pdf")),
            "a.pdf",
        )


def test_a_file_is_held_and_then_committed_with_its_digest_in_the_journal(case: Case, cast: Cast) -> None:
    answers = case.application()
    rows = cast.uow.session.scalars(select(Attachment)).all()
    assert {row.status for row in rows} == {"held"}
    case.complete("asks", "application", "submitted", answers)
    rows = cast.uow.session.scalars(select(Attachment)).all()
    assert {row.status for row in rows} == {"committed"}
    done = cast.uow.journal.read(f"instance:{case.id}")[-1]
    assert {(one["id"], one["sha256"]) for one in done["attachments"]} == {
        (row.id, row.sha256) for row in rows
    }


def test_a_file_that_was_left_out_expires_and_its_object_goes(case: Case, cast: Cast, clock: Any) -> None:
    unused = case.attach("asks", "application", "application_form", "申请表.pdf")
    remove_attachment(cast.uow, cast["asks"], UUID(unused))
    extra = case.attach("asks", "application", "letter_of_authorisation", "授权书.jpg")
    answers = {
        **APPLICATION,
        "application_form": [case.attach("asks", "application", "application_form", "a.pdf")],
    }
    remove_attachment(cast.uow, cast["asks"], UUID(extra))
    held = case.attach("asks", "application", "letter_of_authorisation", "授权书.jpg")
    case.complete("asks", "application", "submitted", {**answers, "letter_of_authorisation": [held]})
    assert collect_attachments(cast.uow) == 0
    other = begin(cast)
    other.attach("asks", "application", "application_form", "a.pdf")
    clock.advance(timedelta(days=2))
    assert collect_attachments(cast.uow) == 0  # held files of a draft are never collected
    keep_house(cast.uow)
    assert len(cast.uow.session.scalars(select(Attachment)).all()) == 3


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "empty.pdf", FileRefused),
        (b"%PDF-1.7 nothing", "cut.pdf", FileRefused),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.svg", FileRefused),
        (b"MZ" + b"\0" * 200, "form.pdf", FileRefused),
    ],
)
def test_a_refused_file_leaves_neither_row_nor_object(
    case: Case, cast: Cast, content: bytes, name: str, error: type[Exception]
) -> None:
    before, kept = traces(cast.uow), objects(cast)
    with pytest.raises(error):
        attach_file(
            cast.uow, cast["asks"], case.task("application"), "application_form", io.BytesIO(content), name
        )
    assert traces(cast.uow) == before
    assert objects(cast) == kept


def test_files_that_go_with_their_rows_are_set_aside_with_the_draft_that_drops_them(case: Case, cast: Cast) -> None:
    task_id = case.task("application")
    files = [
        attach_file(cast.uow, cast["asks"], task_id, field, io.BytesIO(sample_file("申请表.pdf")), "申请表.pdf").id
        for field in ("application_form", "letter_of_authorisation")
    ]
    save_draft(cast.uow, cast["asks"], task_id, {"company": "青枫"})

    def aside() -> None:
        put_aside(cast.uow, task_id, [str(files[0])])

    with pytest.raises(DraftChanged):
        save_draft(cast.uow, cast["asks"], task_id, {}, 0, before=aside)
    assert states(cast, files) == ["held", "held"]
    save_draft(cast.uow, cast["asks"], task_id, {}, 1, before=aside)
    assert states(cast, files) == ["pending", "held"]
    take_back(cast.uow, cast["asks"], task_id, files[0])
    set_aside(cast.uow, cast["asks"], task_id, *files)
    assert states(cast, files) == ["pending", "pending"]


def states(cast: Cast, files: list[UUID]) -> list[str]:
    cast.uow.session.rollback()
    return [cast.uow.session.get_one(Attachment, one).status for one in files]


def test_fields_without_files_strangers_and_too_many_files_store_nothing(case: Case, cast: Cast) -> None:
    case.attach("asks", "application", "application_form", "a.pdf")
    before, kept = traces(cast.uow), objects(cast)
    task_id = case.task("application")
    for who, field, error in (
        ("asks", "company", UnknownField),
        ("asks", "unheard_of", UnknownField),
        ("stranger", "application_form", NotFound),
        ("approves", "application_form", NotFound),
        ("asks", "application_form", TooManyFiles),
    ):
        with pytest.raises(error):
            attach_file(cast.uow, cast[who], task_id, field, io.BytesIO(sample_file("a.pdf")), "a.pdf")
    assert traces(cast.uow) == before
    assert objects(cast) == kept


def test_a_repeated_upload_is_one_file(case: Case, cast: Cast) -> None:
    def upload() -> UUID:
        stream = io.BytesIO(sample_file("申请表.pdf"))
        return attach_file(
            cast.uow, cast["asks"], case.task("application"), "application_form", stream, "申请表.pdf", "one"
        ).id

    kept = objects(cast)
    first = upload()
    assert upload() == first
    assert len(objects(cast) - kept) == 1


def test_a_committed_file_stays_and_strangers_never_read_it(case: Case, cast: Cast) -> None:
    answers = case.application()
    case.complete("asks", "application", "submitted", answers)
    file_id = UUID(answers["application_form"][0])
    with pytest.raises((NotAllowed, NotFound, Exception)):
        remove_attachment(cast.uow, cast["asks"], file_id)
    for who in ("asks", "colleague", "approves"):
        view, key = queries.attachment(cast.uow, cast[who], file_id)
        assert view.name == "申请表.pdf"
        assert key.startswith("files/")
    for who in ("stranger", "finance", "administrator", "auditor"):
        with pytest.raises(NotFound):
            queries.attachment(cast.uow, cast[who], file_id)


def test_objects_without_a_row_are_swept_after_a_day(case: Case, cast: Cast, clock: Any) -> None:
    held = case.attach("asks", "application", "application_form", "a.pdf")
    with cast.uow.documents.receive(io.BytesIO(b"an upload whose process died"), 1000) as orphan:
        key = orphan.object_key
    clock.advance(timedelta(days=3650))
    sweep_objects(cast.uow)
    left = set(cast.uow.documents.older_than(cast.uow.clock.now()))
    assert key not in left
    row = cast.uow.session.get_one(Attachment, UUID(held))
    assert row.object_key in left


def test_names_of_files_are_shown_without_folders_and_control_characters() -> None:
    assert clean_name("C:\\temp\\申请 表.pdf") == "申请 表.pdf"
    assert clean_name("../../etc/pass\u202ewd\x00") == "passwd"
    assert clean_name("///") == "file"
