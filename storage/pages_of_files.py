"""Pages of PDFs and pictures, drawn for the eye: in the checking process only, because strangers wrote the files."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import BinaryIO, Final, cast

import pypdfium2
from PIL import Image, ImageOps
from pypdfium2 import PdfiumError

from storage.errors import FileRefused
from storage.watermark import write_across

MAX_SIDE: Final = 4000
MAX_PIXELS: Final = 12_000_000
QUALITY: Final = 85
TURNS: Final = (0, 90, 180, 270)
EVERYTHING: Final = (-1e6, -1e6, 1e6, 1e6)
"""A box around every page: what is drawn of it is the MediaBox, an inherited one too."""


def count_pages(file: BinaryIO, media_type: str) -> int:
    """Return how many pages a file has; a picture is one. Raises FileRefused file_damaged."""
    if media_type != "application/pdf":
        return 1
    try:
        with pypdfium2.PdfDocument(file.read()) as pdf:
            return len(pdf)
    except PdfiumError:
        raise FileRefused(code="file_damaged", name="") from None


def draw_page(
    file: BinaryIO, media_type: str, number: int, width: int, turn: int, lines: Sequence[str] = ()
) -> bytes:
    """Return page `number` (from 1) as a JPEG, about `width` pixels wide, turned clockwise by 0, 90, 180 or 270 degrees.

    `lines` are written across it as a watermark.
    Raises FileRefused page_missing and file_damaged.
    """
    picture = (
        _of_pdf(file, number, width, turn) if media_type == "application/pdf" else _of_picture(file, number)
    )
    if media_type != "application/pdf":
        picture = _fitting(picture.rotate(-turn, expand=True) if turn else picture, width)
    picture, out = picture.convert("RGB"), io.BytesIO()
    write_across(picture, lines)
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _of_pdf(file: BinaryIO, number: int, width: int, turn: int) -> Image.Image:
    try:
        with pypdfium2.PdfDocument(file.read()) as pdf:
            if not 1 <= number <= len(pdf):
                raise FileRefused(code="page_missing", name="", number=number)
            pdf.init_forms()
            page = _with_something_to_see(pdf, number - 1)
            wide, high = page.get_size()
            if turn in (90, 270):
                wide, high = high, wide
            scale = _bounded(width / max(wide, 1.0), wide, high)
            return cast("Image.Image", page.render(scale=scale, rotation=turn).to_pil())
    except PdfiumError:
        raise FileRefused(code="file_damaged", name="") from None


def _with_something_to_see(pdf: pypdfium2.PdfDocument, index: int) -> pypdfium2.PdfPage:
    """Return a page; one whose CropBox leaves nothing of it is shown whole, as viewers do."""
    page = pdf[index]
    if min(page.get_size()) > 0:
        return page
    page.set_cropbox(*EVERYTHING)
    page.close()
    return pdf[index]


def _of_picture(file: BinaryIO, number: int) -> Image.Image:
    if number != 1:
        raise FileRefused(code="page_missing", name="", number=number)
    try:
        picture = Image.open(file, formats=("JPEG", "PNG"))
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
        return _on_white(ImageOps.exif_transpose(picture))
    except (OSError, ValueError, SyntaxError):
        raise FileRefused(code="file_damaged", name="") from None


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.convert("RGBA").getchannel("A"))
    return page


def _fitting(picture: Image.Image, width: int) -> Image.Image:
    scale = min(1.0, _bounded(width / picture.width, picture.width, picture.height))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.BILINEAR)


def _bounded(scale: float, wide: float, high: float) -> float:
    """Return the scale, smaller where a side or the area would be more than is drawn."""
    most = min(MAX_SIDE / max(wide, high, 1.0), math.sqrt(MAX_PIXELS / max(wide * high, 1.0)))
    return min(scale, most)
