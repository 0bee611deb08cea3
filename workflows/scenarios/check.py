"""Whether the scenarios of a package load, and speak of things that the package has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workflows.scenarios.loading import parse_cast, parse_scenario
from workflows.scenarios.script import CAST, Cast, Scenario, Verb

if TYPE_CHECKING:
    from workflows.packages.manifest import LaneSettings, Manifest
    from workflows.packages.manifest_tasks import TaskSettings
    from workflows.packages.package import Package
    from workflows.packages.parts import Parts


def check_scenarios(parts: "Parts") -> None:
    """Note scenarios that do not load or name a task, an outcome or a lane that is not there."""
    if parts.manifest and parts.manifest.callable_only and list(parts.paths("scenarios", ".toml")):
        path = min(parts.paths("scenarios", ".toml"))
        message = "A process that is only called is never started: its callers have the scenarios."
        parts.refuse(path, None, None, "scenario_callable", message)
        return
    if CAST not in parts.files:
        for path in parts.paths("scenarios", ".toml"):
            parts.refuse(
                path, None, None, "cast_missing", f"Scenarios need {CAST}, which says who plays in them."
            )
            return
        return
    cast, reader = parse_cast(parts.files[CAST])
    parts.findings += reader.findings
    if reader.findings:
        return
    _check_cast(parts, cast)
    for path in parts.paths("scenarios", ".toml"):
        if path != CAST:
            scenario, reader = parse_scenario(parts.files[path], path, cast)
            parts.findings += reader.findings
            if not reader.findings:
                _check_names(parts, scenario, path)


def _check_cast(parts: "Parts", cast: Cast) -> None:
    if parts.manifest is None:
        return
    declared = _lanes(parts.manifest, parts.calls.values())
    for lane, settings in declared.items():
        if not settings.starter and not cast.lanes.get(lane):
            parts.refuse(
                CAST, lane, parts.line_in(CAST, "[lanes]"), "cast_lane", f"Nobody plays the lane '{lane}'."
            )
    for lane in cast.lanes:
        if "." in lane and parts.definition is None:
            continue  # what is called is not known
        if lane not in declared or declared[lane].starter:
            message = f"'{lane}' is no lane that is bound to people."
            parts.refuse(CAST, lane, parts.line_in(CAST, lane), "cast_lane", message)


def _check_names(parts: "Parts", scenario: Scenario, path: str) -> None:
    if parts.definition is None:
        return
    tasks = [one for one in parts.definition.elements.values() if one.kind == "user_task"]
    drawn = {task.id for task in tasks}
    lanes = {task.lane for task in tasks} | (parts.manifest.lanes.keys() if parts.manifest else set())
    for step in scenario.steps:
        for task in sorted(
            {step.task, step.to, *(opened.task for opened in step.open)} - {None} - drawn, key=str
        ):
            message = f"Step {step.number}: there is no user task '{task}'."
            parts.refuse(path, task, step.line, "step_task", message)
        for opened in step.open:
            if opened.lane not in lanes:
                message = f"Step {step.number}: there is no lane '{opened.lane}'."
                parts.refuse(path, opened.lane, step.line, "step_lane", message)
        settings = _settings(parts, step.task or "")
        if (
            settings
            and step.verb is Verb.COMPLETE
            and not step.refused
            and not settings.outcome(step.outcome or "")
        ):
            message = f"Step {step.number}: '{step.task}' does not offer the outcome '{step.outcome}'."
            parts.refuse(path, step.task, step.line, "outcome_unknown", message)


def _lanes(manifest: "Manifest", calls: "Iterable[Package]") -> dict[str, "LaneSettings"]:
    """The lanes of a package and, with its key before them, those of every process that it calls."""
    found = dict(manifest.lanes)
    waiting = list(calls)
    while waiting:
        called = waiting.pop()
        found |= {f"{called.key}.{lane}": settings for lane, settings in called.manifest.lanes.items()}
        waiting += called.calls.values()
    return found


def _settings(parts: "Parts", task: str) -> "TaskSettings | None":
    """The settings of a task, be it drawn here or in what is called."""
    call, _, rest = task.partition(".")
    if not rest:
        return parts.manifest.tasks.get(task) if parts.manifest else None
    try:
        package, local = parts.calls[call].at(rest)
    except KeyError:
        return None
    return package.manifest.tasks.get(local)
