"""Small sound files that say of themselves that they are invented."""

import io

import pikepdf
from PIL import Image, ImageDraw

A4 = (595, 842)


def pdf(title: str, *lines: str) -> bytes:
    """Return a PDF of one page with a few lines of Latin text."""
    said = [f"BT /F1 20 Tf 72 760 Td ({_escaped(title)}) Tj ET"]
    said += [
        f"BT /F1 12 Tf 72 {720 - 20 * index} Td ({_escaped(line)}) Tj ET" for index, line in enumerate(lines)
    ]
    out = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=A4)
        page = document.pages[0]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream("\n".join(said).encode("ascii", "replace"))
        document.save(out)
    return out.getvalue()


def picture(title: str, *lines: str) -> bytes:
    """Return a PNG that looks like a screenshot of a bank's page."""
    image = Image.new("RGB", (640, 360), (250, 248, 243))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 640, 56), fill=(38, 70, 83))
    draw.text((24, 20), title, fill=(255, 255, 255))
    for index, line in enumerate(lines):
        draw.text((24, 90 + 28 * index), line, fill=(40, 40, 40))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
