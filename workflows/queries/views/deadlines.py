"""Open deadlines that another calendar moves, as administrators see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """An open deadline of a case: the drawn timer, its instant now and the one that it gets. Instants are UTC."""

    instance_id: UUID
    number: str
    key: str
    element_id: str
    title: str
    was: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class MovedDeadlines:
    """What a change of the calendar moves: how many deadlines, and the first of them by their instant now."""

    count: int
    items: tuple[MovedDeadline, ...]
