"""The deploy checks of a whole package: each file for itself, then what the files say about each other."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from workflows.engine import Finding, ModelRefused, called_processes, lint_model, parse_definition
from workflows.forms import FormRefused, lint_form, parse_form
from workflows.packages.access import check_access
from workflows.packages.batches import check_batches
from workflows.packages.calls import Find, check_calls, find_calls
from workflows.packages.control import check_control
from workflows.packages.crosscheck import check_agreement
from workflows.packages.errors import check_errors
from workflows.packages.manifest import FILE as MANIFEST
from workflows.packages.manifest import parse_manifest
from workflows.packages.parts import PROCESS, Parts
from workflows.packages.returns import check_returns
from workflows.packages.signing import check_signing
from workflows.packages.texts import ENGLISH, check_translation, read_translation, source_texts
from workflows.packages.typecheck import check_kinds
from workflows.registers import RegisterRefused, parse_register
from workflows.scenarios.check import check_scenarios

NAMES_INTACT: Final = frozenset({
    "unknown_key", "toml_text", "toml_number", "manifest_number", "manifest_kind", "manifest_verb", "manifest_outcomes",
    "notification_event", "notification_place",
})  # fmt: skip
"""Faults of a manifest that leave its names readable: the other checks go on, so that one run says everything."""

PLACES: Final = re.compile(
    r"process\.bpmn|manifest\.toml|README(\.[A-Za-z-]+)?\.md"
    r"|forms/[a-z][a-z0-9_]{0,62}\.json|decisions/[a-z][a-z0-9_]{0,62}\.dmn|registers/[a-z][a-z0-9_]{0,62}\.toml"
    r"|i18n/en\.toml|scenarios/[a-z][a-z0-9_]{0,62}\.toml|documents/[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
)


def check(parts: Parts, find: Find) -> list[Finding]:
    """Fill the parts and return all findings. Whatever a file holds, a check ends with findings, not an error.

    `find` gives the packages of the processes that this one calls.
    """
    steps: tuple[Callable[[Parts], None], ...] = (
        _places, partial(_drawing, find=find), _manifest, _forms, _registers, check_agreement, check_calls, check_returns,
        check_access, check_batches,
        check_errors, check_control, check_signing, check_kinds, _texts, check_scenarios,
    )  # fmt: skip
    for step in steps:
        try:
            step(parts)
        except RecursionError:
            parts.refuse(PROCESS, None, None, "too_deep", "Something in the package is nested too deeply.")
    return parts.findings


def _places(parts: Parts) -> None:
    for path in sorted(parts.files):
        if not PLACES.fullmatch(path):
            message = f"A package has no place for {path[:100]!r}; docs/packages.md lists what it may hold."
            parts.refuse(path[:200], None, None, "file_unknown", message)
    for path in (PROCESS, MANIFEST, ENGLISH):
        if path not in parts.files:
            parts.refuse(path, None, None, "file_missing", f"The package has no {path}.")


def _drawing(parts: Parts, find: Find) -> None:
    if PROCESS not in parts.files:
        return
    find_calls(parts, frozenset(called_processes(parts.files[PROCESS])), find)
    calls = {key: package.definition for key, package in parts.called.items()}
    findings = lint_model(parts.files, main=PROCESS, calls=None if parts.uncallable else calls)
    parts.findings += findings
    if findings or parts.uncallable:
        return
    try:
        parts.definition = parse_definition(parts.files, main=PROCESS, calls=calls)
    except ModelRefused as refusal:
        parts.findings += refusal.findings


def _manifest(parts: Parts) -> None:
    if MANIFEST not in parts.files:
        return
    manifest, reader = parse_manifest(parts.files[MANIFEST])
    parts.findings += reader.findings
    parts.manifest_reader = reader
    if {finding.rule for finding in reader.findings} <= NAMES_INTACT:
        parts.manifest = manifest


def _forms(parts: Parts) -> None:
    for path in parts.paths("forms", ".json"):
        content = parts.files[path]
        findings = lint_form(content, path)
        parts.findings += findings
        if findings:
            continue
        key = PurePosixPath(path).stem
        try:
            parts.forms[key] = parse_form(content, key)
        except FormRefused as refusal:
            parts.findings += refusal.findings


def _registers(parts: Parts) -> None:
    for path in parts.paths("registers", ".toml"):
        try:
            register = parse_register(parts.files[path], path)
        except RegisterRefused as refusal:
            parts.findings += refusal.findings
            continue
        if register.key != PurePosixPath(path).stem:
            message = f"The file {path} declares the register '{register.key}': name the file after it."
            parts.refuse(path, register.key, parts.line_in(path, "key"), "register_name", message)
        parts.registers[register.key] = register


def _texts(parts: Parts) -> None:
    if parts.definition is None or parts.manifest is None or ENGLISH not in parts.files:
        return
    parts.source = source_texts(parts.definition, parts.manifest, parts.forms, parts.registers)
    parts.english, reader = read_translation(ENGLISH, parts.files[ENGLISH])
    whole = len(parts.forms) == len(list(parts.paths("forms", ".json")))
    whole = whole and len(parts.registers) == len(list(parts.paths("registers", ".toml")))
    if whole and not reader.findings:
        check_translation(parts.source, parts.english, reader)
    parts.findings += reader.findings
