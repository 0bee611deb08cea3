"""What is wrong with answers, as codes that the catalogues turn into sentences, and with a form itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.engine import Finding


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One fault of one answer: ``form.<code>`` in the catalogues, with the parts of its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class InvalidForm(Exception):
    """Some answers need another look. ``errors`` names them by path; the path "" is the form as a whole."""

    code = "invalid_form"

    def __init__(self, errors: Mapping[str, Sequence[ErrorCode]]) -> None:
        super().__init__(f"{len(errors)} answers are not valid")
        self.errors: dict[str, list[ErrorCode]] = {path: list(found) for path, found in errors.items()}
        self.params: dict[str, Any] = {"count": len(self.errors)}


class FormRefused(Exception):
    """The form file cannot be used; ``findings`` say why and where."""

    code = "form_refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings[:3]))
        self.findings = list(findings)
        self.params: dict[str, Any] = {"count": len(self.findings)}
