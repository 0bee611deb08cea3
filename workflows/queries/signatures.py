"""Countersigned tasks as people read them: who signs, who has signed, and what it comes to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from storage.actor import Actor
from storage.models import Instance, Task
from storage.state import state_digest
from storage.unit_of_work import UnitOfWork
from workflows import engine
from workflows.deployed import Deployed
from workflows.engine import Countersigned
from workflows.queries.names import names_of
from workflows.queries.submissions import Dossier, person
from workflows.queries.views import Person, SignerView, SigningView, TallyView
from workflows.signatures import signs_by_lane

ENDED = {"open": "open", "completed": "signed", "cancelled": "released"}


def signings(
    uow: UnitOfWork, actor: Actor, dossier: Dossier, wholes: Iterable[str | None]
) -> tuple[SigningView, ...]:
    """Return countersigned tasks by the keys of their wholes; one that is closed as its parts have ended it."""
    parts: dict[str, list[Task]] = {key: [] for key in wholes if key is not None}
    for task in dossier.tasks:
        if task.signer is not None and task.whole_key in parts:
            parts[task.whole_key].append(task)
    parts = {key: sorted(tasks, key=lambda one: one.run or 0) for key, tasks in parts.items() if tasks}
    if not parts:
        return ()
    live = {}
    if any(task.status == "open" for tasks in parts.values() for task in tasks):
        live = {one.key: one for one in _read(dossier.version, dossier.instance)}
    names = {**dossier.names, **names_of(uow, _unnamed(dossier, parts, live))}
    return tuple(_signing(actor, dossier, names, tasks, live.get(key)) for key, tasks in parts.items())


def tally_view(version: Deployed, element_id: str, tally: Mapping[str, Any], language: str) -> TallyView:
    """Return a tally, as the engine reckons it, in words."""
    counts = tally.get("tallies") or {}
    known = [one.key for one in version.at(element_id).settings.outcomes]
    return TallyView(
        signed=int(tally.get("nr_of_completed") or 0),
        total=int(tally.get("nr_of_instances") or 0),
        outcomes=tuple(
            (key, version.outcome_title(element_id, key, language) or key, int(counts[key]))
            for key in known
            if counts.get(key)
        ),
        outcome=tally.get("outcome"),
    )


def tally_in(event: Mapping[str, Any], element_id: str) -> Mapping[str, Any] | None:
    """Return the tally that an event left of a countersigned element, None when it left none."""
    for entry in event["trail"]:
        if entry["kind"] == "tally" and entry["element_id"] == element_id:
            value = entry["values"].get("value")
            return value if isinstance(value, Mapping) and "tallies" in value else None
    return None


def _read(version: Deployed, instance: Instance) -> tuple[Countersigned, ...]:
    """Read the state; a damaged one is never read."""
    digest = state_digest(instance.id, instance.state_version, instance.definition_id, instance.state)
    if digest != instance.state_sha256:
        return ()
    return engine.read_countersigned(version.package.definition, instance.state)


def _unnamed(
    dossier: Dossier, parts: Mapping[str, Sequence[Task]], live: Mapping[str, Countersigned]
) -> list[UUID]:
    """Return the accounts whose turn has not come: no task names them yet."""
    return [
        UUID(one.signer)
        for key, tasks in parts.items()
        if key in live and not signs_by_lane(dossier.version.element(tasks[0].element_id))
        for one in live[key].signatures
        if UUID(one.signer) not in dossier.names
    ]


def _signing(
    actor: Actor,
    dossier: Dossier,
    names: Mapping[UUID, str],
    tasks: Sequence[Task],
    live: Countersigned | None,
) -> SigningView:
    version, first = dossier.version, tasks[0]
    element = version.element(first.element_id)
    by_lane = signs_by_lane(element)
    signers = [_signer(actor, dossier, names, task, by_lane=by_lane) for task in tasks]
    if live is None:
        done = [task for task in tasks if task.status == "completed"]
        tally: Mapping[str, Any] = {
            "nr_of_completed": len(done),
            "nr_of_instances": len(tasks),
            "tallies": {
                key: sum(task.outcome == key for task in done) for key in {one.outcome for one in done}
            },
        }
    else:
        tally = live.tally
        signers += [
            _later(actor, dossier, names, first, one.signer, by_lane=by_lane)
            for one in live.signatures
            if one.state == "later"
        ]
    return SigningView(
        element_id=element.id,
        title=version.title(element.id, actor.language),
        round=first.round,
        mode=element.countersign or "",
        needed=element.properties.get("ratio") or element.properties.get("count"),
        tally=tally_view(version, element.id, tally, actor.language),
        signers=tuple(signers),
        task_ids=tuple(task.id for task in tasks),
    )


def _signer(
    actor: Actor, dossier: Dossier, names: Mapping[UUID, str], task: Task, *, by_lane: bool
) -> SignerView:
    version = dossier.version
    account_id = task.ended_by or task.assignee_id
    by = person(actor, version, dossier.case, names, task, account_id) if account_id else None
    shown = (
        by
        if by is not None and not by_lane
        else Person(None, version.lane_title(task.element_id, task.lane, actor.language))
    )
    return SignerView(
        signer=task.signer if by_lane or shown.id else None,
        name=shown.name,
        by=by,
        state=ENDED[task.status],
        outcome=task.outcome,
        outcome_title=version.outcome_title(task.element_id, task.outcome, actor.language),
        outcome_kind=version.outcome_kind(task.element_id, task.outcome),
    )


def _later(
    actor: Actor, dossier: Dossier, names: Mapping[UUID, str], first: Task, signer: str, *, by_lane: bool
) -> SignerView:
    version = dossier.version
    if by_lane:
        title = version.lane_title(first.element_id, signer, actor.language)
        return SignerView(signer, title, None, "later", None, None, None)
    by = person(actor, version, dossier.case, names, first, UUID(signer))
    return SignerView(signer if by.id else None, by.name, by, "later", None, None, None)
