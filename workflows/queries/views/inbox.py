"""What somebody asks of the inbox, and what stands beside the list: counts, choices, neighbours."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

DUES: Final = ("over", "today", "week")
ROUNDS: Final = ("first", "again")
SORTS: Final = ("due", "arrival")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, in which order. `process` and `step` are ids; an empty text asks for nothing special.

    due: over, today, or week, which is from now to the end of the week; round: first, or again after a return. Both,
    and process and step, narrow open work only.
    """

    tab: str = "todo"
    query: str = ""
    process: str = ""
    step: str = ""
    due: str = ""
    round: str = ""
    sort: str = "arrival"


@dataclass(frozen=True, slots=True)
class Moments:
    """The instants that divide deadlines: now, and when today and this week are over (24:00, Sunday 24:00)."""

    now: datetime
    day_ends: datetime
    week_ends: datetime


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Rows per tab, and of the tab's rows those overdue, due today, and of each process; each counted up to 100.

    `urgent` are those of each urgency that was asked for, without what has no deadline where the tab has 100 or more.
    """

    tabs: dict[str, int]
    over: int
    today: int
    processes: dict[str, int]
    urgent: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DoneLately:
    """What the reader completed since a moment, up to 100, and the median of how long they held each, in seconds."""

    count: int
    median: int | None


@dataclass(frozen=True, slots=True)
class ProcessChoice:
    """A process that the reader's groups work on, and their steps in it: id and title."""

    key: str
    title: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where a task stands in a list, counted from 1, and what is before and after it; `total` up to 100."""

    at: int | None
    total: int
    before: UUID | None
    after: UUID | None
    title: str = ""
