"""A virus scanner beside the house: clamd, asked over INSTREAM. Without an answer no file is taken in.

Written here, because the kept client for Python is GPL-2.0 and the protocol is four lines: the command, chunks with
their length, an empty chunk, and one answer (clamd(8)).
"""

import contextlib
import logging
import socket
import struct
from typing import BinaryIO, Final

from storage.errors import CheckUnavailable

CHUNK: Final = 64 * 1024
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 60.0
"""clamd's own limit for one scan is two minutes; a person does not wait so long."""

MOST_ANSWER: Final = 4096

log = logging.getLogger(__name__)


def scan(address: str, file: BinaryIO) -> str | None:
    """Let clamd read a file from its beginning; return the name of what it found, None when it is clean.

    `address` is host:port or the path of a Unix socket. Raises CheckUnavailable when clamd is away, too slow, answers
    an error, or takes no file of this size (StreamMaxLength in clamd.conf has to be at least what a form allows).
    """
    file.seek(0)
    answer = ""
    try:
        with contextlib.closing(_connect(address)) as talk:
            talk.settimeout(ANSWER_SECONDS)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it says why before it hangs up
                _send(talk, file)
            answer = _answer(talk)
    except OSError as error:
        log.error("the virus scanner at %s does not answer: %s", address, type(error).__name__)  # noqa: TRY400
        raise CheckUnavailable from error
    verdict = answer.removeprefix("stream: ")
    if verdict == "OK":
        return None
    if verdict.endswith(" FOUND"):
        return verdict.removesuffix(" FOUND")
    log.error("the virus scanner at %s refuses to scan: %s", address, answer[:200] or "no answer")
    raise CheckUnavailable


def answers(address: str) -> bool:
    """Tell whether clamd is there."""
    try:
        with contextlib.closing(_connect(address)) as talk:
            talk.settimeout(CONNECT_SECONDS)
            talk.sendall(b"zPING\0")
            return _answer(talk) == "PONG"
    except OSError:
        return False


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            talk.settimeout(CONNECT_SECONDS)
            talk.connect(address)
        except BaseException:
            talk.close()
            raise
        return talk
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS)


def _send(talk: socket.socket, file: BinaryIO) -> None:
    talk.sendall(b"zINSTREAM\0")
    while chunk := file.read(CHUNK):
        talk.sendall(struct.pack(">I", len(chunk)) + chunk)
    talk.sendall(struct.pack(">I", 0))


def _answer(talk: socket.socket) -> str:
    """Read one answer, which ends with a zero byte."""
    read = b""
    while not read.endswith(b"\0") and len(read) < MOST_ANSWER and (part := talk.recv(MOST_ANSWER)):
        read += part
    return read.rstrip(b"\0\n").decode("utf-8", "replace")
