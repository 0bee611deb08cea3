"""The ISO 8601 texts of timers: what is one, and why another is none (docs/lint.md)."""

import re
from datetime import datetime
from typing import Final

DURATION: Final = re.compile(
    r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
CYCLE: Final = re.compile(r"R(\d{0,4})/(P.+)", re.ASCII)
MOST_DAYS: Final = 366_000
"""A thousand years: no timer is set for longer."""
MOST_WORKING_DAYS: Final = 1_000
_SECONDS: Final = (366 * 86_400, 31 * 86_400, 7 * 86_400, 86_400, 0, 3_600, 60, 1)


def is_bare_timer(form: str, text: str) -> bool:
    """Is the text of a timer a plain ISO 8601 text of its form, and no expression?"""
    if form == "duration":
        return DURATION.fullmatch(text) is not None
    if form == "cycle":
        found = CYCLE.fullmatch(text)
        return found is not None and DURATION.fullmatch(found[2]) is not None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-12-31") or instant.tzinfo is not None


def trouble_of_timer(form: str, text: str, *, working: bool) -> str | None:
    """Why a plain text is no timer that can be set, None if it is one. ``form``: duration, cycle or date.

    ``working``: its days count by the working calendar, which has no hours, weeks or months.
    """
    if form == "date":
        return (
            None if is_bare_timer(form, text) else "it is no ISO 8601 date, nor an instant with a time zone"
        )
    length = text
    if form == "cycle":
        found = CYCLE.fullmatch(text)
        if found is None:
            return "what repeats is written R3/P1D, or R/P1D without end"
        if found[1] and not int(found[1]):
            return "it would never fire"
        length = found[2]
    seconds = _seconds(length)
    if seconds is None:
        return "it is no ISO 8601 duration, such as P3D or PT4H"
    if seconds > MOST_DAYS * 86_400:
        return "it is over a thousand years"
    if working and not (
        re.fullmatch(r"P\d{1,4}D", length, re.ASCII) and 0 < int(length[1:-1]) <= MOST_WORKING_DAYS
    ):
        return f"working days are counted from P1D to P{MOST_WORKING_DAYS}D"
    return "it would fire without end" if form == "cycle" and not seconds else None


def _seconds(text: str) -> float | None:
    """About how long a duration is; None where it is none, or has more than six digits behind the point."""
    found = DURATION.fullmatch(text)
    if found is None or len(found[9] or "") > len(".123456"):
        return None
    parts = found.groups()[:8]
    if any(part and len(part) > 12 for place, part in enumerate(parts) if place != 4):
        return float("inf")
    return sum(
        float(part[:-1]) * weight for part, weight in zip(parts, _SECONDS, strict=True) if part and weight
    )
