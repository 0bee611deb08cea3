"""The program that reads files apart: it has the parsers loaded, and forks a process for each file.

Started by storage/check_process.py with one end of a socket as its standard input. A request is one packet: limits as
JSON, and two open files, the one to read and one to answer to; an answer is one line of JSON, and bytes. It ends when the socket is closed. Nothing of the house
is in it: no setting, no key, no connection.
"""

import json
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from storage import image_files, pdf_files  # noqa: F401 - loaded before the fork, once
from storage.check_process import BEGUN
from storage.errors import FileRefused
from storage.filecheck import Checked, check_file
from storage.pages_of_files import count_pages, draw_page
from storage.spreadsheets import cells_in
from storage.watermark import picture_with
from storage.watermarked_pdf import pdf_with

MOST_REQUEST: Final = 4096
Answer = tuple[dict[str, Any], bytes]


def serve() -> None:
    """Fork a process for each request until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # that is for whoever started this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes
    control = socket.socket(fileno=0)
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, MOST_REQUEST, 2)
        if not request:
            return
        if os.fork() == 0:
            control.close()
            answer_one(json.loads(request), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def answer_one(request: dict[str, Any], given: int, reply: int) -> None:
    """Do what is asked with one file, answer, and end this process."""
    os.write(reply, BEGUN)
    try:
        limit(request["memory_bytes"], request["cpu_seconds"], request["clock_seconds"])
        said, rest = work(request, given)
        with os.fdopen(reply, "wb") as out:
            out.write(json.dumps({**said, "bytes": len(rest)}).encode() + b"\n" + rest)
    finally:
        os._exit(0)


def work(request: dict[str, Any], given: int) -> Answer:
    """Return what is said about a file, as plain values, and the bytes that were made of it."""
    try:
        with os.fdopen(given, "rb") as file:
            file.seek(0)
            return WORKS[request["work"]](request, file)
    except FileRefused as refused:
        return {"refused": refused.code, "params": dict(refused.params)}, b""
    except MemoryError:
        return {"refused": "file_too_intricate", "params": {}}, b""


def check(request: dict[str, Any], file: BinaryIO) -> Answer:
    """Judge a file that comes in."""
    checked = check_file(file, "", set(request["types"]), request["max_bytes"])
    return {"checked": {field: getattr(checked, field) for field in Checked.__slots__}}, b""


def pages(request: dict[str, Any], file: BinaryIO) -> Answer:
    """Count the pages of a file."""
    return {"pages": count_pages(file, request["media_type"])}, b""


def page(request: dict[str, Any], file: BinaryIO) -> Answer:
    """Draw one page of a file, with lines across it where there are any."""
    wanted = (request["number"], request["width"], request["turn"], request["lines"])
    return {}, draw_page(file, request["media_type"], *wanted)


def watermark(request: dict[str, Any], file: BinaryIO) -> Answer:
    """Copy a file with lines across it."""
    lines, media_type = request["lines"], request["media_type"]
    if media_type == "application/pdf":
        return {}, pdf_with(file, lines)
    return {}, picture_with(file, media_type, lines)


def table(request: dict[str, Any], file: BinaryIO) -> Answer:  # noqa: ARG001 - every work has it
    """Read the cells of a spreadsheet."""
    return {}, json.dumps(cells_in(file), ensure_ascii=False).encode("utf-8", "replace")


WORKS: Final[dict[str, Callable[[dict[str, Any], BinaryIO], Answer]]] = {
    "check": check,
    "pages": pages,
    "page": page,
    "table": table,
    "watermark": watermark,
}


def limit(memory_bytes: int, cpu_seconds: int, clock_seconds: float) -> None:
    """Bound this process for the rest of its life; the system ends it when it goes beyond."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, clock_seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(nothing, (0, 0))
    sizes = Path("/proc/self/statm")
    if sizes.exists():
        most = int(sizes.read_text().split()[0]) * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    serve()
