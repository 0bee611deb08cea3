"""What phones append to a photograph: further pictures (MPF), a film (motion photo), notes of the camera (Samsung).

Such parts are accepted only where the photograph announces them, where each is whole, and where they reach to the end
of the file without a gap. Everything else behind the end of a picture is refused (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MOST_PARTS: Final = 16
PADDING: Final = b"\0\t\n\r "

_APP1, _APP2, _SOS = 0xE1, 0xE2, 0xDA
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_MPF: Final = b"MPF\0"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_PICTURES_IN_XMP: Final = (b"http://ns.google.com/photos/1.0/container/", b"hdrgm:Version")
_FILMS_IN_XMP: Final = (b"MotionPhoto", b"MicroVideo")
_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"mpvd"})
_SAMSUNG_HEAD, _SAMSUNG_END = b"SEFH", b"SEFT"


@dataclass(slots=True)
class Parts:
    """What was found: where each further picture lies, how many films, and whether all of the rest is explained."""

    pictures: list[tuple[int, int]] = field(default_factory=list)
    films: int = 0
    explained: bool = False


def parts_behind(data: bytes, end: int) -> Parts:
    """Read what follows the end of a photograph, step by step; `explained` when nothing unknown is left."""
    parts = Parts()
    segments = list(_segments(data))
    xmp = b"".join(content for marker, content in segments if marker == _APP1 and content.startswith(_XMP))
    with_pictures = any(marker == _APP2 and content.startswith(_MPF) for marker, content in segments)
    with_pictures = with_pictures or any(word in xmp for word in _PICTURES_IN_XMP)
    notes = _samsung_notes(data, end)
    with_films = any(word in xmp for word in _FILMS_IN_XMP)
    at = end
    while len(parts.pictures) + parts.films <= MOST_PARTS:
        at = _behind_padding(data, at, notes)
        if at == len(data):
            parts.explained = True
            return parts
        if notes is not None and at == notes:
            parts.explained = True
            parts.films += b"MotionPhoto_Data" in data[at:]
            return parts
        if with_pictures and data[at : at + 3] == b"\xff\xd8\xff":
            behind = end_of_jpeg(data, at)
            if behind is None:
                return parts
            parts.pictures.append((at, behind))
        elif with_films and data[at + 4 : at + 8] == b"ftyp":
            behind = _end_of_film(data, at)
            if behind == at:
                return parts
            parts.films += 1
        else:
            return parts
        at = behind
    return parts


def end_of_jpeg(data: bytes, start: int = 0) -> int | None:
    """Return where the end marker of the picture itself ends, stepping over its segments; None when there is none."""
    at = start + 2
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return None
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker in (0x00, 0xFF) or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        # A segment with a length; after a start of scan the search goes on through the coded data.
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            return None
        at += 2 + length


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of the segments before the coded picture."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (_SOS, 0xD9) or length < 2:
            return
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def _behind_padding(data: bytes, at: int, notes: int | None) -> int:
    """Return where the next part begins. The first bytes of a film and of notes may be zeros: they are no padding."""
    behind = len(data) - len(data[at:].lstrip(PADDING))
    if notes is not None and at <= notes <= behind:
        return notes
    for start in range(max(at, behind - 4), behind):
        if data[start + 4 : start + 8] == b"ftyp":
            return start
    return behind


def _end_of_film(data: bytes, at: int) -> int:
    """Return where the boxes of an MP4 file end that begins here (ISO/IEC 14496-12)."""
    while at + 8 <= len(data) and data[at + 4 : at + 8] in _BOXES:
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            return len(data)
        if size < 8 or at + size > len(data):
            return at
        at += size
    return at


def _samsung_notes(data: bytes, end: int) -> int | None:
    """Return where the notes of a Samsung camera begin: blocks without a gap, their directory, and its length.

    A directory counts its blocks; each has a kind, its distance before the directory and its size.
    """
    trimmed = len(data.rstrip(PADDING))
    if data[trimmed - 4 : trimmed] != _SAMSUNG_END:
        return None
    length = int.from_bytes(data[trimmed - 8 : trimmed - 4], "little")
    head = trimmed - 8 - length
    if head < end or data[head : head + 4] != _SAMSUNG_HEAD:
        return None
    count = int.from_bytes(data[head + 8 : head + 12], "little")
    if not 0 < count <= MOST_PARTS * 4 or 12 + 12 * count > length:
        return None
    blocks = []
    for number in range(count):
        entry = head + 12 + 12 * number
        distance = int.from_bytes(data[entry + 4 : entry + 8], "little")
        size = int.from_bytes(data[entry + 8 : entry + 12], "little")
        blocks.append((head - distance, size))
    blocks.sort()
    at = begin = blocks[0][0]
    for start, size in blocks:
        if start != at:
            return None
        at += size
    return begin if at == head and begin >= end else None
