"""Who could sign a task as well, and who could be taken away: what its page offers to those who work on it."""

from dataclasses import replace

from sqlalchemy import select

from storage.actor import Actor
from storage.models import GroupMember, LaneBinding, Task
from storage.unit_of_work import UnitOfWork
from workflows.deployed import Deployed
from workflows.packages.manifest_tasks import SIGNER_VERBS
from workflows.queries.names import names_of
from workflows.queries.views import SigningView
from workflows.signatures import signs_by_lane

ADD, REMOVE = SIGNER_VERBS


def with_choices(
    uow: UnitOfWork, actor: Actor, version: Deployed, task: Task, signing: SigningView
) -> SigningView:
    """Return how a task is signed with whom the actor, who works on it, may add, and whether they may remove."""
    place, element = version.at(task.element_id), version.element(task.element_id)
    verbs = place.settings.verbs
    if element.countersign is None or not {ADD, REMOVE} & set(verbs):
        return signing
    there = {one.signer for one in signing.signers}
    choices: list[tuple[str, str]] = []
    if ADD in verbs and signs_by_lane(element):
        lanes = place.package.manifest.lanes.items()
        choices = [(key, place.lane_title(key, actor.language)) for key, one in lanes if not one.starter]
    elif ADD in verbs:
        members = uow.session.scalars(
            select(GroupMember.account_id)
            .join(LaneBinding, LaneBinding.group_id == GroupMember.group_id)
            .where(LaneBinding.process_key == place.process_key, LaneBinding.lane == (element.lane or ""))
        ).all()
        choices = sorted(
            ((str(id_), name) for id_, name in names_of(uow, members).items()), key=lambda one: one[1]
        )
    offered = tuple(one for one in choices if one[0] not in there)
    return replace(signing, choices=offered, may_remove=REMOVE in verbs)
