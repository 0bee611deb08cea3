"""JPEG and PNG files: whole, of a bearable size, and with nothing behind their end."""

from __future__ import annotations

import io
import threading
from typing import BinaryIO, Final

from PIL import Image

from storage.errors import FileRefused

MAX_JPEG_MEGAPIXELS: Final = 120
"""A JPEG is decoded at an eighth of its width and height, which reads all of it in little memory."""

MAX_PNG_MEGAPIXELS: Final = 40
"""A PNG has to be decoded whole: 160 MB at most, for two pictures of a process at a time."""

MAX_SIDE: Final = 30_000
PNG_HEAD: Final = 8
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn up to twice its limit; ours is judged before a pixel is decoded
_TURNS: Final = threading.BoundedSemaphore(2)
_PADDING: Final = b"\0\t\n\r "


def check_jpeg(file: BinaryIO, name: str) -> None:
    """Accept a JPEG or raise FileRefused: truncated, damaged, too many pixels, data behind the end marker.

    Phones append further pictures and films behind the first one; nobody would see those, so they are refused too.
    """
    file.seek(0)
    data = file.read()
    end = _end_of_jpeg(data)
    if end is None:
        raise FileRefused(code="file_truncated", name=name)
    if data[end:].strip(_PADDING):
        raise FileRefused(code="file_trailing_data", name=name)
    _decode(data[:end], "JPEG", MAX_JPEG_MEGAPIXELS, name)


def check_png(file: BinaryIO, name: str) -> None:
    """Accept a PNG or raise FileRefused: truncated, damaged, too many pixels, data behind the last chunk."""
    file.seek(0)
    data = file.read()
    end = _end_of_png(data)
    if end is None:
        raise FileRefused(code="file_truncated", name=name)
    if data[end:].strip(_PADDING):
        raise FileRefused(code="file_trailing_data", name=name)
    _decode(data[:end], "PNG", MAX_PNG_MEGAPIXELS, name)


def _decode(data: bytes, kind: str, megapixels: int, name: str) -> None:
    """Let Pillow read every byte. Its verify() passes a cut-off JPEG, so the picture is loaded as well."""
    try:
        with _TURNS:
            with Image.open(io.BytesIO(data), formats=[kind]) as image:
                width, height = image.size
                bearable = width * height <= megapixels * 1_000_000 and max(width, height) <= MAX_SIDE
                if bearable:
                    image.verify()
            if bearable:
                with Image.open(io.BytesIO(data), formats=[kind]) as image:
                    if kind == "JPEG":
                        image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
                    image.load()
    except Exception as error:  # a decoder fails in many ways, all of which mean the same here
        code = "file_truncated" if "truncated" in str(error) else "file_damaged"
        raise FileRefused(code=code, name=name) from None
    if not bearable:
        raise FileRefused(code="image_too_large", name=name, width=width, height=height, limit=megapixels)


def _end_of_jpeg(data: bytes) -> int | None:
    """Return where the end marker of the picture itself ends, stepping over its segments; None when there is none."""
    at = 2
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


def _end_of_png(data: bytes) -> int | None:
    """Return where the last chunk ends; None when it is missing."""
    at = PNG_HEAD
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return at if at <= len(data) else None
    return None
