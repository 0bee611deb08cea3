"""Uploads that meet: with each other, with the end of their task, with a second collector."""

import io
import threading
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from people_at_work import Case, Cast
from sqlalchemy import select

from storage.database import init_database
from storage.db import db
from storage.models import Attachment
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.attachments import attach_file
from workflows.commands.tasks import complete_task
from workflows.errors import TaskNotOpen, TooManyFiles
from workflows.scenarios.files import sample_file
from workflows.unused_files import UNUSED_FILE_TTL, collect_attachments

FIELD = "letter_of_authorisation"


def statuses(cast: Cast) -> list[str]:
    cast.uow.session.rollback()
    return sorted(cast.uow.session.scalars(select(Attachment.status)))


def at_once(cast: Cast, count: int, work: Any) -> list[Any]:
    """Do something in so many threads, each with a unit of work of its own; return results and refusals."""
    done: list[Any] = []
    gate = threading.Barrier(count)

    def one() -> None:
        app = Flask("another")
        init_database(app, cast.uow.settings)
        with app.app_context():
            uow: UnitOfWork = build(cast.uow.settings, documents=cast.uow.documents, clock=cast.uow.clock)
            gate.wait()
            try:
                done.append(work(uow))
            except Exception as refused:
                done.append(refused)
            db.session.remove()
            db.engine.dispose()

    cast.uow.session.rollback()
    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def uploading(case: Case, key: str | None) -> Any:
    task, content = case.task("application"), sample_file("a.pdf")

    def work(uow: UnitOfWork) -> UUID:
        return attach_file(uow, case.cast["asks"], task, FIELD, io.BytesIO(content), "a.pdf", key).id

    return work


def test_of_four_uploads_at_once_as_many_are_kept_as_the_field_takes(case: Case, cast: Cast) -> None:
    done = at_once(cast, 4, uploading(case, None))
    kept = [one for one in done if isinstance(one, UUID)]
    assert len(kept) == 1
    assert [type(one) for one in done if one not in kept] == [TooManyFiles] * 3
    assert statuses(cast) == ["held"]


def test_the_same_upload_four_times_at_once_is_one_file(case: Case, cast: Cast) -> None:
    done = at_once(cast, 4, uploading(case, "the same"))
    assert len(set(done)) == 1
    assert isinstance(done[0], UUID)
    assert statuses(cast) == ["held"]


def test_an_upload_to_a_task_that_somebody_completes_meanwhile_leaves_nothing(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, task = case.application(), case.task("application")
    before = set(cast.uow.documents.older_than(cast.uow.clock.now() + UNUSED_FILE_TTL * 3650))
    promote = cast.uow.documents.promote
    answers.pop(FIELD)
    row = cast.uow.session.scalars(select(Attachment).where(Attachment.field == FIELD)).one()
    with cast.uow.begin(cast["asks"]):
        cast.uow.session.delete(cast.uow.session.get_one(Attachment, row.id))
    letter = case.attach("asks", "application", FIELD, "a.pdf")

    def late(key: str) -> str:
        complete_task(cast.uow, cast["colleague"], task, "submitted", {**answers, FIELD: [letter]})
        return promote(key)

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "promote", late)
        patch.setattr("workflows.commands.attachments.require_room", lambda *_: None)
        with pytest.raises(TaskNotOpen):
            attach_file(cast.uow, cast["asks"], task, FIELD, io.BytesIO(sample_file("a.pdf")), "a.pdf")
    assert statuses(cast) == ["committed", "committed"]
    left = set(cast.uow.documents.older_than(cast.uow.clock.now() + UNUSED_FILE_TTL * 3650))
    assert len(left - before) == 1  # the letter


def test_of_several_collectors_each_file_is_deleted_by_one(
    case: Case, cast: Cast, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in ("application_form", FIELD):
        case.attach("asks", "application", field, "a.pdf")
    with cast.uow.begin(cast["asks"]):
        for row in cast.uow.session.scalars(select(Attachment)):
            row.status, row.expires_at = "pending", clock.now()
    deleted: list[str] = []
    delete = cast.uow.documents.delete
    monkeypatch.setattr(cast.uow.documents, "delete", lambda key: deleted.append(key) or delete(key))
    counts = at_once(cast, 3, collect_attachments)
    assert sum(counts) == 2
    assert len(deleted) == len(set(deleted))
    assert statuses(cast) == []
