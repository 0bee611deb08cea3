"""Somebody who reaches the object store puts other bytes in the place of a file that was checked."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from people_at_work import Case, Cast, traces
from sqlalchemy import select

from storage.documents import Documents, kept_key
from storage.errors import FileRefused, StoreUnavailable
from storage.models import Attachment
from workflows import queries
from workflows.commands.attachments import attach_file
from workflows.forms import InvalidForm
from workflows.scenarios.files import sample_file
from workflows.worker_jobs import run_due

FIELD = "application_form"
OTHER = sample_file("a.jpg")


def put(documents: Documents, key: str, content: bytes = OTHER) -> None:
    """Put other bytes under a key, as whoever has the keys of the store can."""
    documents._connected().put_object(documents._bucket, key, io.BytesIO(content), len(content))


def upload(case: Case) -> UUID:
    """Upload a sound PDF."""
    stream = io.BytesIO(sample_file("a.pdf"))
    cast = case.cast
    return attach_file(cast.uow, cast["asks"], case.task("application"), FIELD, stream, "a.pdf").id


def rows(cast: Cast) -> list[Attachment]:
    """Return all files."""
    cast.uow.session.rollback()
    return list(cast.uow.session.scalars(select(Attachment)))


def incidents(cast: Cast) -> list[tuple[str, UUID | None]]:
    """Return what operators see."""
    found = queries.incidents(cast.uow, cast["operator"], status="open").items
    return [(one.kind, one.instance_id) for one in found]


@pytest.mark.parametrize("when", ["before it is moved", "after it was moved"])
def test_a_file_that_is_swapped_after_its_check_is_not_held(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    promote: Callable[[str], str] = cast.uow.documents.promote

    def swapped(key: str) -> str:
        if when == "before it is moved":
            put(cast.uow.documents, key)
            return promote(key)
        kept = promote(key)
        put(cast.uow.documents, kept)
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "promote", swapped)
        for _ in range(2):
            with pytest.raises(FileRefused) as refused:
                upload(case)
    assert refused.value.code == "file_swapped"
    assert rows(cast) == []
    assert incidents(cast) == [("file_swapped", case.id)]


def test_a_file_that_is_swapped_while_it_is_held_is_not_handed_in(case: Case, cast: Cast) -> None:
    answers = case.application()
    file_id = answers[FIELD][0]
    key = next(row.object_key for row in rows(cast) if str(row.id) == file_id)
    put(cast.uow.documents, key)
    before = traces(cast.uow)
    with pytest.raises(InvalidForm) as refused:
        case.complete("asks", "application", "submitted", answers)
    assert [error.code for error in refused.value.errors[FIELD]] == ["file_swapped"]
    after = traces(cast.uow)
    told = {"incident", "event", "stream_head"}
    assert {name: of for name, of in after.items() if name not in told} == {
        name: of for name, of in before.items() if name not in told
    }
    assert incidents(cast) == [("file_swapped", case.id)]
    assert "application" in case.open()


def test_a_file_that_is_gone_is_not_handed_in(case: Case, cast: Cast) -> None:
    answers = case.application()
    key = next(row.object_key for row in rows(cast) if str(row.id) == answers[FIELD][0])
    cast.uow.documents.delete(key)
    with pytest.raises(InvalidForm):
        case.complete("asks", "application", "submitted", answers)


def test_the_same_bytes_put_anew_are_the_same_file(case: Case, cast: Cast) -> None:
    answers = case.application()
    row = next(row for row in rows(cast) if str(row.id) == answers[FIELD][0])
    with cast.uow.documents.open(row.object_key) as opened:
        content = opened.read()
    put(cast.uow.documents, kept_key(row.object_key), content)
    case.complete("asks", "application", "submitted", answers)


def test_a_store_that_is_away_keeps_nobody_from_handing_in(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = case.application()

    def away(*_: Any) -> str:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "mark", away)
        case.complete("asks", "application", "submitted", answers)
    while run_due(cast.uow):
        pass
    assert incidents(cast) == []


def test_a_file_that_is_swapped_while_the_store_is_away_is_told_of_once_it_is_back(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = case.application()
    row = next(row for row in rows(cast) if str(row.id) == answers[FIELD][0])

    def away(*_: Any) -> str:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "mark", away)
        case.complete("asks", "application", "submitted", answers)
    put(cast.uow.documents, row.object_key)
    assert {one.checked_at for one in rows(cast)} == {None}  # before all others, however many there are
    while run_due(cast.uow):
        pass
    assert incidents(cast) == [("file_damaged", case.id)]
