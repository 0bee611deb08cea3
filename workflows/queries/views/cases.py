"""One task, one case, and what lies in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from workflows.forms.access import Access
from workflows.queries.views.ahead import AheadWay, Reason
from workflows.queries.views.expectation import Expectation
from workflows.queries.views.lists import Person
from workflows.queries.views.registers import RegisterRow
from workflows.queries.views.signatures import SigningView, TallyView

if TYPE_CHECKING:
    from workflows.forms import Form
    from workflows.forms.trace import Trace


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A button of a task. kind: submit, approve, return, reject. `phrases` are what is often written with it."""

    key: str
    title: str
    kind: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """A step to which whoever holds a task may send the case back, now."""

    element_id: str
    title: str


@dataclass(frozen=True, slots=True)
class CardView:
    """A card beside a task, such as the payee with amount (yuan) and reference (K10)."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]
    amount: Decimal | None = None
    reference: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file of a task. status: pending, held, committed, quarantined, expired.

    `embedded` counts the files that lie in it beside what a viewer shows: attachments of a PDF, what a phone appends.
    `known` is the number of an earlier application in which the same organisation handed in the same bytes, or None.
    `watermark` tells that this reader gets a copy with a watermark; size and sha256 are those of the original.
    """

    id: UUID
    task_id: UUID
    instance_id: UUID
    field: str
    name: str
    media_type: str | None
    size: int | None
    sha256: str | None
    status: str
    uploaded_by: Person | None
    created_at: datetime
    embedded: int = 0
    known: str | None = None
    watermark: bool = False


@dataclass(frozen=True, slots=True)
class DraftView:
    """What is typed so far. `revision` goes back with the next save; `trace` says who changed what, for the pages."""

    revision: int
    answers: Mapping[str, Any]
    saved_by: Person | None
    saved_at: datetime | None
    trace: "Trace | None" = None


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A completed task's answers. Paths in `masked` show a mask because the reader may not see the value.

    `texts` are the words of the process that draws the task, in the reader's language.
    """

    id: UUID
    task_id: UUID
    element_id: str
    title: str
    lane: str
    lane_title: str
    round: int
    number: int
    outcome: str | None
    outcome_title: str | None
    by: Person
    at: datetime
    form: "Form | None"
    texts: Mapping[str, str]
    answers: Mapping[str, Any]
    masked: frozenset[str]
    erased: frozenset[str]
    attachments: tuple[AttachmentView, ...]


@dataclass(frozen=True, slots=True)
class FieldMark:
    """A remark of a return beside one field of the applicant's form."""

    field: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the history. `seconds` is how long the task was open; `opinion` is what was written.

    `tally` is how far the signatures were after it; `signer` who was added or removed; `reasons` are what was decided
    in the same step by what the package says.
    """

    seq: int
    action: str
    at: datetime
    by: Person | None
    lane: str | None
    lane_title: str
    element_id: str | None
    title: str
    round: int
    outcome: str | None
    outcome_title: str | None
    outcome_kind: str | None
    seconds: int | None
    opinion: str | None
    marks: tuple[FieldMark, ...] = ()
    tally: TallyView | None = None
    signer: str | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the stepper. state: done, now, next, skipped."""

    element_id: str
    title: str
    lane: str
    lane_title: str
    state: str
    round: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An open task as it shows on its case. `item` is the member of a list that it is for."""

    id: UUID
    element_id: str
    title: str
    lane: str
    lane_title: str
    round: int
    holder: Person | None
    created_at: datetime
    due_at: datetime | None
    mine: bool
    item: Any = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with all that its page needs. `why_not` is the error code of why the actor may not complete it.

    `item` is the member of a list that it is for; `signing` is the countersigned task that it is a part of.
    `texts` maps ids of elements, fields and options to the actor's language. `ahead` says by outcome what comes next.
    """

    id: UUID
    instance_id: UUID
    number: str
    process_key: str
    process_title: str
    definition_version: int
    instance_status: str
    applicant: str
    element_id: str
    title: str
    documentation: str
    lane: str
    lane_title: str
    round: int
    status: str
    outcome: str | None
    version: int
    created_at: datetime
    claimed_at: datetime | None
    due_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    holder: Person | None
    is_holder: bool
    may_claim: bool
    may_release: bool
    may_complete: bool
    why_not: str | None
    outcomes: tuple[OutcomeView, ...]
    form: "Form | None"
    form_key: str | None
    control: Mapping[str, Any]
    draft: DraftView | None
    answers: Mapping[str, Any]
    attachments: tuple[AttachmentView, ...]
    marks: tuple[FieldMark, ...]
    return_reason: str | None
    returns: tuple[ReturnTarget, ...]
    cards: tuple[CardView, ...]
    markable: tuple[tuple[str, str], ...]
    submissions: tuple[SubmissionView, ...]
    timeline: tuple[TimelineEntry, ...]
    stepper: tuple[Step, ...]
    texts: Mapping[str, str]
    item: Any = None
    signing: SigningView | None = None
    ahead: Mapping[str, tuple[AheadWay, ...]] = field(default_factory=dict)
    materials: tuple[tuple[str, str], ...] = ()
    """Titles and field paths of the materials that are handed in with this form."""
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The short answer of a task command: the task as it is now and the tasks that are open afterwards."""

    id: UUID
    instance_id: UUID
    number: str
    element_id: str
    title: str
    lane: str
    round: int
    status: str
    outcome: str | None
    version: int
    holder: Person | None
    instance_status: str
    instance_outcome: str | None


@dataclass(frozen=True, slots=True)
class InstanceView:
    """A case with its history, its place in the process and what was handed in."""

    id: UUID
    number: str
    process_key: str
    title: str
    definition_id: UUID
    definition_version: int
    definition_sha256: str
    status: str
    outcome: str | None
    outcome_title: str | None
    outcome_kind: str | None
    applicant: str
    organisation_id: UUID
    started_by: Person | None
    created_at: datetime
    ended_at: datetime | None
    quarantined: bool
    is_applicant: bool
    may_withdraw: bool
    may_cancel: bool
    may_see_journal: bool
    open_tasks: tuple[OpenTask, ...]
    marks: tuple[FieldMark, ...]
    timeline: tuple[TimelineEntry, ...]
    stepper: tuple[Step, ...]
    submissions: tuple[SubmissionView, ...]
    cards: tuple[CardView, ...]
    register_entries: tuple[RegisterRow, ...]
    texts: Mapping[str, str]
    signings: tuple[SigningView, ...] = ()
    ahead: tuple[AheadWay, ...] = ()
    expected: Expectation | None = None


@dataclass(frozen=True, slots=True)
class DiagramView:
    """The diagram and where the case stands on it. `marking` lists live elements, `done` those passed."""

    xml: bytes
    title: str
    marking: tuple[Mapping[str, Any], ...]
    done: tuple[str, ...]
    flows: tuple[str, ...]
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JournalView:
    """The events of a stream as they were written, and whether their chain holds."""

    stream: str
    ok: bool
    why: str | None
    first_bad_seq: int | None
    events: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The short answer of a command on a whole case; `tasks` are the open ones that the actor may see."""

    id: UUID
    number: str
    process_key: str
    status: str
    outcome: str | None
    tasks: tuple[TaskResult, ...]
