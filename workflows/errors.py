"""What may go wrong, in the words of the domain.

Every error carries a stable `code` and plain `params`; the sentence a person reads is in the catalogues under
`error.<code>`, the HTTP status in one table of the service. The docstring says what to do about it.
A refusal rolls its whole command back. The refusals of storage are named here too, so that one import knows all.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from storage.errors import DatabaseUnavailable as DatabaseUnavailable
from storage.errors import DueTimer as DueTimer
from storage.errors import FileRefused as FileRefused
from storage.errors import IdempotencyMismatch as IdempotencyMismatch
from storage.errors import NotFound as NotFound
from storage.errors import StateDamaged as StateDamaged
from storage.errors import StoreUnavailable as StoreUnavailable


class DomainError(Exception):
    """Base of every refusal of a command or a query."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params: Mapping[str, Any] = params


class NotAllowed(DomainError):
    """The actor may see this but not do it: ask somebody who may."""

    code = "not_allowed"


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


class Conflict(DomainError):
    """The request was right once; the case has moved on meanwhile. Load it again."""

    code = "conflict"


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

    def __init__(self, instance_id: UUID, why: str, element: str | None, task_key: str | None) -> None:
        super().__init__(why=why, element=element or "")
        self.instance_id = instance_id
        self.task_key = task_key


class WithdrawTooLate(Conflict):
    """The application has passed the step `step` after which it can no longer be withdrawn."""

    code = "withdraw_too_late"

    def __init__(self, step: str) -> None:
        super().__init__(step=step)


class DefinitionChanged(Conflict):
    """Another version was deployed at the same moment: deploy again."""

    code = "definition_changed"


class Invalid(DomainError):
    """The request itself is wrong: correct it and send it again."""

    code = "invalid"


class UnknownOutcome(Invalid):
    """The task does not offer this outcome; `outcomes` lists those it does."""

    code = "unknown_outcome"

    def __init__(self, outcome: str, outcomes: tuple[str, ...]) -> None:
        super().__init__(outcome=outcome, outcomes=", ".join(outcomes))


class ReasonMissing(Invalid):
    """A return, a rejection, a withdrawal by staff or a cancellation says why."""

    code = "reason_missing"


class UnknownField(Invalid):
    """The form of this task has no such field, or it takes no files."""

    code = "unknown_field"

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class TooManyFiles(Invalid):
    """The field takes at most `limit` files: remove one first."""

    code = "too_many_files"

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(field=field, limit=limit)


class LaneUnbound(DomainError):
    """A lane of the process has nobody who could work: an administrator binds it to a group with members."""

    code = "lane_unbound"

    def __init__(self, lane: str) -> None:
        super().__init__(lane=lane)


class LanesNotSeparate(Conflict):
    """K15: these two lanes belong to different parties, so different organisations play them."""

    code = "lanes_not_separate"

    def __init__(self, lane: str, other: str) -> None:
        super().__init__(lane=lane, other=other)


class PackageInvalid(Invalid):
    """The package does not pass the deploy gate; `findings` says what and where."""

    code = "package_invalid"

    def __init__(self, findings: tuple[Any, ...]) -> None:
        super().__init__(count=len(findings))
        self.findings = findings


class HandlerRefused(Invalid):
    """A service task of the process got values that its handler does not take; the package needs a correction."""

    code = "handler_refused"

    def __init__(self, handler: str, reason: str = "") -> None:
        super().__init__(handler=handler, reason=reason)


class RegisterKeyTaken(Conflict):
    """A unique key of a register is taken, such as the serial of a USB key: check the value."""

    code = "register_key_taken"

    def __init__(self, register: str, field: str, value: str) -> None:
        super().__init__(register=register, field=field, value=value)


class InvoiceNumberTaken(Conflict):
    """An invoice of this number is recorded already: check the number."""

    code = "invoice_number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class RegisterTransitionRefused(Conflict):
    """The register's declaration has no transition between these states."""

    code = "register_transition_refused"

    def __init__(self, register: str, was: str, to: str) -> None:
        super().__init__(register=register, was=was, to=to)


class RegisterFieldInvalid(Invalid):
    """A value does not fit the field that the register declares."""

    code = "register_field_invalid"

    def __init__(self, register: str, field: str) -> None:
        super().__init__(register=register, field=field)


class SetupClosed(DomainError):
    """The one-time set-up is over, or the token is wrong: sign in instead."""

    code = "setup_closed"


class SignInRefused(DomainError):
    """User name or password is wrong. The same answer, in the same time, for a name that does not exist."""

    code = "sign_in_refused"


class TooManyAttempts(DomainError):
    """Too many refused attempts: wait until `until`."""

    code = "too_many_attempts"

    def __init__(self, until: datetime, seconds: int) -> None:
        super().__init__(until=until, seconds=seconds)


class PasswordRefused(Invalid):
    """The password breaks the rule `rule` of the configured profile (Q3 or strict)."""

    code = "password_refused"

    def __init__(self, rule: str, **params: Any) -> None:
        super().__init__(rule=rule, **params)


class UsernameRefused(Invalid):
    """Q2: 4 to 20 letters, digits and underscores."""

    code = "username_refused"


class UsernameTaken(Conflict):
    """Another account has this user name."""

    code = "username_taken"

    def __init__(self, username: str) -> None:
        super().__init__(username=username)


class CreditCodeTaken(Conflict):
    """An organisation with this credit code exists: ask to join it instead of making a second one."""

    code = "credit_code_taken"


class CreditCodeInvalid(Invalid):
    """The unified social credit code fails its check digit (GB 32100)."""

    code = "credit_code_invalid"


class NameTaken(Conflict):
    """The organisation has a group of this name."""

    code = "name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class FieldInvalid(Invalid):
    """A plain value of an account or organisation is missing, too long or malformed."""

    code = "field_invalid"

    def __init__(self, field: str) -> None:
        super().__init__(field=field)


class LastAdministrator(Conflict):
    """The house keeps at least one active administrator."""

    code = "last_administrator"


class NotMember(Invalid):
    """Only members of the organisation may work in its groups or act for it."""

    code = "not_member"
