"""JPEG and PNG files: whole, of a bearable size, and with nothing behind their end but what a phone appends."""

from __future__ import annotations

import io
from typing import BinaryIO, Final

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin

from storage.appended_parts import PADDING, end_of_jpeg, parts_behind
from storage.errors import FileRefused

MAX_JPEG_MEGAPIXELS: Final = 120
"""A JPEG is decoded at an eighth of its width and height, which reads all of it in little memory."""

MAX_PNG_MEGAPIXELS: Final = 40
"""A PNG has to be decoded whole: 160 MB at most, in a process of its own (storage/check_process.py)."""

MAX_SIDE: Final = 30_000
PNG_HEAD: Final = 8
_FORMATS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,  # Image.open would follow an index of further pictures
    "PNG": PngImagePlugin.PngImageFile,
}
Image.MAX_IMAGE_PIXELS = (
    None  # Pillow would only warn up to twice its limit; ours is judged before a pixel is decoded
)


def check_jpeg(file: BinaryIO, name: str) -> int:
    """Accept a JPEG and return how many pictures and films are appended to it, or raise FileRefused.

    Refused: truncated, damaged, too many pixels, data behind the end marker that the photograph does not announce.
    """
    file.seek(0)
    data = file.read()
    end = end_of_jpeg(data)
    if end is None:
        raise FileRefused(code="file_truncated", name=name)
    parts = parts_behind(data, end)
    if not parts.explained:
        raise FileRefused(code="file_trailing_data", name=name)
    view = memoryview(data)
    for start, behind in [(0, end), *parts.pictures]:
        _decode(view[start:behind], "JPEG", MAX_JPEG_MEGAPIXELS, name)
    return len(parts.pictures) + parts.films


def check_png(file: BinaryIO, name: str) -> None:
    """Accept a PNG or raise FileRefused: truncated, damaged, too many pixels, data behind the last chunk."""
    file.seek(0)
    data = file.read()
    end = _end_of_png(data)
    if end is None:
        raise FileRefused(code="file_truncated", name=name)
    if data[end:].strip(PADDING):
        raise FileRefused(code="file_trailing_data", name=name)
    _decode(memoryview(data)[:end], "PNG", MAX_PNG_MEGAPIXELS, name)


def _decode(data: memoryview, kind: str, megapixels: int, name: str) -> None:
    """Let Pillow read every byte. Its verify() passes a cut-off JPEG, so the picture is loaded as well."""
    try:
        with _FORMATS[kind](io.BytesIO(data)) as image:
            width, height = image.size
            bearable = width * height <= megapixels * 1_000_000 and max(width, height) <= MAX_SIDE
            if bearable:
                image.verify()
        if bearable:
            with _FORMATS[kind](io.BytesIO(data)) as image:
                if kind == "JPEG":
                    image.draft("RGB", (max(1, width // 8), max(1, height // 8)))
                image.load()
    except MemoryError:
        raise FileRefused(code="file_too_intricate", name=name) from None
    except Exception as error:  # a decoder fails in many ways, all of which mean the same here
        code = "file_truncated" if "truncated" in str(error) else "file_damaged"
        raise FileRefused(code=code, name=name) from None
    if not bearable:
        raise FileRefused(code="image_too_large", name=name, width=width, height=height, limit=megapixels)


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
