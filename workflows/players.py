"""Who could play the lanes of a process: asked before it is started, and shown in the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, case, exists, func, select

from storage.actor import Actor
from storage.models import Account, GroupMember, LaneBinding, Membership
from workflows.deployed import AnySession, Deployed
from workflows.errors import (
    DomainError,
    LaneOwnOrganisation,
    LanesNotSeparate,
    LaneUnbound,
    OrganisationMissing,
)


@dataclass(frozen=True, slots=True)
class Player:
    """Who is bound to a lane: how many active people, and how many of them belong to the asking organisation."""

    organisation_id: UUID
    group_id: UUID
    active: int
    own: int

    @property
    def people(self) -> int:
        """How many could work there on an application of the asking organisation (K15)."""
        return self.active - self.own


def players_of(
    session: AnySession, process_keys: Iterable[str], applicant_id: UUID | None
) -> dict[tuple[str, str], Player]:
    """Read the players of processes by (process key, lane), in one statement."""
    belongs = exists().where(Membership.account_id == Account.id, Membership.organisation_id == applicant_id)
    rows = session.execute(
        select(
            LaneBinding.process_key,
            LaneBinding.lane,
            LaneBinding.organisation_id,
            LaneBinding.group_id,
            func.count(Account.id).label("active"),
            func.count(case((belongs, Account.id))).label("own"),
        )
        .outerjoin(GroupMember, GroupMember.group_id == LaneBinding.group_id)
        .outerjoin(Account, and_(Account.id == GroupMember.account_id, Account.disabled_at.is_(None)))
        .where(LaneBinding.process_key.in_(set(process_keys)))
        .group_by(
            LaneBinding.process_key, LaneBinding.lane, LaneBinding.organisation_id, LaneBinding.group_id
        )
    )
    return {
        (row.process_key, row.lane): Player(row.organisation_id, row.group_id, row.active, row.own)
        for row in rows
    }


def refusal_of_start(
    actor: Actor, version: Deployed, players: dict[tuple[str, str], Player]
) -> DomainError | None:
    """Return why the actor cannot start a process now, None when they can."""
    if actor.organisation_id is None or actor.account_id is None:
        return OrganisationMissing()
    key = version.process_key
    for lane in staff_lanes(version):
        player = players.get((key, lane))
        if player is None or player.people == 0:
            title = version.lane_title(lane, actor.language)
            return LaneOwnOrganisation(title) if player and player.own else LaneUnbound(title)
    for one, other in version.package.manifest.separate:
        first, second = players.get((key, one)), players.get((key, other))
        if first and second and first.organisation_id == second.organisation_id:
            return LanesNotSeparate(
                version.lane_title(one, actor.language), version.lane_title(other, actor.language)
            )
    return None


def staff_lanes(version: Deployed) -> list[str]:
    """Return the lanes that have work for people other than the applicant, in drawn order."""
    definition = version.package.definition
    with_work = {element.lane for element in definition.elements.values() if element.kind == "user_task"}
    return [lane.id for lane in definition.lanes if lane.id in with_work and not version.is_starter(lane.id)]
