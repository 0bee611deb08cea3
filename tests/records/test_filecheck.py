"""Which files are taken in: every refusal with its own reason, told by the content and the whole of it."""

import io
import subprocess
import sys

import pikepdf
import pytest
from made_files import (
    action,
    image,
    in_annotation,
    in_names,
    jpeg_claiming,
    no_page,
    owner_password,
    packed_bomb,
    pdf,
    png_claiming,
    user_password,
    with_attachment,
    with_link,
    without_types,
    word_table,
    zip_of,
)
from PIL import Image

from storage.errors import FileRefused
from storage.filecheck import (
    MEDIA_TYPES,
    SENTENCES,
    Checked,
    check_file,
    check_path,
    kind_of,
    size_of_text,
    size_text,
)

ALL = set(MEDIA_TYPES)
LIMIT = 20 * 1024 * 1024


PLAIN = pdf()
PACKED = pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate)
LINEAR = pdf(linearize=True)
JPEG = image("JPEG")
PROGRESSIVE = image("JPEG", progressive=True)
PNG = image("PNG")

ACCEPTED = {
    "a PDF": (PLAIN, "pdf"),
    "a PDF with packed objects": (PACKED, "pdf"),
    "a linear PDF": (LINEAR, "pdf"),
    "a PDF with a link": (pdf(with_link), "pdf"),
    "a PDF as Word writes it": (word_table(pdf(qdf=True)), "pdf"),
    "a PDF with a sloppy page": (pdf(without_types), "pdf"),
    "a PDF with a line break at its end": (PLAIN + b"\r\n\r\n", "pdf"),
    "a PDF with an attachment": (pdf(with_attachment), "pdf"),
    "a JPEG": (JPEG, "jpg"),
    "a progressive JPEG": (PROGRESSIVE, "jpg"),
    "a grey JPEG": (image("JPEG", quality=5), "jpg"),
    "a JPEG with a thumbnail": (image("JPEG", exif=b"Exif\0\0" + image("JPEG", (16, 16))), "jpg"),
    "a JPEG padded with zeros": (JPEG + bytes(64), "jpg"),
    "a PNG": (PNG, "png"),
    "a PNG with a palette": (image("PNG", optimize=True), "png"),
}

