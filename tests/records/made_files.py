"""Good and hostile files, made on the spot."""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image


def pdf(change=None, **save) -> bytes:
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    if change is not None:
        change(document)
    document.save(out, **save)
    return out.getvalue()


def image(kind: str, size=(300, 200), **save) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **save)
    return out.getvalue()


def action(**entries):
    def change(document) -> None:
        document.Root.OpenAction = pikepdf.Dictionary(**entries)

    return change


def in_names(document) -> None:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[pikepdf.String("a"), script]))


def in_annotation(document) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
                              A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe")))  # fmt: skip
    document.pages[0].Annots = document.make_indirect(pikepdf.Array([link]))


def with_attachment(document) -> None:
    document.attachments["list.txt"] = b"a list"


def without_types(document) -> None:
    del document.pages[0].obj["/Type"]
    del document.pages[0].obj["/Resources"]


def word_table(data: bytes) -> bytes:
    """Let the table name an object that is free at offset 0, as Microsoft Word does."""
    at = data.index(b"xref\n0 ")
    end = data.index(b"trailer", at)
    lines = data[at:end].split(b"\n")
    count = int(lines[1].split()[1])
    lines[1] = b"0 %d" % (count + 1)
    lines.insert(-1, b"0000000000 00000 n ")
    return data[:at] + b"\n".join(lines) + data[end:].replace(b"/Size %d" % count, b"/Size %d" % (count + 1))


def with_link(document) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
                              A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.org")))  # fmt: skip
    document.pages[0].Annots = pikepdf.Array([link])


def no_page(document) -> None:
    del document.pages[0]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    data = bytearray(image("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def zip_of(names: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def owner_password() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user="", allow=pikepdf.Permissions(extract=False)))


def user_password() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user="user"))


def packed_bomb(unpacked: int) -> bytes:
    """A PDF with an object stream of some hundred kilobytes that unpacks to so many bytes."""
    body = zlib.compress(b"10 0 << /A (" + b"x" * unpacked + b") >>", 1)
    stream = b"<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>\nstream\n" % len(body)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /X 10 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        stream + body + b"\nendstream",
    ]
    out = b"%PDF-1.7\n"
    entries = b"\0\0\0\0\xff"
    for number, content in enumerate(objects, 1):
        entries += b"\1" + struct.pack(">I", len(out))[1:] + b"\0"
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    entries += b"\0\0\0\0\0" * 5 + b"\2\0\0\4\0" + b"\1" + struct.pack(">I", len(out))[1:] + b"\0"
    table = b"11 0 obj\n<< /Type /XRef /Size 12 /W [1 3 1] /Root 1 0 R /Length %d >>\nstream\n" % len(entries)
    return out + table + entries + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(out)
