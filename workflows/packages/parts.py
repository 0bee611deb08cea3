"""The parts of a package while it is being checked: each is there when its own file is sound."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from workflows.engine import Definition, Element, Finding
from workflows.forms import Form
from workflows.packages.manifest import Manifest
from workflows.reading import TomlReader
from workflows.registers import RegisterDeclaration

if TYPE_CHECKING:
    from workflows.packages.package import Package

PROCESS: Final = "process.bpmn"


def drawn(definition: Definition | None) -> list[Element]:
    """Return the elements of a definition without those of the processes that it calls."""
    return [] if definition is None else [one for one in definition.elements.values() if not one.prefix]


@dataclass
class Parts:
    """What was read of a package so far, and what was found wrong with it.

    `called` are the packages of the processes that the drawing calls, by key.
    """

    files: Mapping[str, bytes]
    findings: list[Finding] = field(default_factory=list)
    definition: Definition | None = None
    manifest: Manifest | None = None
    manifest_reader: TomlReader | None = None
    forms: dict[str, Form] = field(default_factory=dict)
    registers: dict[str, RegisterDeclaration] = field(default_factory=dict)
    control_paths: set[str] = field(default_factory=set)
    source: dict[str, str] = field(default_factory=dict)
    english: dict[str, str] = field(default_factory=dict)
    called: dict[str, "Package"] = field(default_factory=dict)
    uncallable: bool = False

    def refuse(
        self, file: str, element: str | None, line: int | None, rule: str, message: str, **params: Any
    ) -> None:
        """Note a fault."""
        self.findings.append(Finding(file, element, line, rule, message, params))

    def refuse_element(self, element: Element, rule: str, message: str, **params: Any) -> None:
        """Note a fault of the drawing at an element."""
        self.refuse(PROCESS, element.id, element.line, rule, message, **params)

    def refuse_setting(self, place: str, rule: str, message: str, **params: Any) -> None:
        """Note a fault of the manifest at a setting."""
        if self.manifest_reader:
            line = self.manifest_reader.line_of(place)
            self.refuse(self.manifest_reader.file, place, line, rule, message, **params)

    def elements(self, *kinds: str) -> list[Element]:
        """Return the elements of some kinds that this package draws itself."""
        return [element for element in drawn(self.definition) if element.kind in kinds]

    @property
    def calls(self) -> Mapping[str, "Package"]:
        """What each call activity calls, as far as it was found."""
        found = {
            element.id: self.called.get(element.called or "") for element in self.elements("call_activity")
        }
        return {element_id: package for element_id, package in found.items() if package is not None}

    def form_of(self, element_id: str) -> Form | None:
        """Return the form that a user task names."""
        element = self.definition.elements.get(element_id) if self.definition else None
        return self.forms.get(element.properties.get("form", "")) if element else None

    def line_in(self, file: str, text: str) -> int | None:
        """Return the first line of a file that holds a text."""
        lines = self.files.get(file, b"").decode("utf-8", "replace").splitlines()
        return next((at for at, line in enumerate(lines, 1) if text in line), None)

    def paths(self, folder: str, ending: str) -> Iterable[str]:
        """Return the files of a folder with an ending, sorted."""
        return sorted(path for path in self.files if path.startswith(f"{folder}/") and path.endswith(ending))
