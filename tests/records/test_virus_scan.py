"""The virus scanner: what it finds is named, and whatever it does not say plainly is no permission."""

import io
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from made_files import pdf
from scanner import EICAR, FOUND, PROGRAM, clamd, pretended

from storage import virus_scan
from storage.errors import CheckUnavailable
from storage.virus_scan import answers, scan

needs_clamd = pytest.mark.skipif(PROGRAM is None, reason="clamd is not installed (Debian: clamav-daemon)")


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with clamd("StreamMaxLength 1M") as address:
        yield address


@needs_clamd
def test_it_names_what_it_finds_and_lets_the_rest_pass(real):
    assert answers(real)
    assert scan(real, io.BytesIO(pdf())) is None
    assert scan(real, io.BytesIO(EICAR)) == FOUND
    assert scan(real, io.BytesIO(pdf() + EICAR)) == FOUND


@needs_clamd
def test_a_file_is_read_from_its_beginning(real):
    file = io.BytesIO(EICAR + bytes(1000))
    file.seek(900)
    assert scan(real, file) == FOUND


@needs_clamd
@pytest.mark.parametrize("size", [1024**2 + 1, 30 * 1024**2])
def test_a_file_that_it_does_not_take_whole_is_not_taken_in(real, size, caplog):
    assert scan(real, io.BytesIO(bytes(1024**2))) is None
    with pytest.raises(CheckUnavailable):
        scan(real, io.BytesIO(bytes(size)))
    assert "INSTREAM size limit exceeded" in caplog.text


def reading(talk: socket.socket) -> bytes:
    """Read what a client sends, up to the empty chunk."""
    read = b""
    while not read.endswith(struct.pack(">I", 0)) and (part := talk.recv(65536)):
        read += part
    return read


def replying(answer: bytes):
    def behave(talk: socket.socket) -> None:
        reading(talk)
        talk.sendall(answer)

    return behave


def test_it_speaks_as_the_manual_says():
    heard = []

    def behave(talk: socket.socket) -> None:
        heard.append(reading(talk))
        talk.sendall(b"stream: ")
        talk.sendall(b"OK\0")

    with pretended(behave) as address:
        assert scan(address, io.BytesIO(b"content")) is None
    assert heard == [b"zINSTREAM\0" + struct.pack(">I", 7) + b"content" + struct.pack(">I", 0)]


@pytest.mark.parametrize(
    "answer",
    [b"", b"stream: O", b"OK but no\0", b"stream: Can't allocate memory ERROR\0", b"\xff\0", b"stream: \0", b"x" * 9000],
)
def test_any_other_answer_is_no_permission(answer):
    with pretended(replying(answer)) as address, pytest.raises(CheckUnavailable):
        scan(address, io.BytesIO(b"content"))


def test_one_that_hangs_up_or_says_nothing_is_no_permission(monkeypatch):
    monkeypatch.setattr(virus_scan, "ANSWER_SECONDS", 0.2)
    with pretended(lambda _: None) as address, pytest.raises(CheckUnavailable):
        scan(address, io.BytesIO(bytes(10_000_000)))
    with pretended(lambda _: time.sleep(1)) as address, pytest.raises(CheckUnavailable):
        scan(address, io.BytesIO(b"content"))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/no/such/socket", "no-such-host.invalid:3310"])
def test_one_that_is_away_is_no_permission(address):
    assert not answers(address)
    with pytest.raises(CheckUnavailable):
        scan(address, io.BytesIO(b"content"))
