"""Pages of kept files as pictures, made apart from the process that serves people."""

import threading
from collections.abc import Sequence
from typing import Any, Final

from storage.check_process import work_apart
from storage.documents import Opened
from storage.watermarked_copies import MOST_LETTERS

WIDTHS: Final = (480, 800, 1200, 1600, 2400)
"""In pixels: few, so that browsers ask again for what they have."""

AT_ONCE: Final = 2
"""Pages that one process lets draw side by side; files on their way in have turns of their own."""

CPU_SECONDS: Final = 8
CLOCK_SECONDS: Final = 12.0
MOST_PICTURE: Final = 16 * 1024 * 1024

_TURNS: Final = threading.BoundedSemaphore(AT_ONCE)


def pages_of(opened: Opened, media_type: str) -> int:
    """Return how many pages a kept file has. Raises FileRefused, CheckUnavailable, StoreUnavailable."""
    said, _ = _apart(opened, "pages", {"media_type": media_type})
    return int(said["pages"])


def picture_of(
    opened: Opened, media_type: str, number: int, width: int, turn: int, lines: Sequence[str] = ()
) -> bytes:
    """Return page `number` (from 1) as a JPEG, as wide as the next of WIDTHS, turned clockwise by `turn` degrees.

    `lines` are written across it as a watermark.
    Raises FileRefused (page_missing, file_too_intricate), CheckUnavailable, StoreUnavailable.
    """
    fitting = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
    request = {"media_type": media_type, "number": number, "width": fitting, "turn": turn % 360 // 90 * 90}
    request["lines"] = [line[:MOST_LETTERS] for line in lines]
    return _apart(opened, "page", request)[1]


def _apart(opened: Opened, work: str, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    limits = {"cpu_seconds": CPU_SECONDS, "clock_seconds": CLOCK_SECONDS}
    with opened, opened.spooled() as file:
        return work_apart(work, {**request, **limits}, file, _TURNS, most_answer=MOST_PICTURE)
