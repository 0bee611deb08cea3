"""Cursors of lists: where the last page ended, as an opaque text. They carry keys only, no personal value."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from workflows.errors import FieldInvalid

LONGEST: Final = 600
READERS: Final[dict[Any, Callable[[str], Any]]] = {
    datetime: datetime.fromisoformat,
    UUID: UUID,
    str: str,
    int: int,
}


def write_cursor(*parts: datetime | UUID | str | int) -> str:
    """Return the cursor behind a row with these sort keys."""
    texts = [part.isoformat() if isinstance(part, datetime) else str(part) for part in parts]
    return base64.urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """Return the sort keys of a cursor; raise FieldInvalid for a text that is none of ours."""
    try:
        if len(cursor) > LONGEST:
            raise FieldInvalid(field="after")
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise FieldInvalid(field="after")  # what we write holds neither numbers nor NUL
        parts = tuple(READERS[kind](text) for kind, text in zip(kinds, texts, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise FieldInvalid(field="after") from None
    if any(isinstance(part, datetime) and part.tzinfo is None for part in parts):
        raise FieldInvalid(field="after")
    return parts
