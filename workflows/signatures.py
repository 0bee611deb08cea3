"""Parts of a task that several people sign, or that is done several times: whose they are, and how far the whole is."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_

from storage.models import Instance, Task
from workflows import engine
from workflows.deployed import Deployed
from workflows.engine import Countersigned, Element


def signs_by_lane(element: Element) -> bool:
    """Tell whether departments sign: the property `signers` gives the ids of lanes; else people sign in person."""
    return element.countersign is not None and "signers" in element.properties


def signer_of(task: Task) -> UUID | None:
    """Return who has to sign a part in person, None where a department signs or nobody is named."""
    return UUID(task.signer) if task.signer is not None and task.signer != task.lane else None


def is_taken_by(account_id: UUID) -> ColumnElement[bool]:
    """Select the parts that somebody holds or has completed."""
    return Task.status.in_(("open", "completed")) & or_(
        Task.assignee_id == account_id, Task.ended_by == account_id
    )


def same_part(task: Task) -> ColumnElement[bool]:
    """Select the tasks of all rounds that are the same work: the element, for the same signer or member of a list."""
    return (
        (Task.instance_id == task.instance_id)
        & (Task.element_id == task.element_id)
        & Task.signer.is_not_distinct_from(task.signer)
        & Task.item.is_not_distinct_from(task.item)
    )


def countersigned(version: Deployed, instance: Instance, key: str | None) -> Countersigned | None:
    """Return a countersigned task as it stands in the state of its instance, None when it is not open."""
    if key is None:
        return None
    found = engine.read_countersigned(version.package.definition, instance.state)
    return next((one for one in found if one.key == key), None)
