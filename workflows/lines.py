"""Plain texts on their way in: one line, bounded, and nothing that a database or a reader cannot keep.

Answers of forms have rules of their own; this is for names, labels, notes, reasons and what people search for.
"""

import unicodedata

from workflows.errors import FieldInvalid


def is_storable(text: str) -> bool:
    """Tell whether a text holds no control character (PostgreSQL keeps no NUL) and no half surrogate."""
    return not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def one_line(text: str, field: str, limit: int, *, required: bool = True) -> str:
    """Return the text with single blanks and none around it; raise FieldInvalid naming the field."""
    line = " ".join(text.split())
    if len(line) > limit or (required and not line) or not is_storable(line):
        raise FieldInvalid(field=field)
    return line


def paragraph(text: str, field: str, limit: int) -> str:
    """Return a text that may have several lines, trimmed; raise FieldInvalid naming the field."""
    trimmed = text.replace("\r\n", "\n").strip()
    if len(trimmed) > limit or not is_storable(trimmed.replace("\n", "").replace("\t", "")):
        raise FieldInvalid(field=field)
    return trimmed


def searched(text: str, limit: int = 100) -> str:
    """Return what somebody looks for as one line; a character that nothing could contain is left out."""
    return " ".join("".join(char for char in text[: 4 * limit] if is_storable(char)).split())[:limit]
