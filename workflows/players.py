"""Who could play the lanes of a process: asked before it is started, and shown in the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, case, exists, func, select

from storage.actor import Actor
from storage.models import Account, Definition, GroupMember, LaneBinding, Membership
from workflows.deployed import AnySession, Deployed, latest
from workflows.errors import (
    DomainError,
    LaneOwnOrganisation,
    LanesNotSeparate,
    LaneUnbound,
    OrganisationMissing,
)
from workflows.places import Place


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
    for place in version.places:
        for lane in staff_lanes(place):
            player = players.get((place.process_key, lane))
            if player is None or player.people == 0:
                title = place.lane_title(lane, actor.language)
                return LaneOwnOrganisation(title) if player and player.own else LaneUnbound(title)
    for place in version.places:
        for one, other in place.package.manifest.separate:
            first, second = (players.get((place.process_key, lane)) for lane in (one, other))
            if first and second and first.organisation_id == second.organisation_id:
                return LanesNotSeparate(
                    place.lane_title(one, actor.language), place.lane_title(other, actor.language)
                )
    return None


def staff_lanes(place: Place) -> list[str]:
    """Return the lanes of a process that have work for people other than the applicant, in drawn order."""
    definition = place.package.definition
    with_work = {definition.elements[task].lane for task in place.package.user_tasks}
    with_work |= place.package.signing_lanes
    return [lane.id for lane in definition.lanes if lane.id in with_work and not place.is_starter(lane.id)]


def bindable(session: AnySession) -> dict[tuple[str, str], Place]:
    """Return every lane that may be bound, by process and lane: those of the newest versions and of what they call.

    A caller may be bound to an older version of a process, with lanes that the newest one has no more.
    """
    keys = session.scalars(select(Definition.process_key).distinct().order_by(Definition.process_key)).all()
    versions = [latest(session, key) for key in keys]
    own = [place for version in versions for place in version.places[:1]]
    called = [place for version in versions for place in version.places[1:]]
    found: dict[tuple[str, str], Place] = {}
    for place in (*own, *called):
        for lane in staff_lanes(place):
            found.setdefault((place.process_key, lane), place)
    return found
