"""Process packages: the folder of a process owner, read, checked and kept together."""

from workflows.packages.calls import Find, Uncallable
from workflows.packages.check import lint_path
from workflows.packages.manifest import (
    Card,
    CardRow,
    LaneSettings,
    Manifest,
    Material,
    findings_of,
)
from workflows.packages.manifest_tasks import Outcome, OutcomeKind, TaskSettings
from workflows.packages.package import (
    Package,
    PackageRefused,
    calls_of,
    lint_package,
    load_package,
    read_folder,
    sha256_of,
)
from workflows.packages.siblings import called_first, find_beside
from workflows.registers import RegisterDeclaration

__all__ = [
    "Card",
    "CardRow",
    "Find",
    "LaneSettings",
    "Manifest",
    "Material",
    "Outcome",
    "OutcomeKind",
    "Package",
    "PackageRefused",
    "RegisterDeclaration",
    "TaskSettings",
    "Uncallable",
    "called_first",
    "calls_of",
    "find_beside",
    "findings_of",
    "lint_package",
    "lint_path",
    "load_package",
    "read_folder",
    "sha256_of",
]
