"""The next steps that are possible: of a case as it stands, and of a task by each of its outcomes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from storage.models import Instance, Task
from storage.state import state_digest
from workflows import engine
from workflows.deployed import Deployed
from workflows.queries.views import AheadStep, AheadWay

KINDS: Final = {"user_task": "task", "end_event": "end"}


def ahead(
    version: Deployed,
    element_id: str,
    language: str,
    outcome: str | None = None,
    control: Mapping[str, Any] | None = None,
    *,
    alone: bool = True,
) -> tuple[AheadWay, ...]:
    """Return what may come after an element, in words; the first way is the one that the drawing has first.

    `outcome` is what the task of the element is completed with, None for every way out of it. `control` are the values
    of the case (`control_of`); what they decide is not told as a condition. `alone` is False where other steps of the
    case are open: then an end that does not cut them off is no end of the case, and the way has no steps.
    """
    found = []
    for way in engine.ways_ahead(version.package.definition, element_id, outcome, control):
        steps = tuple(
            _step(version, one, language)
            for one in way.elements
            if alone or version.element(one).kind != "end_event" or version.element(one).terminates
        )
        when = tuple(_answer(version, flow, language) for flow in way.flows)
        event = version.title(way.event, language) if way.event else None
        found.append(AheadWay(steps, when, event, way.joined))
    return tuple(dict.fromkeys(found))


def ahead_of_outcomes(
    version: Deployed, instance: Instance, task: Task, tasks: Sequence[Task], language: str
) -> dict[str, tuple[AheadWay, ...]]:
    """Return what comes after a task, by each of its outcomes."""
    control = control_of(version, instance, task)
    alone = not any(one.status == "open" and one.element_id != task.element_id for one in tasks)
    settings = version.at(task.element_id).settings
    return {
        one.key: ahead(version, task.element_id, language, one.key, control, alone=alone)
        for one in settings.outcomes
    }


def ahead_of_case(
    version: Deployed, instance: Instance, tasks: Sequence[Task], language: str
) -> tuple[AheadWay, ...]:
    """Return what may come after the steps that are open; what several of them come to is told once.

    Last come the returns that nobody drew, to steps of the case that no drawn way leads to.
    """
    open_tasks = [task for task in tasks if task.status == "open"]
    places = {task.element_id: task for task in open_tasks}
    found: dict[tuple[AheadStep, ...], AheadWay] = {}
    for element_id, task in places.items():
        control = control_of(version, instance, task)
        for way in ahead(version, element_id, language, None, control, alone=len(places) == 1):
            steps = tuple(step for step in way.steps if step.element_id not in places)
            if steps:
                found.setdefault(steps, AheadWay(steps, way.when, way.event, way.joined))
    been = {task.element_id for task in tasks}
    for element_id in places:
        for to in returns_from(version, element_id, been):
            step = _step(version, to, language)
            found.setdefault((step,), AheadWay((step,), back=version.title(element_id, language)))
    return tuple(found.values())


def returns_from(version: Deployed, element_id: str, been: Collection[str]) -> tuple[str, ...]:
    """Return the steps to which the case may be sent back where nobody drew it: allowed, passed before, and possible."""
    return tuple(
        to
        for to in version.at(element_id).return_to
        if to in been and engine.return_refusal(version.package.definition, element_id, to) is None
    )


def control_of(version: Deployed, instance: Instance, task: Task) -> Mapping[str, Any]:
    """Return the values that conditions beside a task may read; a damaged state is never read and gives none."""
    digest = state_digest(instance.id, instance.state_version, instance.definition_id, instance.state)
    if digest != instance.state_sha256:
        return {}
    return engine.read_control(version.package.definition, instance.state, task.key)


def _step(version: Deployed, element_id: str, language: str) -> AheadStep:
    element, place = version.element(element_id), version.at(element_id)
    kind = version.package.manifest.ends.get(element_id) if element.kind == "end_event" else None
    return AheadStep(
        element_id,
        version.title(element_id, language),
        place.lane_title(element.lane, language) if element.lane else "",
        KINDS.get(element.kind, "wait"),
        mine=bool(element.lane) and element.kind == "user_task" and place.is_starter(element.lane or ""),
        seal=str(kind) if kind else None,
    )


def _answer(version: Deployed, flow_id: str, language: str) -> tuple[str, str]:
    flow = version.package.definition.flows[flow_id]
    question = version.element(flow.source)
    place = version.at(flow.source)
    words = place.words(language)
    return (
        words.get(f"element.{question.local}", "").rstrip("？? "),
        words.get(f"flow.{flow_id.removeprefix(place.prefix)}", ""),
    )
