"""Why a decision table cannot be deployed, or could not decide."""

from collections.abc import Sequence

from workflows.engine.findings import Finding


class DecisionError(Exception):
    """A table that cannot be read (``findings`` says each reason with its line), or that failed on its inputs.

    ``code`` is ``decision_refused`` for the first; for the second ``not_unique``, ``not_any``, ``not_allowed`` or ``wrong_type``.
    """

    def __init__(
        self, findings: Sequence[Finding] = (), *, code: str = "decision_refused", message: str = ""
    ) -> None:
        super().__init__(message or "; ".join(finding.message for finding in findings))
        self.findings = list(findings)
        self.code = code
