"""The steps of a process as a line: those that every successful case passes, and those this case has met."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Final
from uuid import UUID

from storage.models import Instance, Task
from workflows.deployed import Deployed
from workflows.engine import Definition
from workflows.queries.views import Step

KEPT: Final = 64
_kept: OrderedDict[UUID, tuple[tuple[str, ...], frozenset[str]]] = OrderedDict()
_lock: Final = Lock()


def main_steps(version: Deployed) -> tuple[str, ...]:
    """Return the user tasks that no way to a good end leaves out, in the order of the drawing."""
    order, main = _plan(version)
    return tuple(element_id for element_id in order if element_id in main)


def stepper(version: Deployed, instance: Instance, tasks: Sequence[Task], language: str) -> tuple[Step, ...]:
    """Return where a case stands. A step that lies behind a later correction is to come again."""
    order, main = _plan(version)
    place = {element_id: at for at, element_id in enumerate(order)}
    newest: dict[str, Task] = {}
    for one in tasks:
        was = newest.get(one.element_id)
        # of several parts an open one says where the step stands
        if one.status == "open" or (one.status != "cancelled" and (was is None or was.status != "open")):
            newest[one.element_id] = one
    open_now = [task for task in newest.values() if task.status == "open"]
    steps = []
    for element_id in order:
        task = newest.get(element_id)
        if task is None and element_id not in main:
            continue
        if task is None:
            state = "next" if instance.status == "active" else "skipped"
        elif task.status == "open":
            state = "now"
        elif any(_comes_again(task, other, place) for other in open_now):
            if element_id not in main:
                continue
            state = "next"
        else:
            state = "done"
        element = version.element(element_id)
        steps.append(
            Step(
                element_id=element_id,
                title=version.title(element_id, language),
                lane=element.lane or "",
                lane_title=version.lane_title(element_id, element.lane or "", language),
                state=state,
                round=task.round if task else 1,
                at=task.ended_at if task and state == "done" else None,
            )
        )
    return tuple(steps)


def _comes_again(task: Task, other: Task, place: dict[str, int]) -> bool:
    return (
        place.get(other.element_id, len(place)) < place[task.element_id]
        and task.ended_at is not None
        and other.created_at >= task.ended_at
    )


def _plan(version: Deployed) -> tuple[tuple[str, ...], frozenset[str]]:
    with _lock:
        if version.id in _kept:
            _kept.move_to_end(version.id)
            return _kept[version.id]
    definition = version.package.definition
    good = {
        end
        for end, kind in version.package.manifest.ends.items()
        if str(getattr(kind, "kind", kind)) == "approve"
    }
    good = good or {
        element.id
        for element in definition.elements.values()
        if element.kind == "end_event" and element.parent is None
    }
    order = [
        element_id
        for element_id in _reached(definition, None)
        if definition.elements[element_id].kind == "user_task"
    ]
    main = frozenset(element_id for element_id in order if not good & set(_reached(definition, element_id)))
    plan = (tuple(order), main)
    with _lock:
        _kept[version.id] = plan
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return plan


def _reached(definition: Definition, without: str | None) -> list[str]:
    """Return what a token could reach from the start, in order of distance, when one element is taken away.

    A parallel join is reached when all of its incoming flows are, a boundary event when what it sits on is; what follows
    a sub-process or a call when an end in it is, or at once when it may have no run at all.
    """
    reached: OrderedDict[str, None] = OrderedDict()
    arrived: dict[str, set[str]] = {}
    queue = [definition.starts[""]]
    while queue:
        element = definition.elements[queue.pop(0)]
        if element.id in reached or element.id == without:
            continue
        if element.kind == "parallel_gateway" and arrived.get(element.id, set()) != set(element.incoming):
            continue
        reached[element.id] = None
        outgoing = element.outgoing
        if element.id in definition.starts:
            queue.append(definition.starts[element.id])
            if element.repeat is None or element.repeat.mode == "loop":
                outgoing = ()
        elif element.kind == "end_event" and element.parent is not None:
            outgoing = definition.elements[element.parent].outgoing
        for flow_id in outgoing:
            flow = definition.flows[flow_id]
            arrived.setdefault(flow.target, set()).add(flow_id)
            queue.append(flow.target)
        queue.extend(definition.boundaries.get(element.id, ()))
    return list(reached)
