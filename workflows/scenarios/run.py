"""What ``zhupi scenarios`` runs: every scenario of some packages, and what they walked over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflows.packages import Package, PackageRefused, find_beside, findings_of, load_package, read_folder
from workflows.scenarios.coverage import Coverage
from workflows.scenarios.loading import parse_cast, parse_scenario
from workflows.scenarios.play import Play
from workflows.scenarios.script import CAST, Cast, Scenario
from workflows.scenarios.stage import OpenDatabase, Stage


@dataclass
class Report:
    """The answer of a run. `rows` are plain values for JSON; `good` is false as soon as anything is not."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    good: bool = True

    def fault(self, note: str) -> None:
        """Note what is wrong."""
        self.good = False
        self.notes.append(note)


def run_scenarios(
    folders: Sequence[Path], open_database: OpenDatabase, say: Callable[[str], None] | None = None
) -> Report:
    """Play all scenarios of package folders in a temporary house.

    Not good when a package is refused or has no scenario, when a scenario differs, or when a sequence flow, boundary
    event or decision rule of a package, or of one that is only called by it, was walked over by none. Raises OSError for a folder that cannot be read.
    """
    report = Report()
    tell = say or (lambda _: None)
    loaded = [(folder, _load(folder, report)) for folder in folders]
    packages = [package for _, package in loaded if package is not None]
    if packages:
        with Stage(open_database) as stage:
            for package in packages:
                _run_package(stage, package, report, tell)
    for note in report.notes:
        tell(note)
    return report


def _load(folder: Path, report: Report) -> Package | None:
    try:
        return load_package(read_folder(folder), find_beside(folder))
    except PackageRefused as refused:
        report.fault(f"{folder.name} is not deployable:\n{findings_of(refused.findings)}")
        return None


def scenarios_of(package: Package) -> tuple[Cast, list[Scenario]]:
    """Return the cast and the scenarios of a package that passed the checks."""
    if CAST not in package.files:
        return Cast(), []
    cast, _ = parse_cast(package.files[CAST])
    paths = sorted(path for path in package.files if path.startswith("scenarios/") and path != CAST)
    return cast, [parse_scenario(package.files[path], path, cast)[0] for path in paths]


def _run_package(stage: Stage, package: Package, report: Report, tell: Callable[[str], None]) -> None:
    cast, scenarios = scenarios_of(package)
    if package.manifest.callable_only:
        tell(f"     {package.key} is only called: the scenarios of its callers walk over it")
        return
    if not scenarios:
        report.fault(f"{package.key} has no scenarios")
        return
    prepared, company = stage.prepare(package, cast)
    coverage = Coverage(package)
    rows = []
    for scenario in scenarios:
        with stage.scene(prepared, f"{package.key}/{scenario.key}") as scene:
            play = Play(scene.uow, scene.clock, package, company, scenario)
            passed = play.play()
            coverage.add(play.events())
        tell(
            f"{'ok  ' if passed else 'FAIL'} {package.key}/{scenario.key} ({play.steps} of {len(scenario.steps)} steps)"
        )
        if not passed:
            report.fault(f"{package.key}/{scenario.key}: {play.failure}")
        rows.append({"package": package.key, "scenario": scenario.key, "passed": passed, "steps": play.steps})
    numbers = coverage.numbers()
    report.rows += [row | numbers for row in rows]
    if coverage.missing():
        report.fault(f"{package.key}: no scenario walks over {', '.join(coverage.missing())}")
