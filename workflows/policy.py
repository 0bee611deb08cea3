"""Who may do what: pure functions over plain facts, no database, no clock.

A lane says who works on a task; the roles of the house (operator, auditor …) say who looks after cases.
What an actor may not even see is answered as if it did not exist.
"""

from dataclasses import dataclass
from uuid import UUID

from storage.actor import Actor, Role
from workflows.errors import (
    ApplicantSide,
    DomainError,
    NotAllowed,
    NotSigner,
    OwnApplication,
    RoleMissing,
    SignsAlready,
)

OVERSEERS = frozenset({Role.ADMINISTRATOR, Role.OPERATOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What policy needs of a case: whose it is, and which groups work or worked on it."""

    organisation_id: UUID
    groups: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What policy needs of a task and of the actor's past in its case.

    `group_id` is None for a task of the applicant's lane. `is_member` tells whether the actor's account belongs
    to the applying organisation, whatever organisation it acts for now; `has_applied` whether it worked on the
    applicant's side of this very case. `signer_id` is who has to sign a part of a countersigned task in person;
    `signs_elsewhere` tells whether the actor holds or has signed another part of the same task.
    """

    organisation_id: UUID
    group_id: UUID | None
    assignee_id: UUID | None
    applicant_id: UUID
    is_member: bool = False
    has_applied: bool = False
    signer_id: UUID | None = None
    signs_elsewhere: bool = False


def may_see_case(actor: Actor, case: CaseFacts) -> bool:
    """Tell whether the case exists for the actor: its applicant, the groups that work on it, the overseers."""
    return (
        is_applicant(actor, case.organisation_id)
        or bool(actor.groups & case.groups)
        or bool(actor.roles & OVERSEERS)
    )


def may_read_personal(actor: Actor, case: CaseFacts) -> bool:
    """Tell whether personal values are shown in the clear: to the applicant and to those who handle the case."""
    return is_applicant(actor, case.organisation_id) or bool(actor.groups & case.groups)


def may_read_names(actor: Actor, case: CaseFacts) -> bool:
    """Tell whether staff show by name: to staff and overseers; applicants read the role instead."""
    return bool(actor.groups & case.groups) or bool(actor.roles & OVERSEERS)


def is_applicant(actor: Actor, organisation_id: UUID) -> bool:
    """Tell whether the actor acts for the applying organisation."""
    return actor.organisation_id is not None and actor.organisation_id == organisation_id


def is_candidate(actor: Actor, task: TaskFacts) -> bool:
    """Tell whether the task is offered to the actor: to its signer, to the organisation, or to the bound group."""
    return task.signer_id in (None, actor.account_id) and is_of_lane(actor, task)


def is_of_lane(actor: Actor, task: TaskFacts) -> bool:
    """Tell whether the actor is of those whose lane it is, whoever of them has to sign."""
    if task.group_id is None:
        return is_applicant(actor, task.organisation_id)
    return task.group_id in actor.groups


def refusal_of_work(actor: Actor, task: TaskFacts) -> DomainError | None:
    """Return why the actor may not claim or complete the task, None when they may.

    K15: whoever belongs to the applying organisation or worked on the application is kept from every staff task
    of it, even as a member of the bound group. Whoever is of two departments that sign, signs for one of them.
    """
    if actor.account_id is None or not is_of_lane(actor, task):
        return NotAllowed()
    if task.signer_id not in (None, actor.account_id):
        return NotSigner()
    return _refusal_of_side(task) or (SignsAlready() if task.signs_elsewhere else None)


def _refusal_of_side(task: TaskFacts) -> DomainError | None:
    if task.group_id is not None:
        if task.has_applied:
            return OwnApplication()
        if task.is_member:
            return ApplicantSide()
    return None


def refusal_of_signers(actor: Actor, task: TaskFacts, *, works: bool) -> DomainError | None:
    """Return why the actor may not add or remove signers, None when they may.

    Operators, administrators, and those who hold or may claim an open part of it (`works`); nobody of the applicant.
    """
    if actor.account_id is not None and may_operate(actor):
        return _refusal_of_side(task)
    return None if works else NotAllowed()


def may_withdraw(actor: Actor, organisation_id: UUID) -> bool:
    """Tell whether the actor is on the side that applied; whether it is still early enough is not asked here."""
    return actor.account_id is not None and is_applicant(actor, organisation_id)


def may_cancel(actor: Actor) -> bool:
    """Tell whether the actor may cancel a case of somebody else: operators and administrators."""
    return bool(actor.roles & {Role.OPERATOR, Role.ADMINISTRATOR})


def may_operate(actor: Actor) -> bool:
    """Tell whether the actor may suspend and resume cases, deliver messages and settle incidents; the system may."""
    return actor.account_id is None or bool(actor.roles & {Role.OPERATOR, Role.ADMINISTRATOR})


def require_operator(actor: Actor) -> None:
    """Raise RoleMissing unless the actor may operate."""
    if not may_operate(actor):
        raise RoleMissing(Role.OPERATOR)


def may_see_journal(actor: Actor) -> bool:
    """Tell whether the actor may read events as they were written."""
    return bool(actor.roles & OVERSEERS)


def may_read_register(actor: Actor, works_on_it: bool) -> bool:
    """Tell whether the actor reads all entries of a register: overseers and the groups of its process."""
    return works_on_it or bool(actor.roles & OVERSEERS)


def may_deploy(actor: Actor) -> bool:
    """Tell whether the actor may deploy a package."""
    return actor.account_id is None or bool(actor.roles & {Role.ADMINISTRATOR, Role.PROCESS_OWNER})


def may_administer(actor: Actor) -> bool:
    """Tell whether the actor may change accounts, organisations and bindings; the system itself may."""
    return actor.account_id is None or actor.has(Role.ADMINISTRATOR)


def require(refusal: DomainError | None) -> None:
    """Raise the refusal, if there is one."""
    if refusal is not None:
        raise refusal


def require_administrator(actor: Actor) -> None:
    """Raise RoleMissing unless the actor may administer the house."""
    if not may_administer(actor):
        raise RoleMissing(Role.ADMINISTRATOR)
