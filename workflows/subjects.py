"""Whom values are about: one subject per name and case, one per person of a row, and the subject of every account."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select

from storage.actor import Actor
from storage.errors import NotFound
from storage.models import Account, Subject, Task
from storage.unit_of_work import UnitOfWork
from workflows.forms import ROW_ID, ErrorCode, InvalidForm, PersonalField
from workflows.forms.form import OUTER_ROW, ROW

APPLICANT: Final = "applicant"
AUTHOR: Final = "author"
INDEXES: Final = {"cn_id": "id_number", "mobile": "phone"}
"""By which blind index a personal value with a check links the subjects of one person, accounts included."""


def author_subject(uow: UnitOfWork, actor: Actor) -> UUID:
    """Return the subject of the account that acts: what somebody writes is personal to them."""
    found = uow.session.scalar(select(Account.subject_id).where(Account.id == actor.account_id))
    if found is None:
        raise NotFound(kind="account", id=actor.account_id)
    return found


def case_subject(uow: UnitOfWork, instance_id: UUID, name: str) -> UUID:
    """Return the subject of that name in a case, through all rounds; make it where it is new."""
    found = uow.session.scalar(
        select(Subject.id)
        .where(Subject.instance_id == instance_id, Subject.kind == name, Subject.erased_at.is_(None))
        .order_by(Subject.created_at)
        .limit(1)
    )
    return found or uow.personal.new_subject(name, instance_id)


def side_subject(uow: UnitOfWork, actor: Actor, task: Task) -> UUID:
    """Return the subject of drafts and file names: the applicant of the case, or the author on staff tasks."""
    if task.group_id is None:
        return case_subject(uow, task.instance_id, APPLICANT)
    return author_subject(uow, actor)


def people_known(uow: UnitOfWork, instance_id: UUID) -> dict[UUID, bool]:
    """Return the ids that rows of a case may have: its subjects of rows, and whether each can still take values."""
    rows = uow.session.execute(
        select(Subject.id, Subject.erased_at).where(Subject.instance_id == instance_id, Subject.kind == ROW)
    )
    return {row.id: row.erased_at is None for row in rows}


class Subjects:
    """Finds the subjects that the personal fields of one paper belong to, making them where they are new.

    A name such as contact is one subject per case, through all rounds. A row is a person of its own: its id is its
    subject, and a row without one gets a new subject, so that no value ever comes under the key of somebody else.
    """

    def __init__(self, uow: UnitOfWork, actor: Actor, instance_id: UUID) -> None:
        self.uow = uow
        self.actor = actor
        self.instance_id = instance_id
        self.people: dict[str, UUID] = {}
        self.named: dict[str, UUID] | None = None

    def seat(self, people: Mapping[str, UUID | None]) -> dict[str, UUID]:
        """Give every row its subject; return them by the paths of the rows.

        Whoever was erased meanwhile begins anew. Raises InvalidForm for an id that this case does not know.
        """
        known = people_known(self.uow, self.instance_id) if any(people.values()) else {}
        foreign = {path for path, person in people.items() if person is not None and person not in known}
        if foreign:
            raise InvalidForm({f"{path}.{ROW_ID}": [ErrorCode("row_unknown")] for path in foreign})
        self.people = {path: person for path, person in people.items() if person and known[person]}
        self.uow.personal.load(self.people.values())
        fresh = [path for path in people if path not in self.people]
        if fresh:
            made = self.uow.personal.new_subjects(ROW, len(fresh), self.instance_id)
            self.people |= dict(zip(fresh, made, strict=True))
        return self.people

    def of(self, field: PersonalField) -> UUID:
        """Return the subject of a field. Rows have to be seated before."""
        if field.subject in (ROW, OUTER_ROW):
            return self.people[field.row]
        if self.named is None:
            self.named = self._read_named()
        if field.subject not in self.named:
            self.named[field.subject] = (
                author_subject(self.uow, self.actor)
                if field.subject == AUTHOR
                else self.uow.personal.new_subject(field.subject, self.instance_id)
            )
        return self.named[field.subject]

    def _read_named(self) -> dict[str, UUID]:
        rows = self.uow.session.execute(
            select(Subject.kind, Subject.id)
            .where(Subject.instance_id == self.instance_id, Subject.kind != ROW, Subject.erased_at.is_(None))
            .order_by(Subject.created_at.desc(), Subject.id)  # the oldest of a name is the last one
        )
        return {row.kind: row.id for row in rows}


def keep_reason(uow: UnitOfWork, actor: Actor, reason: str) -> tuple[dict[str, str], dict[str, str]]:
    """Keep a reason as its author's personal text; return its commitment and what names it in an event's details."""
    return keep_texts(uow, actor, {"reason": reason})


def keep_texts(
    uow: UnitOfWork, actor: Actor, texts: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Keep several texts of one event like `keep_reason`, each by its name."""
    text_id, author = uow.ids.new(), author_subject(uow, actor)
    commitments = {name: uow.personal.keep(text_id, name, author, text) for name, text in texts.items()}
    return commitments, {"text": str(text_id)}
