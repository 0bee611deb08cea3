"""A process package: the folder that its owner keeps, checked as a whole and read once per content."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.engine import Definition, Finding
from workflows.forms import Form
from workflows.packages.lint import check
from workflows.packages.manifest import Manifest
from workflows.packages.parts import Parts
from workflows.packages.texts import ENGLISH, SOURCE_LANGUAGE
from workflows.registers import RegisterDeclaration

MAX_FILES: Final = 300
MAX_BYTES: Final = 20 * 1024 * 1024
CACHED: Final = 32


class PackageRefused(Exception):
    """The package does not pass the deploy checks; ``findings`` say where and why."""

    code = "package_refused"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        first = self.findings[0].message if self.findings else ""
        super().__init__(f"{len(self.findings)} findings; the first: {first}")
        self.params = {"count": len(self.findings)}


@dataclass(frozen=True)
class Package:
    """One version of a process, whole: drawing, forms, tables, registers, words. Shared and never changed.

    ``sha256`` covers every file. ``control_paths`` are the dotted names that an expression of the drawing, of a
    decision table, or of another task's form reads; nothing else of a form's answers becomes control data.
    """

    key: str
    title: str
    files: Mapping[str, bytes]
    sha256: str
    definition: Definition
    manifest: Manifest
    forms: Mapping[str, Form]
    registers: Mapping[str, RegisterDeclaration]
    control_paths: frozenset[str]
    translations: Mapping[str, Mapping[str, str]] = field(repr=False)

    def texts(self, language: str) -> Mapping[str, str]:
        """Return all texts by flat key (see texts.py); a language that the package lacks reads as zh_CN."""
        return self.translations.get(language) or self.translations[SOURCE_LANGUAGE]

    def form_of(self, element_id: str) -> Form | None:
        """Return the form that a user task names, None for a task without one."""
        element = self.definition.elements.get(element_id)
        return self.forms.get(element.properties.get("form", "")) if element else None

    @cached_property
    def user_tasks(self) -> tuple[str, ...]:
        """The ids of all user tasks in drawn order."""
        return tuple(e.id for e in self.definition.elements.values() if e.kind == "user_task")


def read_folder(path: Path) -> dict[str, bytes]:
    """Return the files of a package folder by their path inside it; names that start with a dot are left out.

    Raises PackageRefused for links, too many files (300) or too much content (20 MiB); OSError for what cannot be read.
    """
    files: dict[str, bytes] = {}
    size = 0
    for found in sorted(path.rglob("*")):
        inside = found.relative_to(path)
        if any(part.startswith(".") for part in inside.parts):
            continue
        # A name that is not UTF-8 stays printable, and is refused for it.
        name = inside.as_posix().encode("utf-8", "backslashreplace").decode()
        if found.is_symlink() or not (found.is_dir() or found.is_file()):
            message = f"{name} is a link or no plain file; put the file itself here."
            raise PackageRefused([Finding(name, None, None, "file_link", message)])
        if found.is_dir():
            continue
        size += found.stat().st_size
        if len(files) >= MAX_FILES or size > MAX_BYTES:
            raise PackageRefused([_too_large(name)])
        files[name] = found.read_bytes()
    return files


def lint_package(files: Mapping[str, bytes]) -> list[Finding]:
    """Return every reason why a package is not deployable, in order of file and line. Never raises."""
    return _read(files)[1]


def load_package(files: Mapping[str, bytes]) -> Package:
    """Return the package that these files are; raise PackageRefused with all findings. Cached by content."""
    digest = sha256_of(files)
    with _lock:
        known = _loaded.get(digest)
        if known:
            _loaded.move_to_end(digest)
            return known
    parts, findings = _read(files)
    if findings or parts.definition is None or parts.manifest is None:
        raise PackageRefused(findings)
    package = Package(
        key=parts.manifest.key,
        title=parts.manifest.title,
        files=MappingProxyType(dict(files)),
        sha256=digest,
        definition=parts.definition,
        manifest=parts.manifest.named_after(parts.definition),
        forms=MappingProxyType(parts.forms),
        registers=MappingProxyType(parts.registers),
        control_paths=frozenset(parts.control_paths),
        translations=MappingProxyType({SOURCE_LANGUAGE: parts.source, ENGLISH_LANGUAGE: parts.english}),
    )
    with _lock:
        _loaded[digest] = package
        while len(_loaded) > CACHED:
            _loaded.popitem(last=False)
    return package


def sha256_of(files: Mapping[str, bytes]) -> str:
    """Return the digest of a package: over each path and the SHA-256 of its content, sorted by path."""
    whole = hashlib.sha256()
    for path in sorted(files):
        line = f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n"
        whole.update(line.encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def _read(files: Mapping[str, bytes]) -> tuple[Parts, list[Finding]]:
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        return Parts(files), [_too_large(min(files, default="process.bpmn"))]
    parts = Parts(files)
    findings = check(parts)
    return parts, sorted(
        findings, key=lambda found: (found.file, found.line or 0, found.element or "", found.rule)
    )


def _too_large(name: str) -> Finding:
    message = f"A package has at most {MAX_FILES} files and {MAX_BYTES // 1024 // 1024} MiB."
    return Finding(name, None, None, "package_too_large", message)


ENGLISH_LANGUAGE: Final = Path(ENGLISH).stem
_lock = threading.Lock()
_loaded: OrderedDict[str, Package] = OrderedDict()
