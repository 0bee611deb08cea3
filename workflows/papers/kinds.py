"""Which papers are kept, and the work that issues one."""

from enum import StrEnum
from typing import Final

ISSUE_KIND: Final = "paper.issue"
KEY_OF_PAPERS: Final = "paper:"
"""How the keys of this work begin, where other work names a task."""


class PaperKind(StrEnum):
    """A paper that the house issues once."""

    RECEIPT = "receipt"
    DECISION = "decision"
    CORRECTION = "correction"


FIRST_NUMBER: Final = {PaperKind.RECEIPT: 2, PaperKind.DECISION: 3, PaperKind.CORRECTION: 4}
"""What stands behind the number of the application; 1 is the application itself, corrections go on from theirs."""


def key_of(kind: PaperKind, about: int) -> str:
    """Return how the work on a paper is called within its case; `about` is the number of the event behind it."""
    return f"{KEY_OF_PAPERS}{kind}:{about}"
