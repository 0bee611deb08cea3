"""Pages of files as pictures: which page, how wide, which way up; and what strangers wrote takes nobody along."""

import io

import pikepdf
import pytest
from PIL import Image

from storage.documents import Opened
from storage.errors import FileRefused
from storage.page_pictures import pages_of, picture_of
from storage.pages_of_files import MAX_PIXELS, MAX_SIDE

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"


class Reply:
    """What the store answers, without a store: the pages only read it."""

    def __init__(self, content: bytes) -> None:
        self.headers: dict[str, str] = {}
        self._file = io.BytesIO(content)

    def read(self, size=None) -> bytes:
        return self._file.read() if size is None else self._file.read(size)

    def close(self) -> None:
        """Nothing is held."""

    release_conn = close


def kept(content: bytes) -> Opened:
    return Opened(Reply(content))


def pdf(*sizes: tuple[int, int]) -> bytes:
    """A PDF with pages of these sizes in points."""
    out = io.BytesIO()
    with pikepdf.new() as document:
        for size in sizes:
            document.add_blank_page(page_size=size)
        document.save(out)
    return out.getvalue()


def photo(size: tuple[int, int], kind: str = "JPEG", colour=(200, 30, 30), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


def drawn(
    content: bytes, media_type: str = PDF, number: int = 1, width: int = 800, turn: int = 0
) -> Image.Image:
    return Image.open(io.BytesIO(picture_of(kept(content), media_type, number, width, turn)))


def test_a_pdf_has_its_pages_and_a_picture_has_one():
    assert pages_of(kept(pdf((595, 842), (842, 595), (595, 842))), PDF) == 3
    assert pages_of(kept(photo((40, 30))), JPEG) == 1


def test_a_page_is_drawn_as_wide_as_asked_for():
    assert drawn(pdf((600, 900))).size == (800, 1200)


def test_the_page_that_is_asked_for_is_drawn():
    assert drawn(pdf((600, 900), (900, 600)), number=2).size == (800, 534)


@pytest.mark.parametrize(("turn", "size"), [(90, (800, 400)), (180, (800, 1600)), (270, (800, 400))])
def test_a_page_is_turned(turn, size):
    assert drawn(pdf((600, 1200)), turn=turn).size == size


def test_a_picture_is_turned_clockwise():
    content = Image.new("RGB", (100, 50), "white")
    content.paste((255, 0, 0), (0, 0, 50, 50))
    out = io.BytesIO()
    content.save(out, "PNG")
    turned = drawn(out.getvalue(), PNG, turn=90)
    assert turned.size == (50, 100)
    assert turned.getpixel((25, 20))[1] < 60, "what was left is on top"
    assert turned.getpixel((25, 80))[1] > 200


def test_a_photograph_stands_as_its_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert drawn(photo((100, 50), exif=exif), JPEG).size == (50, 100)


def test_what_is_clear_is_white():
    assert min(drawn(photo((20, 20), "PNG", (0, 0, 0, 0)), PNG).getpixel((10, 10))) > 240


def test_a_huge_page_is_drawn_smaller_than_asked_for():
    picture = drawn(pdf((100, 14_000)), width=2400)
    assert max(picture.size) <= MAX_SIDE
    assert picture.width * picture.height <= MAX_PIXELS * 1.01


@pytest.mark.parametrize("corner", [0, 2000])
@pytest.mark.parametrize("inherited", [False, True])
def test_a_page_of_which_its_crop_box_leaves_nothing_is_shown_whole(corner, inherited):
    box, out = [corner, corner, corner + 900, corner + 300], io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(900, 300)).obj
        if inherited:
            del page["/MediaBox"]
        (document.Root.Pages if inherited else page).MediaBox = box
        page.CropBox = [corner + 1000, corner, corner + 1100, corner + 100]
        document.save(out)
    assert drawn(out.getvalue(), width=1200).size == (1200, 400)


@pytest.mark.parametrize("number", [0, 2, 10**9])
def test_a_page_that_is_not_there_is_said_so(number):
    for content, media_type in ((pdf((600, 900)), PDF), (photo((9, 9)), JPEG)):
        with pytest.raises(FileRefused) as refused:
            picture_of(kept(content), media_type, number, 800, 0)
        assert refused.value.code == "page_missing"


@pytest.mark.parametrize(
    ("content", "media_type"), [(b"%PDF-1.7 nothing", PDF), (b"\xff\xd8\xff", JPEG), (b"", PNG)]
)
def test_what_cannot_be_read_is_refused(content, media_type):
    with pytest.raises(FileRefused) as refused:
        picture_of(kept(content), media_type, 1, 800, 0)
    assert refused.value.code == "file_damaged"
