"""Malware in an upload: set aside, told to operators once, read by nobody; without the scanner nothing is taken in."""

import dataclasses
import io
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from people_at_work import Case, Cast
from scanner import EICAR, FOUND, PROGRAM, clamd
from sqlalchemy import select

from storage.errors import CheckUnavailable, FileRefused, NotFound
from storage.models import Attachment, Incident
from storage.ports import FixedClock
from workflows import queries
from workflows.commands.attachments import attach_file, remove_attachment
from workflows.commands.quarantine import INFECTED_KEPT
from workflows.scenarios.files import sample_file
from workflows.unused_files import collect_attachments

FIELD = "application_form"
INFECTED = sample_file("a.pdf").replace(b"%%EOF", EICAR + b"\n%%EOF")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed (Debian: clamav-daemon)")


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    with clamd("StreamMaxLength 25M") as address:
        yield address


@pytest.fixture
def guarded(cast: Cast, scanner: str) -> Cast:
    """The house with a scanner."""
    cast.uow.settings = dataclasses.replace(cast.uow.settings, clamd=scanner)
    return cast


def upload(case: Case, content: bytes) -> UUID:
    """Upload a file for the first field."""
    cast = case.cast
    return attach_file(cast.uow, cast["asks"], case.task("application"), FIELD, io.BytesIO(content), "a.pdf").id


def refused(case: Case, content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as told:
        upload(case, content)
    return told.value


def files(cast: Cast) -> list[Attachment]:
    cast.uow.session.rollback()
    return list(cast.uow.session.scalars(select(Attachment).order_by(Attachment.created_at)))


def objects(cast: Cast) -> set[str]:
    return set(cast.uow.documents.older_than(cast.uow.clock.now() + timedelta(days=3650)))


def test_a_clean_file_passes(case: Case, guarded: Cast) -> None:
    upload(case, sample_file("a.pdf"))
    assert [one.status for one in files(guarded)] == ["held"]


def test_an_infected_file_is_set_aside_and_operators_are_told(case: Case, guarded: Cast) -> None:
    told = refused(case, INFECTED)
    assert (told.code, told.params["found"]) == ("file_infected", FOUND)
    (row,) = files(guarded)
    assert (row.status, row.expires_at) == ("quarantined", guarded.uow.clock.now() + INFECTED_KEPT)
    assert row.object_key.startswith("quarantine/")
    assert row.object_key in objects(guarded)
    (incident,) = guarded.uow.session.scalars(select(Incident))
    assert (incident.kind, incident.instance_id, incident.message) == ("file_infected", case.id, FOUND)
    event = guarded.uow.journal.read("system")[-1]
    assert event["action"] == "incident.opened"
    assert event["details"]["attachment"] == row.id


def test_whatever_it_is_an_infected_file_is_seen_before_any_parser(case: Case, guarded: Cast) -> None:
    assert refused(case, EICAR).code == "file_infected"


def test_nobody_reads_or_uses_or_removes_it(case: Case, guarded: Cast) -> None:
    refused(case, INFECTED)
    (row,) = files(guarded)
    for who in ("asks", "colleague", "approves", "operator", "administrator", "auditor"):
        with pytest.raises(NotFound):
            queries.attachment(guarded.uow, guarded[who], row.id)
    remove_attachment(guarded.uow, guarded["asks"], row.id)
    assert [one.status for one in files(guarded)] == ["quarantined"]
    assert row.object_key in objects(guarded)
    assert queries.read_task(guarded.uow, guarded["asks"], case.task("application")).attachments == ()
    upload(case, sample_file("a.pdf"))  # and it takes no place of a clean one


def test_ten_infected_files_are_one_incident(case: Case, guarded: Cast) -> None:
    for _ in range(3):
        refused(case, INFECTED)
    assert [one.status for one in files(guarded)] == ["quarantined"] * 3
    assert len(guarded.uow.session.scalars(select(Incident)).all()) == 1


def test_it_is_collected_when_its_time_is_over(case: Case, guarded: Cast, clock: FixedClock) -> None:
    before = objects(guarded)
    refused(case, INFECTED)
    clock.advance(INFECTED_KEPT - timedelta(seconds=1))
    assert collect_attachments(guarded.uow) == 0
    clock.advance(timedelta(seconds=1))
    assert collect_attachments(guarded.uow) == 1
    assert (files(guarded), objects(guarded)) == ([], before)


def test_without_the_scanner_no_file_is_taken_in(case: Case, cast: Cast) -> None:
    before = objects(cast)
    cast.uow.settings = dataclasses.replace(cast.uow.settings, clamd="127.0.0.1:1")
    with pytest.raises(CheckUnavailable):
        upload(case, sample_file("a.pdf"))
    assert (files(cast), objects(cast)) == ([], before)
    assert cast.uow.session.scalars(select(Incident)).all() == []
