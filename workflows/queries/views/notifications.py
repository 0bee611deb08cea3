"""Notices, and what went out of them; facts for sentences, which are made by whoever shows them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it. `title` and `text` are the package's words, empty where it says nothing.

    `outcome_title` is the decision it tells of; `outcome` how the case ended where it has none. `due_at` is that of the
    task now; `is_open` tells whether the task still waits.
    """

    id: UUID
    kind: str
    instance_id: UUID
    task_id: UUID | None
    number: str
    process_title: str
    step_title: str
    applicant: str
    status: str
    outcome: str | None
    outcome_title: str | None
    due_at: datetime | None
    is_open: bool
    created_at: datetime
    read_at: datetime | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BadgeView:
    """What the bar counts, each up to 100: work to do and notices not read."""

    todo: int
    unread: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A message that left the house or should have; `notices` are what it says, one or the many of a digest.

    `language` is its recipient's; `error` a code.
    """

    id: UUID
    account_id: UUID
    recipient: str
    language: str
    channel: str
    status: str
    error: str | None
    reference: str | None
    is_digest: bool
    notices: tuple[NoticeView, ...]
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class LetterView:
    """What is about to leave: to whom, in which language, and the notices that it tells of."""

    delivery_id: UUID
    channel: str
    address: str
    language: str
    is_digest: bool
    notices: tuple[NoticeView, ...]
