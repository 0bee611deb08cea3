"""Copies of kept files with a watermark, made apart from the process that serves people."""

import threading
from collections.abc import Sequence
from typing import Final

from storage.check_process import work_apart
from storage.documents import Opened

AT_ONCE: Final = 2
"""Copies that one process lets make side by side."""

CPU_SECONDS: Final = 20
CLOCK_SECONDS: Final = 30.0
MOST_COPY: Final = 128 * 1024 * 1024
MOST_LETTERS: Final = 60
"""Of a line; what is longer is cut."""

_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


def watermarked(opened: Opened, media_type: str, lines: Sequence[str]) -> bytes:
    """Return a copy of a kept PDF, JPEG or PNG with the lines across it.

    Raises FileRefused (file_damaged, file_too_intricate), CheckUnavailable, StoreUnavailable.
    """
    limits = {"cpu_seconds": CPU_SECONDS, "clock_seconds": CLOCK_SECONDS}
    request = {"media_type": media_type, "lines": [line[:MOST_LETTERS] for line in lines]}
    with opened, opened.spooled() as file:
        return work_apart("watermark", {**request, **limits}, file, _TURNS, most_answer=MOST_COPY)[1]
