"""Drafts as those who work on them read them."""

from base64 import b64decode
from typing import Any
from uuid import UUID

from storage import canonical
from storage.models import Draft
from storage.unit_of_work import UnitOfWork
from workflows.queries.submissions import place


def read_draft(uow: UnitOfWork, row: Draft) -> dict[str, Any]:
    """Return the answers of a draft; what was about somebody who was erased is gone from it."""
    body = uow.personal.decrypt(row.subject_id, row.body)
    if body is None:
        return {}
    parts = canonical.decode(body)
    answers: dict[str, Any] = parts["answers"]
    pairs = [(UUID(subject_id), b64decode(sealed)) for subject_id, sealed in parts["sealed"].items()]
    for about in uow.personal.decrypt_many(pairs):
        for path, value in canonical.decode(about).items() if about is not None else ():
            place(answers, path, value)
    return answers
