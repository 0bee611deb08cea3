"""Lists: catalogue, inbox, cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by name, as far as the reader may know it: applicants read a lane's title instead of a name."""

    id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class MaterialView:
    """Something the applicant needs at hand; `document` is the path of a template in the package."""

    key: str
    title: str
    hint: str
    document: str | None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A process that can be applied for. `why_not` is an error code with the reason why it cannot be started."""

    key: str
    version: int
    definition_id: UUID
    title: str
    summary: str
    owner: str
    materials: tuple[MaterialView, ...]
    steps: tuple[str, ...]
    fill_in_days: int | None
    statutory_days: int | None
    deployed_at: datetime
    why_not: str | None
    why_not_params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def may_start(self) -> bool:
        """Tell whether the actor could start it now."""
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A row of the inbox: a task with its case, or a case alone in the tab `mine` (then `task_id` is None).

    `batch` are the outcomes, key and title, that the package lets somebody give to many at once. `changed` is how many
    places the applicant changed since the step saw the case last, up to 100; None where nothing came back. `added` tells
    that the signer came later, by another's hand.
    """

    task_id: UUID | None
    instance_id: UUID
    number: str
    process_key: str
    process_title: str
    element_id: str | None
    title: str
    lane: str | None
    lane_title: str
    round: int
    status: str
    outcome: str | None
    outcome_title: str | None
    outcome_kind: str | None
    applicant: str
    started_by: str
    holder: Person | None
    created_at: datetime
    claimed_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    version: int
    batch: tuple[tuple[str, str], ...] = ()
    changed: int | None = None
    added: bool = False


@dataclass(frozen=True, slots=True)
class TabCounts:
    """Rows per tab, counted up to 100: show 100 as 99+."""

    todo: int
    claimable: int
    done: int
    mine: int


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """A case in a list."""

    id: UUID
    number: str
    process_key: str
    title: str
    status: str
    outcome: str | None
    outcome_title: str | None
    outcome_kind: str | None
    applicant: str
    organisation_id: UUID
    started_by: str
    where: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    quarantined: bool


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Trouble that a person has to look at. kind: job_failed, step_failed, timer_failed, state_damaged, file_damaged, file_infected, file_swapped.

    `may_retry` and `may_skip` tell whether there is work behind it that can be done again or by hand; `errors` are the
    business errors that it may end with instead. `resolution`, once it is closed: retried, skipped, failed, closed, moot.
    """

    id: UUID
    kind: str
    message: str
    instance_id: UUID | None
    number: str | None
    process_title: str
    element_id: str | None
    step_title: str
    handler: str | None
    attempts: int
    may_retry: bool
    may_skip: bool
    errors: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: Person | None
    resolution: str | None
