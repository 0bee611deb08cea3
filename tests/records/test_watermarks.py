"""A copy with a watermark: on each page as the eye sees it, over whatever the file draws, and nothing left out from under it."""

import io
from typing import Any

import pikepdf
import pypdfium2
import pytest
from made_files import with_attachment
from PIL import Image, ImageChops
from test_pages_of_files import JPEG, PDF, PNG, kept, photo

from storage.errors import FileRefused
from storage.page_pictures import picture_of
from storage.watermarked_copies import watermarked

LINES = ["沈砚秋 yanqiu", "2026-11-28 22:41"]
BLACK = b"0 0 0 rg -5000 -5000 20000 20000 re f"


def document(*pages: dict[str, Any], content: bytes = BLACK, change=None) -> bytes:
    """A PDF with a black page for each set of entries."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for entries in pages:
            pdf.add_blank_page(page_size=(595, 842))
            page = pdf.pages[-1].obj
            page.Contents = pikepdf.Stream(pdf, content)
            for key, value in entries.items():
                page[f"/{key}"] = pikepdf.Array(value) if isinstance(value, list) else value
        if change is not None:
            change(pdf)
        pdf.save(out)
    return out.getvalue()


def copy_of(content: bytes, media_type: str = PDF, lines: list[str] = LINES) -> bytes:
    return watermarked(kept(content), media_type, lines)


def seen(content: bytes, number: int = 1) -> Image.Image:
    return Image.open(io.BytesIO(picture_of(kept(content), PDF, number, 800, 0))).convert("L")


def marked_parts(picture: Image.Image, ground: int) -> int:
    """How many of nine parts of a picture of one colour have something else on them."""
    wide, high = picture.width // 3, picture.height // 3
    plain = Image.new("L", (wide, high), ground)
    parts = [(x * wide, y * high, (x + 1) * wide, (y + 1) * high) for x in range(3) for y in range(3)]
    differences = [ImageChops.difference(picture.crop(part), plain).getextrema()[1] for part in parts]
    return sum(1 for one in differences if one > 25)


def leaning(picture: Image.Image) -> bool:
    """Tell whether the marks rise to the right: turned back by their angle, they fill fewer rows than turned on."""

    def rows(angle: float) -> int:
        turned = picture.resize((400, round(400 * picture.height / picture.width))).rotate(angle, expand=False)
        middle = turned.crop((100, turned.height // 4, 300, turned.height * 3 // 4))
        return sum(1 for y in range(middle.height) if middle.crop((0, y, 200, y + 1)).getextrema()[1] > 30)

    return rows(-30) < rows(30)


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90])
def test_a_turned_page_has_its_marks_the_right_way_up(turn: int) -> None:
    picture = seen(copy_of(document({"Rotate": turn})))
    assert (picture.width > picture.height) == (turn in (90, 270, -90))
    assert marked_parts(picture, 0) == 9
    assert leaning(picture)


@pytest.mark.parametrize(
    "entries",
    [
        {"CropBox": [100, 300, 500, 800]},
        {"MediaBox": [595, 842, 0, 0]},
        {"MediaBox": [-300, -400, 295, 442]},
        {"MediaBox": [0, 0, 3000, 400]},
        {"MediaBox": [0, 0, 0, 0]},
        {"CropBox": [100, 300, 500, 800], "Rotate": 90},
    ],
    ids=str,
)
def test_a_page_with_an_odd_box_looks_as_before_with_the_marks_on_it(entries: dict[str, Any]) -> None:
    before, after = seen(document(entries)), seen(copy_of(document(entries)))
    assert after.size == before.size
    assert marked_parts(after, 0) == 9


def test_the_marks_are_legible_on_white_and_on_dark() -> None:
    white = copy_of(document({}, content=b""))
    assert marked_parts(seen(white), 255) == 9
    assert seen(white).getextrema()[0] > 150, "light grey: what lies under it is still read"
    assert seen(copy_of(document({}))).getextrema()[1] > 60


def test_each_page_says_who_and_when_with_its_glyphs_in_the_file() -> None:
    made = copy_of(document({}, {"Rotate": 90}, {}))
    for page in pypdfium2.PdfDocument(made):
        text = page.get_textpage().get_text_bounded()
        assert "沈砚秋 yanqiu" in text
        assert "2026-11-28 22:41" in text
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (font,) = pdf.pages[0].resources["/XObject"]["/Mark"]["/Resources"]["/Font"].as_dict().values()
        described = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert "+NotoSansHans" in str(described["/FontName"]), "a subset"
        assert "/FontFile3" in described
    assert len(made) < 60_000


@pytest.mark.parametrize("content", [b"q q q 0 0 1 1 re W n " + BLACK, b"Q Q Q " + BLACK, b"1 0 0 1 9999 0 cm"], ids=str)
def test_what_a_page_leaves_behind_does_not_hide_the_marks(content: bytes) -> None:
    made = copy_of(document({}, content=content))
    assert marked_parts(seen(made), seen(document({}, content=content)).getpixel((0, 0))) == 9


def test_an_annotation_over_the_whole_page_lies_under_the_marks() -> None:
    def cover(pdf: pikepdf.Pdf) -> None:
        drawn = pikepdf.Stream(pdf, b"0 0 0 rg 0 0 595 842 re f")
        drawn.Type, drawn.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        drawn.BBox = pikepdf.Array([0, 0, 595, 842])
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[0, 0, 595, 842], F=4, AP=pikepdf.Dictionary(N=drawn)
        )
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])

    given = document({}, content=b"", change=cover)
    assert seen(given).getextrema()[1] < 20
    picture = seen(copy_of(given))
    assert marked_parts(picture, 0) == 9
    assert sum(picture.histogram()[:40]) > picture.width * picture.height / 2, "what it shows is still there"


def test_files_inside_a_pdf_are_left_out_of_the_copy() -> None:
    given = document({}, change=with_attachment)
    with pikepdf.open(io.BytesIO(given)) as pdf:
        assert list(pdf.attachments) == ["list.txt"]
    with pikepdf.open(io.BytesIO(copy_of(given))) as pdf:
        assert list(pdf.attachments) == []
        assert not any(
            isinstance(one, pikepdf.Stream) and one.get("/Type") == "/EmbeddedFile" for one in pdf.objects
        )


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", JPEG), ("PNG", PNG)])
@pytest.mark.parametrize("ground", [0, 255])
def test_a_picture_has_the_marks_and_stays_what_it_was(kind: str, media_type: str, ground: int) -> None:
    made = Image.open(io.BytesIO(copy_of(photo((900, 600), kind, (ground, ground, ground)), media_type)))
    assert (made.format, made.size) == (kind, (900, 600))
    assert marked_parts(made.convert("L"), ground) == 9


def test_a_photograph_comes_upright_and_without_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "the maker of the camera"
    made = Image.open(io.BytesIO(copy_of(photo((900, 600), exif=exif), JPEG)))
    assert made.size == (600, 900)
    assert dict(made.getexif()) == {}


def test_a_picture_stays_clear_where_it_was() -> None:
    made = Image.open(io.BytesIO(copy_of(photo((300, 300), "PNG", (0, 0, 0, 0)), PNG)))
    assert made.mode == "RGBA"


def test_a_drawn_page_has_the_marks_too() -> None:
    drawn = Image.open(io.BytesIO(picture_of(kept(document({})), PDF, 1, 800, 90, LINES))).convert("L")
    assert marked_parts(drawn, 0) == 9
    assert leaning(drawn), "written after it was turned"
    assert marked_parts(seen(document({})), 0) == 0


def test_a_name_is_set_as_it_stands_and_never_run() -> None:
    made = copy_of(document({}), lines=['#panic("x") $ *a* \\ @b', "2026-11-28"])
    assert '#panic("x") $ *a*' in pypdfium2.PdfDocument(made)[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize(
    ("content", "media_type"), [(b"%PDF-1.7 nothing", PDF), (b"\xff\xd8\xff", JPEG), (b"", PNG), (b"GIF89a", "")]
)
def test_what_cannot_be_marked_is_refused(content: bytes, media_type: str) -> None:
    with pytest.raises(FileRefused):
        copy_of(content, media_type)


def test_pages_that_share_one_large_stream_are_refused() -> None:
    def share(pdf: pikepdf.Pdf) -> None:
        large = pdf.make_indirect(pikepdf.Stream(pdf, b"% " + b"x" * 3_000_000))
        for page in pdf.pages:
            page.obj.Contents = pikepdf.Array([large, large])

    with pytest.raises(FileRefused) as refused:
        copy_of(document(*[{}] * 40, change=share))
    assert refused.value.code == "file_too_intricate"