REFUSED = {
    "nothing": (b"", "file_empty"),
    "a user password": (user_password(), "file_encrypted"),
    "an owner password": (owner_password(), "file_encrypted"),
    "half a PDF": (PLAIN[: len(PLAIN) // 2], "file_truncated"),
    "a PDF without its last bytes": (PLAIN[:-6], "file_truncated"),
    "a packed PDF cut off": (PACKED[: len(PACKED) * 2 // 3], "file_truncated"),
    "a linear PDF cut off": (LINEAR[: len(LINEAR) * 2 // 3], "file_truncated"),
    "an encrypted PDF cut off": (user_password()[:-200], "file_truncated"),
    "a PDF head only": (b"%PDF-1.7\n", "file_truncated"),
    "a PDF of zeros": (b"%PDF-1.7\n" + bytes(5000), "file_truncated"),
    "a PDF with a wrong table": (PLAIN.replace(b"0000000015", b"0000000099"), "file_damaged"),
    "a PDF without a page": (pdf(no_page), "file_damaged"),
    "a PDF with an archive behind it": (PLAIN + zip_of(["a.exe"]), "file_trailing_data"),
    "JavaScript on opening": (
        pdf(action(S=pikepdf.Name.JavaScript, JS=pikepdf.String("x"))),
        "file_active_content",
    ),
    "a program on opening": (
        pdf(action(S=pikepdf.Name.Launch, F=pikepdf.String("x"))),
        "file_active_content",
    ),
    "JavaScript among the names": (pdf(in_names), "file_active_content"),
    "JavaScript in a packed object": (
        pdf(in_names, object_stream_mode=pikepdf.ObjectStreamMode.generate),
        "file_active_content",
    ),
    "a program behind a link": (pdf(in_annotation), "file_active_content"),
    "a form that sends itself": (pdf(action(S=pikepdf.Name.SubmitForm)), "file_active_content"),
    "a chained script": (
        pdf(action(S=pikepdf.Name.GoTo, Next=[pikepdf.Dictionary(S=pikepdf.Name.JavaScript)])),
        "file_active_content",
    ),
    "an escaped name": (
        pdf(action(S=pikepdf.Name("/Lxxxunch"))).replace(b"/Lxxxunch", b"/L#61unch"),
        "file_active_content",
    ),
    "half a JPEG": (JPEG[: len(JPEG) // 2], "file_truncated"),
    "a JPEG without its end": (JPEG[:-2], "file_truncated"),
    "half a JPEG with an end": (
        JPEG[: len(JPEG) * 9 // 10][: JPEG.index(b"\xff\xda")] + b"\xff\xd9",
        "file_damaged",
    ),
    "half a progressive JPEG": (PROGRESSIVE[: len(PROGRESSIVE) // 2], "file_truncated"),
    "a JPEG with an archive behind it": (JPEG + zip_of(["a.exe"]), "file_trailing_data"),
    "two JPEGs in a row": (JPEG + JPEG, "file_trailing_data"),
    "half a PNG": (PNG[: len(PNG) // 2], "file_truncated"),
    "a PNG without its last chunk": (PNG[:-12], "file_truncated"),
    "a PNG with a script behind it": (PNG + b"<script>alert(1)</script>", "file_trailing_data"),
    "a PNG with a wrong sum": (PNG[:-20] + b"\0\1\2\3" + PNG[-16:], "file_damaged"),
    "a PNG bomb": (png_claiming(30_000, 30_000), "image_too_large"),
    "a narrow PNG bomb": (png_claiming(1_000_000, 3), "image_too_large"),
    "a JPEG bomb": (jpeg_claiming(65_000, 65_000), "image_too_large"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "file_type_mismatch"),
    "SVG with a prologue": (b'<?xml version="1.0"?>\n<!-- x -->\n<svg/>', "file_type_mismatch"),
    "HTML": (b"<!DOCTYPE html><html></html>", "file_type_mismatch"),
    "HTML with a PDF inside": (b"<html>" + PLAIN, "file_type_mismatch"),
    "a GIF": (b"GIF89a" + bytes(50), "file_type_mismatch"),
    "a picture of a phone": (b"\0\0\0\x18ftypheic" + bytes(50), "file_type_mismatch"),
    "a document": (zip_of(["word/document.xml"]), "file_type_mismatch"),
    "a program": (b"MZ" + bytes(100), "file_type_mismatch"),
    "a text": ("一段文字".encode(), "file_type_mismatch"),
    "one byte": (b"%", "file_type_mismatch"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name):
    data, kind = ACCEPTED[name]
    checked = check_file(data, "any name", ALL, LIMIT)
    assert checked == Checked(MEDIA_TYPES[kind], kind, len(data), embedded=1 if "attachment" in name else 0)


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_for_its_reason(name, tmp_path):
    data, code = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        check_file(data, "name.pdf", ALL, LIMIT)
    assert refused.value.code == code
    assert SENTENCES[code].format(**refused.value.params)
    path = tmp_path / "name.pdf"
    path.write_bytes(data)
    status, line = check_path(path, "pdf,jpg,png", "20MiB")
    assert (status, line.count("\n")) == (1, 0)
    assert "refused" in line


@pytest.mark.parametrize(
    "data",
    [PLAIN, PACKED, LINEAR, JPEG, PROGRESSIVE, PNG],
    ids=["plain", "packed", "linear", "jpeg", "progressive", "png"],
)
def test_no_prefix_of_a_file_is_accepted(data):
    for cut in {*range(1, len(data), max(1, len(data) // 60)), *range(len(data) - 8, len(data))}:
        prefix = data[:cut].rstrip(b"\n\r ")
        if data.startswith(prefix) and data.rstrip(b"\n\r ") == prefix:
            continue
        with pytest.raises(FileRefused):
            check_file(prefix, "x", ALL, LIMIT)


def test_the_type_is_told_by_the_content_not_by_the_name():
    assert check_file(PLAIN, "picture.jpg", {"pdf"}, LIMIT).kind == "pdf"
    with pytest.raises(FileRefused) as refused:
        check_file(PNG, "scan.pdf", {"pdf", "jpg"}, LIMIT)
    assert refused.value.params == {"name": "scan.pdf", "found": "PNG", "allowed": "JPG, PDF"}
    assert check_file(JPEG, "x", {"JPEG"}, LIMIT).kind == "jpg"


def test_the_limit_is_inclusive():
    assert check_file(PLAIN, "x", ALL, len(PLAIN)).size == len(PLAIN)
    with pytest.raises(FileRefused) as refused:
        check_file(PLAIN, "x", ALL, len(PLAIN) - 1)
    assert refused.value.code == "file_too_large"


@pytest.mark.parametrize("padding", [b"\n", b" ", b"\0"])
def test_a_pdf_padded_to_the_limit_is_whole(padding):
    limit = 20 * 1024 * 1024
    padded = pdf() + padding * (limit - len(pdf()))
    assert check_file(padded, "scan.pdf", {"pdf"}, limit).size == limit
    with pytest.raises(FileRefused) as refused:
        check_file(padded[:-2] + b"PK", "scan.pdf", {"pdf"}, limit)
    assert refused.value.code in ("file_trailing_data", "file_truncated")


def test_an_open_file_is_read_from_its_beginning_and_stays_open():
    file = io.BytesIO(PLAIN)
    file.seek(50)
    check_file(file, "x", ALL, LIMIT)
    assert not file.closed


CHECK_AND_MEASURE = """
import sys
from pathlib import Path
from storage.filecheck import check_path
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
before = peak()
print(check_path(sys.argv[1], "pdf,jpg,png", "20MiB")[0], peak() - before)
"""


def status_and_megabytes(file) -> tuple[int, int]:
    """Check a file in a process of its own; return the exit code and by how much its memory grew at most."""
    command = [sys.executable, "-c", CHECK_AND_MEASURE, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    status, megabytes = map(int, done.stdout.split())
    return status, megabytes


def test_a_packed_bomb_is_stopped_before_it_fills_the_memory(tmp_path):
    file = tmp_path / "bomb.pdf"
    file.write_bytes(packed_bomb(1_000))
    assert status_and_megabytes(file)[0] == 0
    file.write_bytes(packed_bomb(250_000_000))
    status, megabytes = status_and_megabytes(file)
    assert status == 1
    assert megabytes < 220  # the limit of one stream is 96 MiB


def test_a_large_scan_is_accepted_in_little_memory(tmp_path):
    """A3 at 600 dpi: 70 million pixels, 209 MB when decoded whole."""
    file = tmp_path / "scan.jpg"
    Image.new("RGB", (7016, 9933), "white").save(file, "JPEG")
    status, megabytes = status_and_megabytes(file)
    assert status == 0
    assert megabytes < 60


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20MiB", 20 << 20),
        ("20M", 20 << 20),
        ("20 mb", 20 << 20),
        ("512k", 512 << 10),
        ("1GiB", 1 << 30),
        ("77", 77),
    ],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert size_of_text(text) == size


@pytest.mark.parametrize("text", ["", "big", "-1", "20TiB", "1.5M", "20 Mi B"])
def test_what_is_no_size_is_refused(text, tmp_path):
    with pytest.raises(ValueError, match="size"):
        size_of_text(text)


def test_sizes_are_written_for_people():
    assert [size_text(size) for size in (7, 2048, 20 << 20, 1_600_000)] == [
        "7 bytes",
        "2 KiB",
        "20 MiB",
        "1.5 MiB",
    ]


def test_the_command_line_gets_an_exit_code_and_one_line(tmp_path):
    path = tmp_path / "a file\nwith a line break.pdf"
    path.write_bytes(PLAIN)
    status, line = check_path(path, "pdf,jpg", "20MiB")
    assert status == 0
    assert line.endswith("accepted: application/pdf, " + size_text(len(PLAIN)))
    assert "\n" not in line
    assert check_path(path, "exe", "20MiB")[0] == 2
    assert check_path(path, "", "20MiB")[0] == 2
    assert check_path(path, "pdf", "large")[0] == 2
    assert check_path(tmp_path / "none.pdf", "pdf", "1M")[0] == 2
    assert check_path(tmp_path, "pdf", "1M")[0] == 2


def test_kinds_have_names():
    assert kind_of(b"RIFF\0\0\0\0WEBPVP8 ") == "webp"
    assert kind_of(b"") == "unknown"
