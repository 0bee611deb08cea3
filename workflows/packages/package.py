"""A process package: the folder that its owner keeps, checked as a whole and read once per content."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflows.engine import Definition, Finding, called_processes
from workflows.forms import Form
from workflows.packages.calls import Find, Uncallable, find_nothing, output_paths
from workflows.packages.lint import check
from workflows.packages.manifest import Manifest
from workflows.packages.parts import PROCESS, Parts, drawn
from workflows.packages.signing import lanes_that_sign
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

    ``sha256`` covers every file and what is called. ``control_paths`` are the dotted names that an expression of the
    drawing, of a decision table, of another task's form, or of a caller's outputs reads; nothing else of a form's
    answers becomes control data. ``calls`` are the packages that call activities are bound to, by the activity's id.
    ``signing_lanes`` are the lanes that may have to sign as departments.
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
    signing_lanes: frozenset[str]
    translations: Mapping[str, Mapping[str, str]] = field(repr=False)
    calls: Mapping[str, "Package"] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, element_id: str) -> tuple["Package", str]:
        """Return the package that draws an element and the id that it has there: ``call_1.review`` is drawn elsewhere.

        Raises KeyError for a call that is not there.
        """
        package = self
        *calls, local = element_id.split(".")
        for call in calls:
            package = package.calls[call]
        return package, local

    def texts(self, language: str) -> Mapping[str, str]:
        """Return all texts by flat key (see texts.py); a language that the package lacks reads as zh_CN."""
        return self.translations.get(language) or self.translations[SOURCE_LANGUAGE]

    def form_of(self, element_id: str) -> Form | None:
        """Return the form that a user task of this package names, None for a task without one."""
        element = self.definition.elements.get(element_id)
        return self.forms.get(element.properties.get("form", "")) if element else None

    @cached_property
    def user_tasks(self) -> tuple[str, ...]:
        """The ids of all user tasks of this package in drawn order."""
        return tuple(e.id for e in drawn(self.definition) if e.kind == "user_task")

    @cached_property
    def withdraw_not_after(self) -> frozenset[str]:
        """The tasks after whose opening the applicant can no longer withdraw, those of called processes included."""
        within = (
            f"{call}.{task}" for call, package in self.calls.items() for task in package.withdraw_not_after
        )
        return frozenset({*self.manifest.withdraw_not_after, *within})


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


def lint_package(files: Mapping[str, bytes], find: Find = find_nothing) -> list[Finding]:
    """Return every reason why a package is not deployable, in order of file and line. Never raises.

    `find` gives the packages of the processes that this one calls.
    """
    return _read(files, find)[1]


def load_package(files: Mapping[str, bytes], find: Find = find_nothing) -> Package:
    """Return the package that these files are; raise PackageRefused with all findings. Cached by content.

    `find` gives the packages of the processes that this one calls; it is bound to exactly these.
    """
    found: dict[str, Package] = {}
    for key in calls_of(files):
        try:
            called = find(key)
        except Uncallable:
            raise PackageRefused(_read(files, find)[1]) from None
        if called is not None:
            found[key] = called
    digest = sha256_of(files, {key: called.sha256 for key, called in found.items()})
    with _lock:
        known = _loaded.get(digest)
        if known:
            _loaded.move_to_end(digest)
            return known
    parts, findings = _read(files, found.get)
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
        signing_lanes=lanes_that_sign(parts),
        translations=MappingProxyType({SOURCE_LANGUAGE: parts.source, ENGLISH_LANGUAGE: parts.english}),
        calls=MappingProxyType(_bound(parts, parts.definition)),
    )
    with _lock:
        _loaded[digest] = package
        while len(_loaded) > CACHED:
            _loaded.popitem(last=False)
    return package


def calls_of(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the keys of the processes that a package calls, sorted; none where its drawing cannot be read."""
    return called_processes(files.get(PROCESS, b""))


def sha256_of(files: Mapping[str, bytes], calls: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the digest of a package: over each path and the SHA-256 of its content, sorted by path.

    `calls` are the digests of what it calls, by key.
    """
    whole = hashlib.sha256()
    for path in sorted(files):
        line = f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n"
        whole.update(line.encode("utf-8", "surrogatepass"))
    for key in sorted(calls):
        whole.update(f"{calls[key]}  call {key}\n".encode())
    return whole.hexdigest()


def _bound(parts: Parts, definition: Definition) -> dict[str, Package]:
    """What each call activity calls; what its outputs read leaves the forms there beside what that process reads."""
    found = {}
    for call, called in parts.calls.items():
        read = output_paths(definition.elements[call], definition.expressions, called)
        found[call] = replace(called, control_paths=called.control_paths | set(read))
    return found


def _read(files: Mapping[str, bytes], find: Find) -> tuple[Parts, list[Finding]]:
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        return Parts(files), [_too_large(min(files, default="process.bpmn"))]
    parts = Parts(files)
    findings = check(parts, find)
    return parts, sorted(
        findings, key=lambda found: (found.file, found.line or 0, found.element or "", found.rule)
    )


def _too_large(name: str) -> Finding:
    message = f"A package has at most {MAX_FILES} files and {MAX_BYTES // 1024 // 1024} MiB."
    return Finding(name, None, None, "package_too_large", message)


ENGLISH_LANGUAGE: Final = Path(ENGLISH).stem
_lock = threading.Lock()
_loaded: OrderedDict[str, Package] = OrderedDict()
