"""Which files are taken in: the type is told by the content, never by the name, and the whole file must be sound.

Encrypted, truncated and damaged files, active content, hidden appendices and bombs are refused. What strangers send
is checked through storage/check_process.py, which bounds the parsers. Sizes in bytes, limits
inclusive (A4). Only the types below are known; SVG, HTML, archives and office files are refused by name.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from storage.errors import FileRefused

MEDIA_TYPES: Final = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
ALIASES: Final = {"jpeg": "jpg"}
HEAD_BYTES: Final = 1024

_MAGIC: Final = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
)
_FOREIGN: Final = (
    (rb"GIF8[79]a", "gif"),
    (rb"RIFF....WEBP", "webp"),
    (rb"....ftyp(heic|heix|mif1|msf1|avif)", "heic"),
    (rb"(II\*\0|MM\0\*)", "tiff"),
    (rb"BM", "bmp"),
    (rb"PK\x03\x04", "zip"),
    (rb"Rar!\x1a\x07", "rar"),
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (rb"\xd0\xcf\x11\xe0", "office"),
    (rb"(MZ|\x7fELF)", "program"),
    (rb"(?is)(\xef\xbb\xbf)?\s*(<\?xml.*?|<!--.*?-->|<!doctype svg.*?>|\s)*<svg[\s>]", "svg"),
    (rb"(?is)(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<body|<script|<!--)", "html"),
)
_SIZE: Final = re.compile(r"([0-9]{1,12})\s*(b|k|kb|kib|m|mb|mib|g|gb|gib)?", re.IGNORECASE)
_UNITS: Final = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was accepted. kind: pdf, jpg or png.

    `embedded` counts what lies in it beside what a viewer shows, for the reviewer to know: files inside a PDF, pictures
    and films behind a photograph.
    """

    media_type: str
    kind: str
    size: int
    embedded: int = 0


def check_file(
    file: Path | str | bytes | BinaryIO, name: str, types: AbstractSet[str], max_bytes: int
) -> Checked:
    """Accept a file or raise FileRefused with the reason as its code.

    `types` are names such as pdf, jpg (jpeg), png; `name` only helps the sentence. An open file is left open and its
    position undefined. Codes: file_empty, file_too_large, file_type_mismatch, file_encrypted, file_truncated,
    file_damaged, file_active_content, file_trailing_data, file_too_intricate, image_too_large.
    """
    if isinstance(file, str | Path):
        with Path(file).open("rb") as opened:
            return check_file(opened, name, types, max_bytes)
    if isinstance(file, bytes):
        file = io.BytesIO(file)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size == 0:
        raise FileRefused(code="file_empty", name=name)
    if size > max_bytes:
        raise FileRefused(code="file_too_large", name=name, limit=max_bytes, limit_text=size_text(max_bytes))
    kind = kind_of(file.read(HEAD_BYTES))
    allowed = {ALIASES.get(one.lower(), one.lower()) for one in types}
    if kind not in MEDIA_TYPES or kind not in allowed:
        listed = ", ".join(sorted(one.upper() for one in allowed & set(MEDIA_TYPES)))
        raise FileRefused(code="file_type_mismatch", name=name, found=kind.upper(), allowed=listed)
    embedded = 0
    # The parsers are loaded where they are used: a web process lets others check, and needs none of them.
    if kind == "pdf":
        from storage.pdf_files import check_pdf

        embedded = check_pdf(file, name)
    elif kind == "jpg":
        from storage.image_files import check_jpeg

        embedded = check_jpeg(file, name)
    else:
        from storage.image_files import check_png

        check_png(file, name)
    return Checked(media_type=MEDIA_TYPES[kind], kind=kind, size=size, embedded=embedded)


def kind_of(head: bytes) -> str:
    """Return the type that the first bytes of a file show; `unknown` when they show none."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for pattern, kind in _FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            return kind
    return "unknown"


def size_of_text(text: str) -> int:
    """Return the bytes that a text such as 20MiB, 20M or 1048576 names; units are powers of 1024 (A4). ValueError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        message = f"“{text}” is no size; write it like 20MiB"
        raise ValueError(message)
    return int(match[1]) * _UNITS[(match[2] or "b")[0].lower()]


def size_text(size: int) -> str:
    """Return a size for people."""
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


SENTENCES: Final = {
    "file_empty": "the file is empty",
    "file_too_large": "the file is larger than {limit_text}",
    "file_type_mismatch": "the content is {found}, allowed is {allowed}",
    "file_encrypted": "the PDF is encrypted or has restrictions: save it without a password",
    "file_truncated": "the file is cut off: it did not arrive whole",
    "file_damaged": "the file is damaged and cannot be read whole",
    "file_active_content": "the PDF holds a script or starts a program ({what}): print it into a new PDF",
    "file_trailing_data": "there is other data after the end of the file: save it again",
    "file_too_intricate": "the file takes too much time or memory to check: print it into a new PDF, or save it smaller",
    "image_too_large": "the picture has {width} × {height} pixels, allowed are {limit} million",
}
"""For the command line; pages and API have theirs in the catalogues under `error.<code>`."""


def check_path(path: str | Path, types: str | AbstractSet[str], max_size_text: str) -> tuple[int, str]:
    """Check a file for the command line: exit code and one line. 0 accepted, 1 refused, 2 could not be checked."""
    wanted = set(filter(None, re.split(r"[,\s]+", types.lower()))) if isinstance(types, str) else set(types)
    unknown = sorted(wanted - set(MEDIA_TYPES) - set(ALIASES))
    shown = " ".join(str(path).split())
    if not wanted or unknown:
        return 2, f"types are of {', '.join(MEDIA_TYPES)}, not {', '.join(unknown) or 'none'}"
    try:
        checked = check_file(Path(path), Path(path).name, wanted, size_of_text(max_size_text))
    except FileRefused as error:
        return 1, f"{shown}: refused: {SENTENCES[error.code].format(**error.params)}"
    except ValueError as error:
        return 2, str(error)
    except OSError as error:
        return 2, f"{shown}: {(error.strerror or 'cannot be read').lower()}"
    inside = f", {checked.embedded} embedded files" if checked.embedded else ""
    return 0, f"{shown}: accepted: {checked.media_type}, {size_text(checked.size)}{inside}"
