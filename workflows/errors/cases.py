"""Refusals around tasks, cases and packages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from workflows.errors.base import Conflict, DomainError, Invalid, NotAllowed


class RoleMissing(NotAllowed):
    """The verb needs a role of the house that the actor does not hold."""

    code = "role_missing"

    def __init__(self, role: str) -> None:
        super().__init__(role=role)


class ApplicantSide(NotAllowed):
    """K15: whoever belongs to the applying organisation may not act on a staff task of its application."""

    code = "applicant_side"


class OwnApplication(NotAllowed):
    """K15: nobody decides on an application that they worked on themselves."""

    code = "own_application"


class NotHolder(NotAllowed):
    """Only whoever holds the task may release it."""

    code = "not_holder"


class OrganisationMissing(NotAllowed):
    """The verb acts for an organisation: choose one first, or ask an administrator to be added to one."""

    code = "organisation_missing"


class TaskAlreadyClaimed(Conflict):
    """Somebody else holds the task. `holder` is a name for colleagues and staff, a lane's title for applicants."""

    code = "task_already_claimed"

    def __init__(self, holder: str, since: datetime | None) -> None:
        super().__init__(holder=holder, since=since)


class TaskNotOpen(Conflict):
    """The task was completed or cancelled before: by whom and when."""

    code = "task_not_open"

    def __init__(self, by: str, at: datetime | None) -> None:
        super().__init__(by=by, at=at)


class StaleTask(Conflict):
    """The task changed after the page was opened: load it again, the draft is kept."""

    code = "stale_task"

    def __init__(self, by: str, at: datetime | None, version: int) -> None:
        super().__init__(by=by, at=at, version=version)


class DraftChanged(Conflict):
    """A colleague saved this draft meanwhile: load revision `revision` and type again on top of it."""

    code = "draft_changed"

    def __init__(self, by: str, at: datetime, revision: int) -> None:
        super().__init__(by=by, at=at, revision=revision)


class InstanceEnded(Conflict):
    """The application has ended; its status and outcome say how."""

    code = "instance_ended"

    def __init__(self, status: str, outcome: str | None, at: datetime | None) -> None:
        super().__init__(status=status, outcome=outcome, at=at)


class InstanceQuarantined(Conflict):
    """The kept state does not match its hash: an operator looks at the incident first."""

    code = "instance_quarantined"


class StepFailed(Conflict):
    """The process could not be moved on, such as a price table without a fitting row: an operator sees the incident.

    Nothing was changed; `element` is the drawn element where it failed, `why` a stable code of the engine.
    """

    code = "step_failed"

    def __init__(self, instance_id: UUID | None, why: str, element: str | None, task_key: str | None) -> None:
        super().__init__(why=why, element=element or "")
        self.instance_id = instance_id
        self.task_key = task_key


class WithdrawTooLate(Conflict):
    """The application has passed the step `step` after which it can no longer be withdrawn."""

    code = "withdraw_too_late"

    def __init__(self, step: str) -> None:
        super().__init__(step=step)


class UnknownOutcome(Invalid):
    """The task does not offer this outcome; `outcomes` lists those it does."""

    code = "unknown_outcome"

    def __init__(self, outcome: str, outcomes: tuple[str, ...]) -> None:
        super().__init__(outcome=outcome, outcomes=", ".join(outcomes))


class ReturnNotAllowed(Invalid):
    """The package does not let this task send the case back to the step `to`; read the task's `returns`."""

    code = "return_not_allowed"

    def __init__(self, to: str) -> None:
        super().__init__(to=to)


class NeverEntered(Conflict):
    """The application has never been at the step `to`, so it cannot be sent back there."""

    code = "never_entered"

    def __init__(self, to: str) -> None:
        super().__init__(to=to)


class ReturnRefused(Conflict):
    """The drawing has no part that could be undone to open the step `to` again; `why` is a code of the engine."""

    code = "return_refused"

    def __init__(self, to: str, why: str) -> None:
        super().__init__(to=to, why=why)


class ReasonMissing(Invalid):
    """A return, a rejection, a withdrawal by staff or a cancellation says why."""

    code = "reason_missing"


class UnknownField(Invalid):
    """The form of this task has no such field, or it takes no files."""

    code = "unknown_field"

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class FieldLocked(Invalid):
    """This task may only read the field, or the return did not mark it: leave it as it stands."""

    code = "field_locked"

    def __init__(self, field: str, label: str) -> None:
        super().__init__(field=field, label=label)


class TooManyFiles(Invalid):
    """The field takes at most `limit` files: remove one first."""

    code = "too_many_files"

    def __init__(self, field: str, label: str, limit: int) -> None:
        super().__init__(field=field, label=label, limit=limit)


class LaneUnbound(DomainError):
    """A lane of the process has nobody who could work: an administrator binds it to a group with members."""

    code = "lane_unbound"

    def __init__(self, lane: str) -> None:
        super().__init__(lane=lane)


class LaneOwnOrganisation(Conflict):
    """K15: everybody who plays this lane belongs to the applying organisation, so nobody could decide."""

    code = "lane_own_organisation"

    def __init__(self, lane: str) -> None:
        super().__init__(lane=lane)


class LanesNotSeparate(Conflict):
    """K15: these two lanes belong to different parties, so different organisations play them."""

    code = "lanes_not_separate"

    def __init__(self, lane: str, other: str) -> None:
        super().__init__(lane=lane, other=other)


class DefinitionChanged(Conflict):
    """Another version was deployed at the same moment: deploy again."""

    code = "definition_changed"


class PackageInvalid(Invalid):
    """The package does not pass the deploy gate; `findings` says what and where."""

    code = "package_invalid"

    def __init__(self, findings: tuple[Any, ...]) -> None:
        super().__init__(count=len(findings))
        self.findings = findings
