"""What the checks of answers need beside the answers: the day, the files at hand, the fields of other forms."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """What is known of a file that answers may name: for which field it came, its size in bytes, type and digest."""

    field: str
    size: int
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What checks need beside the answer: the day, the files at hand, the fields that other forms offer.

    ``people`` are the ids that rows may have; None where that is not asked.
    """

    today: date
    files: Mapping[UUID, AttachmentInfo] = field(default_factory=dict)
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    people: Collection[UUID] | None = None


around: ContextVar[Surroundings] = ContextVar("surroundings of the answers being loaded")


@contextmanager
def surrounded(surroundings: Surroundings) -> Iterator[None]:
    """Load answers within these surroundings."""
    token = around.set(surroundings)
    try:
        yield
    finally:
        around.reset(token)
