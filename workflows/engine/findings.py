"""What the deploy checks report: one finding per fault, with the place where the owner repairs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One reason why a file is not deployable.

    ``rule`` is a stable code (docs/lint.md), ``message`` an English sentence, ``params`` its parts for a translation.
    ``element`` is the id of the drawn element, else its tag; ``line`` counts from 1.
    """

    file: str
    element: str | None
    line: int | None
    rule: str
    message: str
    params: Mapping[str, Any] = field(default_factory=dict)


class ModelRefused(Exception):
    """The model does not pass the deploy checks; ``findings`` say where and why."""

    code = "model_refused"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        first = self.findings[0].message if self.findings else ""
        super().__init__(f"{len(self.findings)} findings; the first: {first}")
        self.params = {"count": len(self.findings)}
