"""A file on its way in: row first, then the object, then the check; whatever dies in between leaves nothing behind."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from people_at_work import Case, Cast, begin, traces
from sqlalchemy import delete, select

from storage.errors import FileRefused, StoreUnavailable
from storage.models import Attachment, Draft
from workflows import unused_files
from workflows.commands import attachments
from workflows.commands.attachments import attach_file
from workflows.commands.drafts import save_draft
from workflows.commands.instances import cancel_instance, withdraw_instance
from workflows.errors import InstanceEnded
from workflows.scenarios.files import sample_file
from workflows.unused_files import LEASE, UNUSED_FILE_TTL, collect_attachments, sweep_objects

FIELD = "application_form"


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


def objects(cast: Cast) -> set[str]:
    """Return the keys of all objects of the house."""
    return set(cast.uow.documents.older_than(cast.uow.clock.now() + timedelta(days=3650)))


def statuses(cast: Cast) -> list[str]:
    """Return the status of every file."""
    cast.uow.session.rollback()
    return sorted(cast.uow.session.scalars(select(Attachment.status)))


def upload(case: Case, content: bytes | None = None, **more: Any) -> UUID:
    """Upload a file for the first field."""
    stream = io.BytesIO(sample_file("a.pdf") if content is None else content)
    cast = case.cast
    return attach_file(cast.uow, cast["asks"], case.task("application"), FIELD, stream, "a.pdf", **more).id


def dies_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let the process die when it comes to a step."""

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    monkeypatch.setattr(owner, name, die)


