"""PDFs with a watermark on each page: in the checking process only, because strangers wrote the files.

What a page shows becomes one form of its own, so that nothing it does to colours, clips or coordinates reaches the mark;
annotations are drawn into the page, else they would lie over it. Left out are signatures, which could only be broken,
and what no mark can be put on: files inside the PDF, thumbnails, private data of programs.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from storage.errors import FileRefused
from storage.watermark import ANGLE, places, scale_of, stamp_of

MOST_COPIED: Final = 64 * 1024 * 1024
"""Bytes of page content: pages that share one large stream would be as many copies."""

MOST_LEVELS: Final = 60
UNSEEN: Final = ("/AcroForm", "/Perms", "/Collection", "/AF", "/StructTreeRoot", "/MarkInfo", "/PieceInfo")
UNSEEN_OF_PAGE: Final = ("/Thumb", "/PieceInfo", "/AF", "/StructParents", "/AA")
EMPTY: Final = (0.0, 0.0, 612.0, 792.0)
"""What viewers take for a page that has no size."""

Box = tuple[float, float, float, float]


def pdf_with(file: BinaryIO, lines: Sequence[str]) -> bytes:
    """Return a PDF with the lines across each page. Raises FileRefused file_damaged and file_too_intricate."""
    try:
        with pikepdf.open(file) as pdf, pikepdf.open(io.BytesIO(stamp_of(lines))) as stamp:
            pdf.flatten_annotations("screen")
            Stamping(pdf, stamp).write()
            for key in UNSEEN:
                if key in pdf.Root:
                    del pdf.Root[key]
            names = pdf.Root.get("/Names")
            if isinstance(names, Dictionary) and "/EmbeddedFiles" in names:
                del names["/EmbeddedFiles"]
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError):
        raise FileRefused(code="file_damaged", name="") from None


class Stamping:
    """Lays one mark across the pages of a PDF."""

    def __init__(self, pdf: pikepdf.Pdf, stamp: pikepdf.Pdf) -> None:
        self.pdf, self.copied = pdf, 0
        page = stamp.pages[0]
        self.size = tuple(float(side) for side in page.mediabox.as_list()[2:])
        self.mark = pdf.copy_foreign(page.as_form_xobject())

    def write(self) -> None:
        """Lay it across each page."""
        for page in self.pdf.pages:
            self._page(page.obj)

    def _page(self, page: Dictionary) -> None:
        box = box_of(page)
        turn = int(inherited(page, "/Rotate") or 0) % 360
        forms = Dictionary(Mark=self.mark)
        content = b""
        original = self._original(page)
        if original is not None:
            forms.Page = original
            content = b"/Page Do\n"
        page.MediaBox, page.Rotate = Array([round(side, 4) for side in box]), turn
        for key in ("/CropBox", *UNSEEN_OF_PAGE):
            if key in page:
                del page[key]
        page.Resources = Dictionary(XObject=forms)
        page.Contents = Stream(self.pdf, content + self._marks(box, turn))
        notes = page.get("/Annots")
        if isinstance(notes, Array):  # what could still be drawn over the mark goes; links have nothing to draw
            page.Annots = Array([one for one in notes if isinstance(one, Dictionary) and is_link(one)])

    def _original(self, page: Dictionary) -> Stream | None:
        """Return what the page draws, as a form of its own."""
        found = page.get("/Contents")
        parts = list(found) if isinstance(found, Array) else [found]
        streams = [one for one in parts if isinstance(one, Stream)]
        if not streams:
            return None
        kept: dict[str, Any] = {}
        if len(streams) == 1:
            body = streams[0].read_raw_bytes()
            kept = {key: streams[0][key] for key in ("/Filter", "/DecodeParms") if key in streams[0]}
        else:
            body = b"\n".join(one.read_bytes() for one in streams)
        self.copied += len(body)
        if self.copied > MOST_COPIED:
            raise FileRefused(code="file_too_intricate", name="")
        form = Stream(self.pdf, body)
        for key, value in kept.items():
            form[key] = value
        form.Type, form.Subtype = Name.XObject, Name.Form
        form.BBox = Array([round(side, 4) for side in box_of(page)])
        resources = inherited(page, "/Resources")
        form.Resources = resources if isinstance(resources, Dictionary) else Dictionary()
        return form

    def _marks(self, box: Box, turn: int) -> bytes:
        left, bottom, right, top = box
        wide, high = right - left, top - bottom
        if turn in (90, 270):
            wide, high = high, wide
        upright = {
            90: (0, 1, -1, 0, right, bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, left, top),
        }.get(turn, (1, 0, 0, 1, left, bottom))
        scale = scale_of(wide, high)
        cos, sin = (scale * turned(math.radians(ANGLE)) for turned in (math.cos, math.sin))
        said = [b"q " + numbers(*upright) + b" cm"]
        for x, y in places(wide, high, *self.size):
            dx, dy = self.size[0] / 2, self.size[1] / 2
            at = (x - cos * dx + sin * dy, y - sin * dx - cos * dy)
            said.append(b"q " + numbers(cos, sin, -sin, cos, *at) + b" cm /Mark Do Q")
        return b"\n".join([*said, b"Q"])


def is_link(note: Dictionary) -> bool:
    """Tell whether an annotation is a link that shows nothing of itself."""
    return bool(note.get("/Subtype") == Name.Link) and "/AP" not in note


def inherited(page: Dictionary, key: str) -> Any:
    """Return an entry of a page, or of the branches of the page tree above it."""
    here: Any = page
    for _ in range(MOST_LEVELS):
        if not isinstance(here, Dictionary):
            return None
        if key in here:
            return here[key]
        here = here.get("/Parent")
    return None


def box_of(page: Dictionary) -> Box:
    """Return what is seen of a page, before it is turned: left, bottom, right, top."""
    media = sides(inherited(page, "/MediaBox")) or EMPTY
    crop = sides(inherited(page, "/CropBox")) or media
    seen = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    return seen if seen[0] < seen[2] and seen[1] < seen[3] else media


def sides(given: Any) -> Box | None:
    """Return the sides of a rectangle in order; None for one that is none."""
    if not isinstance(given, Array) or len(given) != 4:
        return None
    x, y, other_x, other_y = (float(side) for side in given.as_list())
    found = (min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y))
    sound = all(math.isfinite(side) and abs(side) < 1e6 for side in found)
    return found if sound and found[0] < found[2] and found[1] < found[3] else None


def numbers(*given: float) -> bytes:
    """Return numbers as a content stream has them."""
    return " ".join(f"{one:.5f}".rstrip("0").rstrip(".") for one in given).encode()
