"""Process packages: the folder of a process owner, read, checked and kept together."""

from workflows.packages.check import lint_path
from workflows.packages.manifest import (
    Card,
    CardRow,
    LaneSettings,
    Manifest,
    Material,
    Outcome,
    OutcomeKind,
    TaskSettings,
    findings_of,
)
from workflows.packages.package import (
    Package,
    PackageRefused,
    lint_package,
    load_package,
    read_folder,
    sha256_of,
)
from workflows.registers import RegisterDeclaration

__all__ = [
    "Card",
    "CardRow",
    "LaneSettings",
    "Manifest",
    "Material",
    "Outcome",
    "OutcomeKind",
    "Package",
    "PackageRefused",
    "RegisterDeclaration",
    "TaskSettings",
    "findings_of",
    "lint_package",
    "lint_path",
    "load_package",
    "read_folder",
    "sha256_of",
]
