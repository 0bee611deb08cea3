"""Photographs of phones: what they announce and append is accepted, and everything else behind a picture is not."""

import io
import struct

import pytest
from made_files import image, zip_of
from PIL import Image

from storage.errors import FileRefused
from storage.filecheck import check_file

PHOTO = image("JPEG")
SMALL = image("JPEG", (80, 60))
MPF = b"MPF\0MM\0*\0\0\0\x08\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>%s</x:xmpmeta>"
GAIN_MAP = b'<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/"/> hdrgm:Version="1.0"'
MOTION = b'GCamera:MotionPhoto="1"'
FILM = struct.pack(">I", 24) + b"ftypmp42\0\0\0\0mp42isom" + struct.pack(">I", 1008) + b"mdat" + bytes(1000)


def with_segment(marker: int, content: bytes, photo: bytes = PHOTO) -> bytes:
    return photo[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + photo[2:]


def several() -> bytes:
    """Three pictures with a full index, as a camera writes them."""
    out = io.BytesIO()
    pictures = [Image.linear_gradient("L").resize((200 + number, 100)).convert("RGB") for number in range(3)]
    pictures[0].save(out, "MPO", save_all=True, append_images=pictures[1:])
    return out.getvalue()


HDR = with_segment(0xE2, MPF)
ULTRA = with_segment(0xE1, XMP % GAIN_MAP)
LIVE = with_segment(0xE1, XMP % MOTION)
LIVE_AND_HDR = with_segment(0xE2, MPF, LIVE)


def samsung(*blocks: bytes, gap: bytes = b"") -> bytes:
    """The notes that a Samsung camera puts behind every picture."""
    directory = struct.pack("<4sII", b"SEFH", 107, len(blocks))
    distance = sum(map(len, blocks)) + len(gap)
    for block in blocks:
        directory += struct.pack("<HHII", 0, 0x0A01, distance, len(block))
        distance -= len(block)
    return b"".join(blocks) + gap + directory + struct.pack("<I4s", len(directory), b"SEFT")


NOTE = struct.pack("<HHI", 0, 0x0A01, 14) + b"Image_UTC_Data1750000000000"
MOTION_NOTE = struct.pack("<HHI", 0, 0x0A30, 16) + b"MotionPhoto_Data" + FILM

ACCEPTED = {
    "HDR: a second picture": (HDR + SMALL, 1),
    "an index with offsets": (several(), 2),
    "HDR with padding between": (HDR + bytes(300) + SMALL + bytes(20), 1),
    "a portrait with two more": (HDR + SMALL + SMALL, 2),
    "a gain map": (ULTRA + SMALL, 1),
    "a motion photo": (LIVE + FILM, 1),
    "a motion photo padded": (LIVE + bytes(100) + FILM, 1),
    "a motion photo whose film begins with a box of 32 bytes": (
        LIVE + struct.pack(">I", 32) + b"ftyp" + bytes(24) + FILM[24:], 1
    ),
    "HDR and motion": (LIVE_AND_HDR + SMALL + FILM, 2),
    "notes of a camera": (PHOTO + samsung(NOTE), 0),
    "two notes": (PHOTO + samsung(NOTE, NOTE), 0),
    "notes with a film": (PHOTO + samsung(NOTE, MOTION_NOTE), 1),
    "HDR and notes": (HDR + SMALL + samsung(NOTE), 1),
    "a photograph that announces and appends nothing": (LIVE_AND_HDR, 0),
}  # fmt: skip

REFUSED = {
    "a picture that nothing announces": PHOTO + SMALL,
    "a film that nothing announces": PHOTO + FILM,
    "a film where pictures are announced": HDR + FILM,
    "an archive behind HDR": HDR + SMALL + zip_of(["a.exe"]),
    "an archive before the second picture": HDR + zip_of(["a.exe"]) + SMALL,
    "a page behind a motion photo": LIVE + FILM + b"<script>alert(1)</script>",
    "an archive in the place of the film": LIVE + zip_of(["a.exe"]),
    "a film that is cut off": LIVE + FILM[:-1],
    "a second picture that is cut off": HDR + SMALL[:-200],
    "notes with a gap": PHOTO + samsung(NOTE, gap=zip_of(["a.exe"])),
    "an archive before the notes": PHOTO + zip_of(["a.exe"]) + samsung(NOTE),
    "notes that reach into the picture": PHOTO + struct.pack("<4sII", b"SEFH", 107, 1)
    + struct.pack("<HHII", 0, 1, 500, 500) + struct.pack("<I4s", 24, b"SEFT"),
    "notes that count too much": PHOTO + struct.pack("<4sII", b"SEFH", 107, 2**31) + struct.pack("<I4s", 12, b"SEFT"),
    "more pictures than any phone appends": HDR + SMALL * 40,
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_a_phone_makes_is_accepted_and_counted(name):
    data, parts = ACCEPTED[name]
    checked = check_file(data, "照片.jpg", {"jpg"}, len(data))
    assert (checked.embedded, checked.size) == (parts, len(data))


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_else_lies_behind_a_picture_is_refused(name):
    with pytest.raises(FileRefused) as refused:
        check_file(REFUSED[name], "照片.jpg", {"jpg"}, 10**7)
    assert refused.value.code == "file_trailing_data"


def test_a_broken_second_picture_is_refused():
    broken = SMALL[: SMALL.index(b"\xff\xda")] + b"\xff\xd9"
    with pytest.raises(FileRefused) as refused:
        check_file(HDR + broken, "照片.jpg", {"jpg"}, 10**7)
    assert refused.value.code == "file_damaged"


def test_a_bomb_as_second_picture_is_refused():
    bomb = bytearray(SMALL)
    at = bomb.index(b"\xff\xc0") + 5
    bomb[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    with pytest.raises(FileRefused) as refused:
        check_file(HDR + bytes(bomb), "照片.jpg", {"jpg"}, 10**7)
    assert refused.value.code == "image_too_large"
