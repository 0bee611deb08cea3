"""Kept files are read again at night: what is not whole becomes one incident, and nothing is ever deleted for it."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from people_at_work import Case, Cast
from sqlalchemy import select

from storage.actor import SYSTEM
from storage.errors import NotFound, StoreUnavailable
from storage.models import Attachment, Incident, Job
from storage.ports import FixedClock
from workflows import kept_files, worker_jobs
from workflows.commands.attachments import remove_attachment
from workflows.commands.incidents import close_incident
from workflows.commands.instances import cancel_instance
from workflows.housekeeping import keep_house
from workflows.kept_files import DIFFERENT, MISSING, REHASH_KIND, UNREADABLE, rehash_files
from workflows.worker_jobs import SWEEP_KIND, run_due


def rows(cast: Cast) -> dict[UUID, Attachment]:
    cast.uow.session.rollback()
    return {one.id: one for one in cast.uow.session.scalars(select(Attachment))}


def incidents(cast: Cast) -> list[tuple[str, str]]:
    cast.uow.session.rollback()
    found = cast.uow.session.scalars(select(Incident).where(Incident.closed_at.is_(None)))
    return sorted((one.kind, one.message) for one in found)


def damage(cast: Cast, object_key: str) -> None:
    """Put other bytes into the place of an object, as a broken disk would."""
    store, content = cast.uow.documents, b"other bytes"
    store._connected().put_object(store._bucket, object_key, io.BytesIO(content), len(content))


def test_whole_files_are_marked_as_checked(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    clock.advance(timedelta(days=1))
    assert rehash_files(cast.uow) == 0
    assert {one.checked_at for one in rows(cast).values()} == {clock.now()}
    assert incidents(cast) == []


@pytest.mark.parametrize("how", ["gone", "other"])
def test_a_file_that_is_not_whole_is_one_incident_and_stays(
    case: Case, cast: Cast, clock: FixedClock, how: str
) -> None:
    case.submit()
    before = rows(cast)
    victim = next(iter(before.values()))
    if how == "gone":
        cast.uow.documents.delete(victim.object_key)
    else:
        damage(cast, victim.object_key)
    expected = [("file_damaged", f"{victim.id}: {MISSING if how == 'gone' else DIFFERENT}")]
    for _ in range(3):
        clock.advance(timedelta(days=1))
        assert rehash_files(cast.uow) == 1
        assert incidents(cast) == expected
    after = rows(cast)
    assert {one.id: (one.status, one.sha256) for one in after.values()} == {
        one.id: (one.status, one.sha256) for one in before.values()
    }
    if how == "other":
        cast.uow.documents.open(victim.object_key).close()
    assert cast.uow.journal.read("system")[-1]["details"]["attachment"] == victim.id


def test_an_ended_case_does_not_close_it_but_a_person_does(case: Case, cast: Cast, clock: FixedClock) -> None:
    case.submit()
    victim = next(iter(rows(cast).values()))
    cast.uow.documents.delete(victim.object_key)
    rehash_files(cast.uow)
    cancel_instance(cast.uow, cast["operator"], case.id, "asked for by the applicant")
    keep_house(cast.uow)
    assert len(incidents(cast)) == 1
    incident = cast.uow.session.scalars(select(Incident)).one()
    close_incident(cast.uow, cast["operator"], incident.id, "restored from the backup")
    assert incidents(cast) == []
    clock.advance(timedelta(days=1))
    rehash_files(cast.uow)
    assert len(incidents(cast)) == 1  # still not whole: said again


def test_the_least_recently_checked_come_first_within_files_and_bytes(
    case: Case, cast: Cast, clock: FixedClock
) -> None:
    case.submit()
    first = min(rows(cast).values(), key=lambda one: one.id)
    clock.advance(timedelta(days=1))
    rehash_files(cast.uow, most_files=1)
    checked = [one.id for one in rows(cast).values() if one.checked_at == clock.now()]
    assert len(checked) == 1
    clock.advance(timedelta(days=1))
    rehash_files(cast.uow, most_bytes=1)  # one at least, however small the bound
    again = [one.id for one in rows(cast).values() if one.checked_at == clock.now()]
    assert len(again) == 1
    assert again != checked
    clock.advance(timedelta(days=1))
    rehash_files(cast.uow, most_seconds=0)
    assert [one.id for one in rows(cast).values() if one.checked_at == clock.now()] == checked
    assert first.id in checked


def test_an_erased_person_is_no_incident(case: Case, cast: Cast) -> None:
    case.submit()
    victim = next(iter(rows(cast).values()))
    with cast.uow.begin(SYSTEM):
        erased = cast.uow.personal.erase(victim.subject_id)
    for key in erased.object_keys:
        cast.uow.documents.delete(key)
    assert rehash_files(cast.uow) == 0
    assert incidents(cast) == []


def test_a_file_that_is_removed_meanwhile_is_no_incident(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = case.attach("asks", "application", "application_form", "a.pdf")

    def gone(_: str) -> str:
        remove_attachment(cast.uow, cast["asks"], UUID(held))
        raise NotFound(kind="file", id=held)

    monkeypatch.setattr(cast.uow.documents, "rehash", gone)
    rehash_files(cast.uow)
    assert (incidents(cast), rows(cast)) == ([], {})


def test_a_store_that_is_away_is_no_incident_but_one_object_that_it_cannot_read_is(
    case: Case, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = case.attach("asks", "application", "application_form", "a.pdf")

    def away(_: str) -> str:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(cast.uow.documents, "rehash", away)
        patch.setattr(cast.uow.documents, "ready", lambda: False)
        with pytest.raises(StoreUnavailable):
            rehash_files(cast.uow)
        assert incidents(cast) == []
        patch.setattr(cast.uow.documents, "ready", lambda: True)
        assert rehash_files(cast.uow) == 1
    assert incidents(cast) == [("file_damaged", f"{held}: {UNREADABLE}")]


def test_each_night_has_one_sample_and_each_quarter_of_a_day_one_sweep(
    case: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def note(kind: str) -> object:
        return lambda _, keep_on: done.append(kind) or keep_on() or 0

    monkeypatch.setattr(worker_jobs, "rehash_files", note("sample"))
    monkeypatch.setattr(worker_jobs, "sweep_objects", note("sweep"))
    assert case.id
    for _ in range(48):  # two days, every hour, three workers
        for _worker in range(3):
            keep_house(cast.uow)
            while run_due(cast.uow):
                pass
        clock.advance(timedelta(hours=1))
    assert done.count("sample") == 3  # on the first day at once, because two o'clock had passed; then at night
    assert done.count("sweep") == 9
    clock.advance(timedelta(days=31))
    keep_house(cast.uow)
    kinds = cast.uow.session.scalars(select(Job.status).where(Job.kind.in_((REHASH_KIND, SWEEP_KIND)))).all()
    assert "done" not in kinds


def test_a_worker_that_dies_at_the_sample_is_followed_by_another(
    case: Case, cast: Cast, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.submit()

    class Killed(BaseException):
        pass

    def die(*_: object) -> str:
        raise Killed

    keep_house(cast.uow)
    with monkeypatch.context() as patch:
        patch.setattr(kept_files, "_note", die)
        run_due(cast.uow)  # what takes long goes after the rest
        with pytest.raises(Killed):
            run_due(cast.uow)
    cast.uow.session.rollback()
    clock.advance(timedelta(seconds=61))
    while run_due(cast.uow):
        pass
    assert {one.checked_at for one in rows(cast).values()} == {clock.now()}
