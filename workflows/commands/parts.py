"""Parts: what a task row says of the whole that it belongs to, whose signature it is, and what it leaves for expressions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select

from storage import canonical
from storage.models import Account, Instance, LaneBinding, Task
from storage.prepared import Prepared
from storage.unit_of_work import UnitOfWork
from workflows import engine, forms
from workflows.commands.facts import active_members
from workflows.deployed import Deployed
from workflows.engine import Opened
from workflows.errors import (
    DomainError,
    LaneUnbound,
    SignerApplicantSide,
    SignerNoLane,
    SignerUnfit,
    StepFailed,
)
from workflows.places import Place
from workflows.signatures import signs_by_lane
from workflows.standing import applicant_side

MOST_SHOWN = 64

_BINDINGS: Final = select(
    LaneBinding.process_key, LaneBinding.lane, LaneBinding.organisation_id, LaneBinding.group_id
)
_BOUND: Final = Prepared(
    _BINDINGS.where(LaneBinding.process_key == bindparam("process"), LaneBinding.lane == bindparam("lane"))
)


def lane_of(version: Deployed, opened: Opened) -> str:
    """Return the lane that a task opens for: the drawn one, or that of the department whose signature it is."""
    by_lane = opened.signer is not None and signs_by_lane(version.element(opened.element_id))
    return str(opened.signer if by_lane else opened.lane or "")


def players_of_lanes(
    uow: UnitOfWork, instance: Instance, lanes: Iterable[tuple[Place, str]]
) -> Mapping[tuple[str, str], tuple[UUID, UUID | None]]:
    """Read who plays lanes at this moment, by process and lane: the applicant's is the applying organisation's."""
    players: dict[tuple[str, str], tuple[UUID, UUID | None]] = {}
    staff: dict[tuple[str, str], Place] = {}
    for place, lane in lanes:
        if place.is_starter(lane):
            players[place.process_key, lane] = (instance.organisation_id, None)
        else:
            staff[place.process_key, lane] = place
    if staff:
        if len(staff) == 1:
            ((key, lane),) = staff
            rows: Sequence[Any] = _BOUND.rows(uow.session, {"process": key, "lane": lane})
        else:
            rows = uow.session.execute(
                _BINDINGS.where(
                    LaneBinding.process_key.in_({key for key, _ in staff}),
                    LaneBinding.lane.in_({lane for _, lane in staff}),
                )
            ).all()
        players |= {(row.process_key, row.lane): (row.organisation_id, row.group_id) for row in rows}
    for (key, lane), place in sorted(staff.items(), key=lambda one: one[0]):
        if (key, lane) not in players:
            raise LaneUnbound(place.lane_title(lane, _language(uow)))
    return players


def columns_of(version: Deployed, opened: Opened) -> dict[str, Any]:
    """Return what the row of a task says of the whole; a part signed in person is held by its signer from the start."""
    element = version.element(opened.element_id)
    repeat = element.repeat
    in_person = opened.signer is not None and not signs_by_lane(element)
    listed = opened.owner is not None and repeat is not None and repeat.mode != "loop"
    return {
        "whole_key": opened.owner,
        "run": opened.index,
        "item": canonical.encode_text(opened.item) if listed else None,
        "signer": opened.signer,
        "assignee_id": UUID(opened.signer) if in_person else None,
    }


def control_of(version: Deployed, task: Task, submission: forms.Submission | None) -> Mapping[str, Any]:
    """Return what expressions read of a completed task.

    A signature leaves nothing but its outcome: expressions read the tally. What they read of a list of runs they call
    ``<task>.results.<field>``.
    """
    element = version.element(task.element_id)
    if submission is None or element.countersign is not None:
        return {}
    package, local = version.package.at(task.element_id)
    paths: Iterable[str] = package.control_paths
    if element.repeat is not None and element.repeat.mode != "loop":
        results = f"{local}.results."
        paths = [f"{local}.{path.removeprefix(results)}" for path in paths if path.startswith(results)]
    return submission.control(paths, local)


def check_lanes(uow: UnitOfWork, version: Deployed, instance: Instance, opened: Iterable[Opened]) -> None:
    """Raise StepFailed when a countersigned task has a signer that is no lane somebody works in."""
    keys = {one.owner for one in opened if one.signer and signs_by_lane(version.element(one.element_id))}
    if not keys:
        return
    for whole in engine.read_countersigned(version.package.definition, instance.state):
        place = version.at(whole.element_id)
        for signature in whole.signatures if whole.key in keys else ():
            if signature.state != "signed" and refusal_of_lane(uow, place, instance, signature.signer):
                why = f"signer_no_lane: {signature.signer[:MOST_SHOWN]}"
                raise StepFailed(instance.id, why, whole.element_id, whole.key)


def refusal_of_lane(uow: UnitOfWork, place: Place, instance: Instance, lane: str) -> DomainError | None:
    """Return why a text cannot sign as a department: no staff lane, not bound, nobody who may work there (K15)."""
    declared = place.package.manifest.lanes.get(lane)
    if declared is None or declared.starter:
        return SignerNoLane(lane[:MOST_SHOWN])
    people = active_members(place, lane, instance.organisation_id)
    if _has(uow, people.where(_may_decide(instance))):
        return None
    return LaneUnbound(place.lane_title(lane, _language(uow)))


def refusal_of_account(
    uow: UnitOfWork, place: Place, instance: Instance, lane: str, account_id: UUID
) -> DomainError | None:
    """Return why an account cannot sign in a lane: not active there, or of the applicant's side (K15)."""
    found = active_members(place, lane, instance.organisation_id).where(Account.id == account_id)
    if not _has(uow, found):
        return SignerUnfit()
    if not place.is_starter(lane) and not _has(uow, found.where(_may_decide(instance))):
        return SignerApplicantSide()
    return None


def lanes_apart(place: Place, lane: str) -> set[str]:
    """Return the lanes that another organisation than that of `lane` has to play (`separate`, K15)."""
    pairs = place.package.manifest.separate
    return {other for pair in pairs if lane in pair for other in pair} - {lane}


def played_by(uow: UnitOfWork, place: Place, lane: str) -> UUID | None:
    """Return the organisation that a lane is bound to."""
    return uow.session.scalar(
        select(LaneBinding.organisation_id).where(
            LaneBinding.process_key == place.process_key, LaneBinding.lane == lane
        )
    )


def _may_decide(instance: Instance) -> ColumnElement[bool]:
    return Account.id.not_in(applicant_side(instance.organisation_id, instance.id))


def _has(uow: UnitOfWork, people: Select[Any]) -> bool:
    return uow.session.scalar(people.limit(1)) is not None


def _language(uow: UnitOfWork) -> str:
    actor = uow.journal.actor
    return actor.language if actor else "zh_CN"
