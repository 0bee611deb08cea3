"""Drafts as those who work on them read them."""

from base64 import b64decode
from typing import Any
from uuid import UUID

from storage import canonical
from storage.models import Draft
from storage.unit_of_work import UnitOfWork
from workflows.forms.trace import Other, Trace, read_trace
from workflows.queries.submissions import place

# Among the sealed values of a person: one that waits beside an answer goes by this sign and its number.
WAITING = "?"


def read_draft(uow: UnitOfWork, row: Draft) -> dict[str, Any]:
    """Return the answers of a draft; what was about somebody who was erased is gone from it."""
    return open_draft(uow, row)[0]


def open_draft(uow: UnitOfWork, row: Draft) -> tuple[dict[str, Any], Trace]:
    """Return the answers of a draft, and who changed what in it."""
    body = uow.personal.decrypt(row.subject_id, row.body)
    if body is None:
        return {}, Trace()
    parts = canonical.decode(body)
    answers: dict[str, Any] = parts["answers"]
    waiting = dict(enumerate(parts.get("others", ())))
    values = {number: one[3] for number, one in waiting.items()}
    pairs = [(UUID(subject_id), b64decode(sealed)) for subject_id, sealed in parts["sealed"].items()]
    for about in uow.personal.decrypt_many(pairs):
        for path, value in canonical.decode(about).items() if about is not None else ():
            if path.startswith(WAITING):
                values[int(path.removeprefix(WAITING))] = value
            else:
                place(answers, path, value)
    others = [
        Other(at_place, by, at, values[number])
        for number, (at_place, by, at, _) in waiting.items()
        if values[number] is not None
    ]
    return answers, read_trace(parts.get("trace"), others)
