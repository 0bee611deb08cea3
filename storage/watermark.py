"""Who looked and when, written across what is handed out: in the checking process only, because strangers wrote the files.

Light grey with a white edge, so that it is legible on white and on dark; from lower left to upper right of what the eye
sees, however a page is turned or cut. The original stays as it is.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from storage.errors import FileRefused
from storage.fonts import FOLDER, REGULAR

TEMPLATE: Final = FOLDER.parent / "watermark.typ"
ANGLE: Final = 30
"""Degrees, counter-clockwise."""

PAGE_SIDE: Final = 595
"""The shorter side of A4 in points: on it the letters are 15 points high, on other pages in proportion."""

LETTERS: Final = 15
MOST_LONGER: Final = 6
GAPS: Final = (64, 72)
"""Room between two marks, beside and above, in points of A4."""

GREY, EDGE = 0.2, 0.35
MOST_PIXELS: Final = 24_000_000
QUALITY: Final = 88


def picture_with(file: BinaryIO, media_type: str, lines: Sequence[str]) -> bytes:
    """Return a JPEG or PNG with the lines on it, upright and without what its camera wrote beside the picture.

    A JPEG of more than 24 million pixels is made smaller. Raises FileRefused file_damaged.
    """
    kind = "PNG" if media_type == "image/png" else "JPEG"
    try:
        picture = Image.open(file, formats=(kind,))
        profile = picture.info.get("icc_profile")
        if picture.width * picture.height > MOST_PIXELS:
            picture.draft("RGB", (picture.width // 2, picture.height // 2))
        clear = picture.has_transparency_data
        colours = profile if picture.mode in ("RGB", "RGBA", "P") else None  # it is one of the colours that it has now
        upright = ImageOps.exif_transpose(picture.convert("RGBA" if clear else "RGB"))
    except (OSError, ValueError, SyntaxError):
        raise FileRefused(code="file_damaged", name="") from None
    write_across(upright, lines)
    out = io.BytesIO()
    upright.info = {}
    more = {"quality": QUALITY} if kind == "JPEG" else {"compress_level": 4}
    upright.save(out, kind, icc_profile=colours, **more)
    return out.getvalue()


def write_across(picture: Image.Image, lines: Sequence[str]) -> None:
    """Write the lines across a picture, many times."""
    if not lines:
        return
    scale = scale_of(picture.width, picture.height)
    font = ImageFont.truetype(str(REGULAR), max(6, round(LETTERS * scale)))
    edge = max(1, round(scale))
    drawn = ImageDraw.Draw(Image.new("L", (1, 1)))
    box = drawn.multiline_textbbox((0, 0), "\n".join(lines), font, align="center", stroke_width=edge)
    size = (math.ceil(box[2] - box[0]), math.ceil(box[3] - box[1]))
    masks = []
    for width, strength in ((edge, EDGE), (0, GREY)):
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).multiline_text(
            (-box[0], -box[1]), "\n".join(lines), round(255 * strength), font, align="center", stroke_width=width
        )
        masks.append(mask.rotate(ANGLE, Image.Resampling.BICUBIC, expand=True))
    for colour, mask in zip(("white", "black"), masks, strict=True):
        for x, y in places(picture.width, picture.height, *(side / scale for side in size)):
            picture.paste(colour, (round(x - mask.width / 2), round(picture.height - y - mask.height / 2)), mask)


def scale_of(wide: float, high: float) -> float:
    """Return how much larger than on A4 the letters are; a long strip has larger ones than its width asks for."""
    return max(min(wide, high), max(wide, high) / MOST_LONGER) / PAGE_SIDE


def places(wide: float, high: float, mark_wide: float, mark_high: float) -> Iterator[tuple[float, float]]:
    """Yield where the middles of the marks lie on what is so wide and high, from its lower left; every other row between.

    Sizes of a mark are those on A4.
    """
    scale = scale_of(wide, high)
    step = (mark_wide * math.cos(math.radians(ANGLE)) + GAPS[0]) * scale
    rise = (mark_high + mark_wide * math.sin(math.radians(ANGLE)) * 0.4 + GAPS[1]) * scale
    for row in range(math.ceil(high / rise) + 1):
        for at in range(math.ceil(wide / step) + 2):
            yield (at - 0.5 * (row % 2)) * step, (row + 0.25) * rise


def stamp_of(lines: Sequence[str]) -> bytes:
    """Return a PDF of one page, as large as the lines, with the glyphs that they need in it."""
    import typst

    said = json.dumps({"lines": list(lines), "size": LETTERS, "grey": GREY, "edge": EDGE}, ensure_ascii=False)
    made: bytes = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FOLDER)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": said},
    )
    return made
