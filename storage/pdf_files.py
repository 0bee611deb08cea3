"""PDF files: whole, not encrypted, and without anything that acts by itself."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO, Final

import pikepdf

from storage.errors import FileRefused

TAIL_BYTES: Final = 2048
CHUNK: Final = 64 * 1024
PADDING: Final = b"\0\t\n\f\r "
END: Final = b"%%EOF"
MAX_OBJECTS: Final = 300_000
MAX_DEPTH: Final = 60
MAX_PAGES: Final = 10_000

# A packed object stream may blow up a thousandfold; the limits are of the whole process, set before any thread.
pikepdf.settings.set_qpdf_limits(
    parser_max_nesting=200,
    parser_max_container_size=2_000_000,
    flate_max_memory=96 * 1024 * 1024,
    run_length_max_memory=96 * 1024 * 1024,
    png_max_memory=96 * 1024 * 1024,
    tiff_max_memory=96 * 1024 * 1024,
    doc_max_warnings=1000,
)

_ACTING_KEYS: Final = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
_ACTIONS: Final = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute"}
)
_HABITS: Final = (
    "a common error handled correctly",  # tables of Microsoft Word
    "; repairing",
    "; overriding",
    "setting missing or invalid /Type entry",
    "expected endobj",
    "reported number of objects",
    "ignoring annotation that is not a dictionary",
)


def check_pdf(file: BinaryIO, name: str) -> int:
    """Accept a PDF and return how many files it embeds, or raise FileRefused.

    Refused: a user or owner password, a missing end, a file that reads only after repair, no page, JavaScript,
    launch and submit actions, XFA forms, rich media. More objects, pages or levels than any honest file has are
    file_too_intricate.
    """
    file = _without_padding(file)
    tail = _tail(file)
    ended = tail.endswith(END)
    file.seek(0)
    try:
        with pikepdf.open(file, attempt_recovery=False) as pdf:
            if pdf.is_encrypted:
                raise FileRefused(code="file_encrypted", name=name)
            if not ended:
                raise FileRefused(code="file_trailing_data" if END in tail else "file_truncated", name=name)
            embedded = _look_through(pdf, name)
            if len(pdf.pages) > MAX_PAGES:
                raise FileRefused(code="file_too_intricate", name=name)
            if len(pdf.pages) == 0 or any(not _harmless(warning) for warning in pdf.get_warnings()):
                raise FileRefused(code="file_damaged", name=name)
            return embedded
    except pikepdf.PasswordError:
        raise FileRefused(code="file_encrypted", name=name) from None
    except MemoryError:
        raise FileRefused(code="file_too_intricate", name=name) from None
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError):
        raise FileRefused(code="file_damaged" if ended else "file_truncated", name=name) from None


def _harmless(warning: str) -> bool:
    """Tell whether a warning is of a habit of common writers; after any other one, something was not looked through."""
    return any(habit in warning for habit in _HABITS)


def _without_padding(file: BinaryIO) -> BinaryIO:
    """Return a file that ends where the content does: scanners pad with blanks, in which qpdf finds no end marker."""
    size = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - CHUNK)
        file.seek(start)
        found = file.read(end - start).rstrip(PADDING)
        end = start + len(found)
        if found:
            break
    if size - end < TAIL_BYTES // 4:
        return file
    file.seek(0)
    return io.BytesIO(file.read(end))


def _tail(file: BinaryIO) -> bytes:
    """Return the end of the file without the blanks and zero bytes that may follow its end marker."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL_BYTES))
    return file.read().rstrip(PADDING)


def _look_through(pdf: pikepdf.Pdf, name: str) -> int:
    embedded = 0
    for number, found in enumerate(pdf.objects):
        if number > MAX_OBJECTS:
            raise FileRefused(code="file_too_intricate", name=name)
        embedded += _look_into(found, name, 0)
    return embedded


def _look_into(found: Any, name: str, depth: int) -> int:
    """Look through one object and what lies directly in it; indirect objects come by themselves."""
    if depth > MAX_DEPTH:
        raise FileRefused(code="file_too_intricate", name=name)
    if isinstance(found, pikepdf.Array):
        return sum(_look_into(member, name, depth + 1) for member in found if _direct_container(member))
    if not isinstance(found, pikepdf.Dictionary | pikepdf.Stream):
        return 0
    embedded = 1 if isinstance(found, pikepdf.Stream) and found.get("/Type") == "/EmbeddedFile" else 0
    for key in found.keys():  # noqa: SIM118 - iterating a stream is not iterating its keys
        if key in _ACTING_KEYS:
            raise FileRefused(code="file_active_content", name=name, what=key.lstrip("/"))
        value = found.get(key)
        if key == "/S" and isinstance(value, pikepdf.Name) and str(value) in _ACTIONS:
            raise FileRefused(code="file_active_content", name=name, what=str(value).lstrip("/"))
        if _direct_container(value):
            embedded += _look_into(value, name, depth + 1)
    return embedded


def _direct_container(value: Any) -> bool:
    return isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect
