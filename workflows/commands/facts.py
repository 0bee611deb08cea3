"""Facts that a step asks for, read under the lock of its instance: days, due instants, signers (rule 14)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage.models import Account, GroupMember, LaneBinding, Membership
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.engine import FactsMissing
from workflows.engine.results import DueRequest, SignersRequest
from workflows.errors import LaneUnbound, StepFailed
from workflows.handlers.handler import SHANGHAI
from workflows.instants import due_at
from workflows.queries.calendars import working_calendar


def read_facts(
    uow: UnitOfWork, version: Deployed, organisation_id: UUID, instance_id: UUID | None, missing: FactsMissing
) -> dict[str, Any]:
    """Return what is known of the facts that a step lacks; one that nobody knows is not in it.

    Raises LaneUnbound when nobody could sign, StepFailed for a timer whose text leads nowhere.
    """
    known: dict[str, Any] = {}
    if "today" in missing.requests:
        known["today"] = uow.clock.now().astimezone(SHANGHAI).date()
    for due in missing.due:
        known[f"due:{due.key}"] = _due(uow, instance_id, due)
    for signers in missing.signers:
        known[f"signers:{signers.key}"] = _signers(uow, version, organisation_id, signers)
    return known


def _due(uow: UnitOfWork, instance_id: UUID | None, request: DueRequest) -> Any:
    calendar = (lambda: working_calendar(uow)) if request.working and request.form != "date" else None
    try:
        return due_at(request.form, request.text, request.since, calendar)
    except ValueError as error:
        raise StepFailed(instance_id, f"timer_wrong: {error}", request.element_id, request.key) from error


def _signers(uow: UnitOfWork, version: Deployed, organisation_id: UUID, request: SignersRequest) -> list[str]:
    """List who signs, by id: the active members of the lane's group that do not belong to the applicant (K15)."""
    lane = request.lane or ""
    applying = select(Membership.account_id).where(Membership.organisation_id == organisation_id)
    wanted = select(Account.id).where(Account.disabled_at.is_(None)).order_by(Account.id)
    if version.is_starter(lane):
        wanted = wanted.where(Account.id.in_(applying))
    else:
        group = select(LaneBinding.group_id).where(
            LaneBinding.process_key == version.process_key, LaneBinding.lane == lane
        )
        members = select(GroupMember.account_id).where(GroupMember.group_id.in_(group))
        wanted = wanted.where(Account.id.in_(members), Account.id.not_in(applying))
    found = [str(account_id) for account_id in uow.session.scalars(wanted)]
    if not found:
        language = uow.journal.actor.language if uow.journal.actor else "zh_CN"
        raise LaneUnbound(version.lane_title(lane, language))
    return sorted(found)
