"""Papers as their readers see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper that was issued. kind: receipt, correction, decision; `sha256` of its bytes, as the journal names it."""

    id: UUID
    kind: str
    number: str
    issued_at: datetime
    sha256: str
    size: int
