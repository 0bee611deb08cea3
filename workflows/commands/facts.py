"""Facts that a step asks for, read under the lock of its instance: days, due instants, signers, results of scripts (rule 14)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from storage.models import Account, GroupMember, LaneBinding, Membership
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.engine import FactsMissing
from workflows.engine.results import DueRequest, ScriptRequest, SignersRequest
from workflows.errors import LaneUnbound, StepFailed
from workflows.functions import FUNCTIONS, FunctionRefused
from workflows.handlers.handler import SHANGHAI
from workflows.instants import due_at
from workflows.places import Place
from workflows.queries.calendars import working_calendar
from workflows.standing import applicant_side


def read_facts(
    uow: UnitOfWork, version: Deployed, organisation_id: UUID, instance_id: UUID | None, missing: FactsMissing
) -> dict[str, Any]:
    """Return what is known of the facts that a step lacks; one that nobody knows is not in it.

    Raises LaneUnbound when nobody could sign, StepFailed for a timer whose text leads nowhere
    and for a function that cannot work on what it is given.
    """
    known: dict[str, Any] = {}
    if "today" in missing.requests:
        known["today"] = uow.clock.now().astimezone(SHANGHAI).date()
    for due in missing.due:
        known[f"due:{due.key}"] = _due(uow, instance_id, due)
    for signers in missing.signers:
        known[f"signers:{signers.key}"] = _signers(uow, version, organisation_id, instance_id, signers)
    for script in missing.scripts:
        known[f"script:{script.key}"] = _computed(uow, instance_id, script)
    return known


def _due(uow: UnitOfWork, instance_id: UUID | None, request: DueRequest) -> Any:
    calendar = (lambda: working_calendar(uow)) if request.working and request.form != "date" else None
    try:
        return due_at(request.form, request.text, request.since, calendar)
    except ValueError as error:
        raise StepFailed(instance_id, f"timer_wrong: {error}", request.element_id, request.key) from error


def _computed(uow: UnitOfWork, instance_id: UUID | None, request: ScriptRequest) -> dict[str, Any]:
    function = FUNCTIONS.get(request.function)
    if function is None:
        raise StepFailed(instance_id, f"script_unknown: {request.function}", request.element_id, request.key)
    try:
        return function(request.inputs, lambda: working_calendar(uow))
    except FunctionRefused as error:
        raise StepFailed(instance_id, f"script_failed: {error}", request.element_id, request.key) from error


def _signers(
    uow: UnitOfWork,
    version: Deployed,
    organisation_id: UUID,
    instance_id: UUID | None,
    request: SignersRequest,
) -> list[str]:
    """List who signs, by id: the active members of the lane's group that are not of the applicant's side (K15)."""
    lane = request.lane or ""
    place = version.at(request.element_id)
    wanted = active_members(place, lane, organisation_id)
    if not place.is_starter(lane):
        wanted = wanted.where(Account.id.not_in(applicant_side(organisation_id, instance_id)))
    found = [str(account_id) for account_id in uow.session.scalars(wanted)]
    if not found:
        language = uow.journal.actor.language if uow.journal.actor else "zh_CN"
        raise LaneUnbound(place.lane_title(lane, language))
    return sorted(found)


def active_members(place: Place, lane: str, organisation_id: UUID) -> Select[Any]:
    """Select the accounts that are not disabled and work in a lane: in its group, or for the applying organisation."""
    if place.is_starter(lane):
        members = select(Membership.account_id).where(Membership.organisation_id == organisation_id)
    else:
        group = select(LaneBinding.group_id).where(
            LaneBinding.process_key == place.process_key, LaneBinding.lane == lane
        )
        members = select(GroupMember.account_id).where(GroupMember.group_id.in_(group))
    return select(Account.id).where(Account.disabled_at.is_(None), Account.id.in_(members))
