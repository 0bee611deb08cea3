"""What a package folder calls is looked for in the folders beside it, each named after its process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workflows.packages.calls import CallCycle, CallsTooDeep, Find, Uncallable
from workflows.packages.manifest import FILE as MANIFEST
from workflows.packages.package import Package, PackageRefused, calls_of, load_package, read_folder
from workflows.reading import NAME

DEEPEST: Final = 6
"""Five calls in each other, and the one that is too many: what lies deeper is not even read."""


def find_beside(folder: Path, above: tuple[str, ...] = ()) -> Find:
    """Return what finds packages in the folders beside one. `above` are the processes that led to it."""
    home, led = folder.resolve().parent, (*above, folder.resolve().name)

    def find(key: str) -> Package | None:
        beside = home / key
        if key in led:
            why = f"which leads back to '{led[-1]}': calls go in a circle."
            raise CallCycle(why)
        if not NAME.fullmatch(key) or not (beside / MANIFEST).is_file():
            return None
        if len(led) > DEEPEST:
            why = "deeper than five calls in each other."
            raise CallsTooDeep(why)
        try:
            found = load_package(read_folder(beside), find_beside(beside, led))
        except PackageRefused as refused:
            raise _reason(refused, key) from None
        if found.key != key:
            why = f"but the folder {key} beside it holds the process '{found.key}'."
            raise Uncallable(why)
        return found

    return find


def _reason(refused: PackageRefused, key: str) -> Uncallable:
    """Say why a package cannot be called: what goes wrong between the packages, else that it is refused itself."""
    for kind in (CallCycle, CallsTooDeep):
        for finding in refused.findings:
            if finding.rule == kind.rule:
                return kind(f"where this was found: {finding.message}")
    return Uncallable(f"whose own package is not deployable: lint {key} first.")


def called_first(folders: Iterable[Path]) -> list[Path]:
    """Return package folders in an order in which what is called comes before its callers.

    A folder that cannot be read, or calls in a circle, keeps its place; the checks refuse it by name.
    """
    given = {folder.name: folder for folder in sorted(folders)}
    order: dict[str, Path] = {}

    def put(name: str, above: frozenset[str]) -> None:
        if name in order or name in above or name not in given:
            return
        try:
            called = calls_of(read_folder(given[name]))
        except (PackageRefused, OSError):
            called = ()
        for key in called if len(above) <= DEEPEST else ():
            put(key, above | {name})
        order[name] = given[name]

    for name in given:
        put(name, frozenset())
    return list(order.values())
