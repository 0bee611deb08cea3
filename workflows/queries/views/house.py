"""How the house does: what waits, who works, what is in the way. For operators, and for what watches them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JobCount:
    """Jobs of one kind; `oldest` is when the first of the waiting ones was or is due."""

    kind: str
    waiting: int = 0
    leased: int = 0
    failed: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker process. `lives` tells whether it showed itself lately; `pieces` is what it has done since its start."""

    id: UUID
    host: str
    process: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    lives: bool
    rounds: int
    pieces: int
    troubles: int
    round_ms: int
    memory: int


@dataclass(frozen=True, slots=True)
class HouseCounts:
    """What waits in the house now. Every number stops at CAP of queries/house.py: beyond it is "more than that".

    `oldest_timer` is the due instant of the timer that should have fired longest ago.
    """

    tasks_open: int
    tasks_overdue: int
    instances: Mapping[str, int]
    quarantined: int
    timers_set: int
    timers_due: int
    timers_failed: int
    timers_leased: int
    oldest_timer: datetime | None
    attachments: Mapping[str, int]
    access_unchained: int
    incidents: Mapping[str, int]
    jobs: tuple[JobCount, ...]
    workers: tuple[WorkerView, ...]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job that is leased, late or given up. `error` is the kind of its last trouble, never a value."""

    id: UUID
    kind: str
    status: str
    instance_id: UUID | None
    number: str | None
    due_at: datetime
    attempts: int
    lease_until: datetime | None
    leased_by: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TimerView:
    """A timer that should have fired, or could not be carried out."""

    instance_id: UUID
    number: str
    title: str
    due_at: datetime
    lease_until: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case that stands still: suspended by somebody, or quarantined because its state is damaged."""

    id: UUID
    number: str
    title: str
    applicant: str
    quarantined_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HouseView:
    """What the page of operators shows: the counts, and of each kind the first so many."""

    counts: HouseCounts
    jobs: tuple[JobView, ...]
    timers: tuple[TimerView, ...]
    cases: tuple[HeldCase, ...]
