"""Issue one paper: set in every language, put into the store, then named in the journal, all or nothing.

What dies on the way leaves objects without a row, which the sweep finds, and a job that is done again.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, select

from storage.actor import SYSTEM, Actor
from storage.jobs import LeasedJob
from storage.models import Instance, IssuedDocument
from storage.unit_of_work import UnitOfWork
from workflows.deployed import deployed
from workflows.events import Event
from workflows.packages.package import ENGLISH_LANGUAGE
from workflows.packages.texts import SOURCE_LANGUAGE
from workflows.papers.kinds import FIRST_NUMBER, PaperKind
from workflows.queries.instances import read_instance, seal_of
from workflows.queries.views import InstanceView
from workflows.subjects import APPLICANT, case_subject
from workflows.unused_files import drop_object

LANGUAGES: Final = (SOURCE_LANGUAGE, ENGLISH_LANGUAGE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper to be set. `at` is the instant of what it is about, `seq` and `sha256` the last event of the case."""

    kind: PaperKind
    number: str
    at: datetime
    due_at: datetime | None
    issued_at: datetime
    seq: int
    sha256: str


Press = Callable[[InstanceView, Wanted, str], bytes]
"""Sets a paper in a language: what the applicant may read of the case, what is wanted, the language; gives a PDF."""


def issue_paper(uow: UnitOfWork, job: LeasedJob, press: Press) -> None:
    """Do the work of a job: nothing, where the paper is there. Raises CheckUnavailable, StoreUnavailable, StateDamaged."""
    kind, about = PaperKind(job.payload["kind"]), int(job.payload["about"])
    instance = uow.session.get(Instance, job.instance_id) if job.instance_id else None
    if instance is None or _is_issued(uow, instance.id, kind, about):
        _finish(uow, job)
        return
    seq, sha256 = seal_of(uow, instance.id)
    wanted = Wanted(
        kind, _number(uow, instance, kind), job.payload["at"], job.payload["due_at"], uow.clock.now(), seq, sha256
    )
    reader = {one: Actor(None, instance.organisation_id, language=one) for one in LANGUAGES}
    views = {one: read_instance(uow, reader[one], instance.id) for one in LANGUAGES}
    uow.session.rollback()  # nothing is held while it is set and stored
    papers = {one: press(views[one], wanted, one) for one in LANGUAGES}
    keys = {one: uow.documents.keep(papers[one]) for one in LANGUAGES}
    try:
        _write_down(uow, job, wanted, about, papers, keys)
    except BaseException:
        for key in keys.values():
            drop_object(uow, key)
        raise


def _write_down(
    uow: UnitOfWork, job: LeasedJob, wanted: Wanted, about: int, papers: Mapping[str, bytes], keys: Mapping[str, str]
) -> None:
    assert job.instance_id is not None  # noqa: S101 - the caller has read the case
    digests = {one: hashlib.sha256(paper).hexdigest() for one, paper in papers.items()}
    with uow.begin(SYSTEM):
        instance = uow.lock_instance(job.instance_id, even_if_due=True)  # a paper moves nothing
        uow.jobs.finish(job.id, job.token)
        ids = {one: uow.ids.new() for one in papers}
        details: dict[str, Any] = {
            "kind": str(wanted.kind),
            "number": wanted.number,
            "about": about,
            "papers": {one: {"id": ids[one], "sha256": digests[one]} for one in papers},
        }
        version = deployed(uow.session, instance.definition_id)
        event = uow.journal.record(
            Event.DOCUMENT_ISSUED, instance=instance, definition_sha256=version.sha256, details=details
        )
        subject_id = case_subject(uow, instance.id, APPLICANT)
        for one, paper in papers.items():
            row = IssuedDocument(
                id=ids[one], instance_id=instance.id, subject_id=subject_id, kind=str(wanted.kind), about_seq=about,
                number=wanted.number, language=one, object_key=keys[one], sha256=digests[one], size=len(paper),
                event_seq=event.seq, issued_at=wanted.issued_at, checked_at=wanted.issued_at,
            )  # fmt: skip
            uow.session.add(row)


def _finish(uow: UnitOfWork, job: LeasedJob) -> None:
    with uow.begin(SYSTEM):
        uow.jobs.finish(job.id, job.token)


def _is_issued(uow: UnitOfWork, instance_id: UUID, kind: PaperKind, about: int) -> bool:
    same = (IssuedDocument.instance_id == instance_id, IssuedDocument.kind == str(kind))
    again = (IssuedDocument.about_seq == about,) if kind is PaperKind.CORRECTION else ()
    return bool(uow.session.scalar(select(exists().where(*same, *again))))


def _number(uow: UnitOfWork, instance: Instance, kind: PaperKind) -> str:
    earlier = select(func.count(IssuedDocument.about_seq.distinct())).where(
        IssuedDocument.instance_id == instance.id, IssuedDocument.kind == str(kind)
    )
    return f"{instance.number}-{FIRST_NUMBER[kind] + (uow.session.scalar(earlier) or 0):02d}"
