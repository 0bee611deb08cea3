"""Small real files for scenarios, made by their ending."""

import io
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

import pikepdf
from PIL import Image


def _pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(out, static_id=True)
    return out.getvalue()


def _image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (250, 248, 243)).save(out, kind)
    return out.getvalue()


MAKERS: Final[Mapping[str, Callable[[], bytes]]] = {
    ".pdf": _pdf,
    ".jpg": lambda: _image("JPEG"),
    ".png": lambda: _image("PNG"),
}


def sample_file(name: str) -> bytes:
    """Return a small sound file for a name; an ending that is not known gives bytes that are no document."""
    make = MAKERS.get(PurePosixPath(name).suffix.lower())
    return make() if make else b"PK\x03\x04 neither a document nor a picture\n" * 8
