"""Whether the scenarios of a package load, and speak of things that the package has."""

from typing import TYPE_CHECKING

from workflows.scenarios.loading import parse_cast, parse_scenario
from workflows.scenarios.script import CAST, Cast, Scenario, Verb

if TYPE_CHECKING:
    from workflows.packages.parts import Parts


def check_scenarios(parts: "Parts") -> None:
    """Note scenarios that do not load or name a task, an outcome or a lane that is not there."""
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
    for lane, settings in parts.manifest.lanes.items():
        if not settings.starter and not cast.lanes.get(lane):
            parts.refuse(
                CAST, lane, parts.line_in(CAST, "[lanes]"), "cast_lane", f"Nobody plays the lane '{lane}'."
            )
    for lane in cast.lanes:
        if lane not in parts.manifest.lanes or parts.manifest.lanes[lane].starter:
            message = f"'{lane}' is no lane that is bound to people."
            parts.refuse(CAST, lane, parts.line_in(CAST, lane), "cast_lane", message)


def _check_names(parts: "Parts", scenario: Scenario, path: str) -> None:
    if parts.definition is None:
        return
    drawn = {task.id for task in parts.elements("user_task")}
    lanes = {lane.id for lane in parts.definition.lanes}
    for step in scenario.steps:
        for task in sorted({step.task, *(opened.task for opened in step.open)} - {None} - drawn, key=str):
            message = f"Step {step.number}: there is no user task '{task}'."
            parts.refuse(path, task, step.line, "step_task", message)
        for opened in step.open:
            if opened.lane not in lanes:
                message = f"Step {step.number}: there is no lane '{opened.lane}'."
                parts.refuse(path, opened.lane, step.line, "step_lane", message)
        settings = parts.manifest.tasks.get(step.task or "") if parts.manifest else None
        if (
            settings
            and step.verb is Verb.COMPLETE
            and not step.refused
            and not settings.outcome(step.outcome or "")
        ):
            message = f"Step {step.number}: '{step.task}' does not offer the outcome '{step.outcome}'."
            parts.refuse(path, step.task, step.line, "outcome_unknown", message)