def dies_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let the process die when a step is done."""
    step: Callable[..., Any] = getattr(owner, name)

    def do_and_die(*args: Any, **kwargs: Any) -> None:
        step(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(owner, name, do_and_die)


@pytest.mark.parametrize(
    ("when", "where"),
    [
        (dies_before, "documents.receive"),
        (dies_after, "documents._put"),
        (dies_before, "check_apart"),
        (dies_before, "documents.promote"),
        (dies_before, "documents.delete"),
        (dies_after, "documents.promote"),
        (dies_before, "_hold"),
        (dies_after, "_hold"),
    ],
    ids=lambda part: part if isinstance(part, str) else part.__name__,
)
def test_an_upload_that_dies_at_any_step_is_collected_after_its_term(
    case: Case, cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch, when: Any, where: str
) -> None:
    before = objects(cast)
    owner = cast.uow.documents if where.startswith("documents.") else attachments
    with monkeypatch.context() as patch:
        when(patch, owner, where.removeprefix("documents."))
        with pytest.raises(Killed):
            upload(case)
    assert statuses(cast) == ["pending"]
    assert collect_attachments(cast.uow) == 0  # it may still be on its way
    kept = upload(case)
    clock.advance(UNUSED_FILE_TTL)
    assert collect_attachments(cast.uow) == 1
    row = cast.uow.session.scalars(select(Attachment)).one()
    assert (row.id, row.status, row.expires_at) == (kept, "held", None)
    assert objects(cast) - before == {row.object_key}


def test_before_anything_goes_to_the_store_its_row_is_there(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    put = cast.uow.documents._put

    def look(key: str, *args: Any) -> None:
        cast.uow.session.rollback()
        row = cast.uow.session.scalars(select(Attachment)).one()
        seen.append((row.object_key == key, row.status, row.expires_at))
        put(key, *args)

    monkeypatch.setattr(cast.uow.documents, "_put", look)
    upload(case)
    assert seen == [(True, "pending", cast.uow.clock.now() + UNUSED_FILE_TTL)]


@pytest.mark.parametrize("step", ["_delete", "documents.delete", "rows"])
def test_a_refusal_that_dies_in_the_middle_is_finished_by_the_collector(
    case: Case, cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = objects(cast)
    with monkeypatch.context() as patch:
        if step == "_delete":
            dies_before(patch, unused_files, "_delete")
        elif step == "rows":
            dies_after(patch, cast.uow.documents, "delete")
        else:
            dies_before(patch, cast.uow.documents, "delete")
        with pytest.raises(Killed):
            upload(case, b"%PDF-1.7 nothing")
    assert statuses(cast) == ["expired"]
    assert collect_attachments(cast.uow) == 0  # it may still be at it
    clock.advance(LEASE)
    assert collect_attachments(cast.uow) == 1
    assert statuses(cast) == []
    assert objects(cast) == before


def test_a_refusal_while_the_store_is_away_is_finished_when_it_is_back(
    case: Case, cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = objects(cast)

    def away(*_: Any) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "delete", away)
        with pytest.raises(FileRefused):
            upload(case, b"%PDF-1.7 nothing")
        clock.advance(LEASE)
        assert collect_attachments(cast.uow) == 0
    assert statuses(cast) == ["expired"]
    clock.advance(LEASE)
    assert collect_attachments(cast.uow) == 1
    assert (statuses(cast), objects(cast)) == ([], before)


@pytest.mark.parametrize("step", ["promote", "mark", "rehash"])
def test_a_file_that_the_collector_took_first_is_never_held(
    case: Case, cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = objects(cast)
    in_time: Callable[[str], str] = getattr(cast.uow.documents, step)
    taken: list[int] = []

    def late(key: str) -> str:
        found = in_time(key)
        clock.advance(UNUSED_FILE_TTL)
        taken.append(collect_attachments(cast.uow))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, step, late)
        with pytest.raises(StoreUnavailable):
            upload(case)
    assert taken == [1]
    assert (statuses(cast), objects(cast)) == ([], before)


def test_a_lost_answer_is_repeated_with_the_same_key(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = objects(cast)
    commits: list[int] = []

    def die_after_the_second() -> None:
        commits.append(1)
        if len(commits) == 2:  # the first one is that of the pending row
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow, "_run_after", die_after_the_second)
        with pytest.raises(Killed):
            upload(case, idempotency_key="one")
    assert statuses(cast) == ["held"]
    assert upload(case, idempotency_key="one") == upload(case, idempotency_key="one")
    assert statuses(cast) == ["held"]
    assert len(objects(cast) - before) == 1


def test_a_pending_file_that_a_draft_names_is_not_collected(case: Case, cast: Cast, clock: Any) -> None:
    named = upload(case)
    with cast.uow.begin(cast["asks"]):
        row = cast.uow.session.get_one(Attachment, named)
        row.status, row.expires_at = "pending", clock.now()
    save_draft(cast.uow, cast["asks"], case.task("application"), {FIELD: [str(named)]})
    assert collect_attachments(cast.uow) == 0
    assert collect_attachments(cast.uow) == 0
    with cast.uow.begin(cast["asks"]):
        cast.uow.session.execute(delete(Draft))
    assert collect_attachments(cast.uow) == 0  # it got a new term
    clock.advance(UNUSED_FILE_TTL)
    assert collect_attachments(cast.uow) == 1


def test_objects_of_living_uploads_are_never_swept(case: Case, cast: Cast, clock: Any) -> None:
    upload(case)
    before = objects(cast)
    clock.advance(timedelta(days=30))
    sweep_objects(cast.uow)
    row = cast.uow.session.scalars(select(Attachment)).one()
    assert row.object_key in objects(cast) <= before


@pytest.mark.parametrize("verb", ["withdrawn", "cancelled"])
def test_an_ended_case_keeps_what_was_handed_in_and_lets_the_rest_go(
    case: Case, cast: Cast, clock: Any, verb: str
) -> None:
    case.submit()
    marks = [{"field": FIELD, "reason": "missing"}]
    case.complete("approves", "review", "returned", {"opinion": "once more", "marks": marks})
    held = upload(case)
    task_id = case.task("application")
    save_draft(cast.uow, cast["asks"], task_id, {FIELD: [str(held)]})
    other = begin(cast)
    save_draft(cast.uow, cast["asks"], other.task("application"), {FIELD: [str(upload(other))]})
    before = objects(cast)
    if verb == "withdrawn":
        withdraw_instance(cast.uow, cast["asks"], case.id)
    else:
        cancel_instance(cast.uow, cast["operator"], case.id, "asked for by the applicant")
    assert [one.task_id for one in cast.uow.session.scalars(select(Draft))] == [other.task("application")]
    row = cast.uow.session.get_one(Attachment, held)
    assert (row.status, row.expires_at) == ("pending", clock.now() + UNUSED_FILE_TTL)
    gone = row.object_key
    assert statuses(cast) == ["committed", "committed", "held", "pending"]
    clock.advance(UNUSED_FILE_TTL)
    assert collect_attachments(cast.uow) == 1
    assert statuses(cast) == ["committed", "committed", "held"]
    assert before - objects(cast) == {gone}


def test_an_upload_into_a_case_that_ends_meanwhile_leaves_nothing(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = objects(cast)
    promote = cast.uow.documents.promote

    def ends(key: str) -> str:
        withdraw_instance(cast.uow, cast["asks"], case.id)
        return promote(key)

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "promote", ends)
        with pytest.raises(InstanceEnded):
            upload(case)
    assert (statuses(cast), objects(cast)) == ([], before)


def test_a_refusal_leaves_no_trace(case: Case, cast: Cast) -> None:
    before = traces(cast.uow), objects(cast)
    with pytest.raises(FileRefused):
        upload(case, b"MZ" + b"\0" * 200)
    assert (traces(cast.uow), objects(cast)) == before
