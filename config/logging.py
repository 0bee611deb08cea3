"""Logs on standard error: one JSON object a line, or text for a terminal; personal patterns are masked in both.

A line names the request, the case and the route that it belongs to, where these are known; never an address, because
addresses carry what people searched for.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

_ID_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{5})([0-9]{8})([0-9]{3}[0-9Xx])(?![0-9A-Za-z])")
_MOBILE: Final = re.compile(r"(?<![0-9])((?:\+?86[- ]?)?1[3-9][0-9])[- ]?([0-9]{4})[- ]?([0-9]{4})(?![0-9])")
_CARD: Final = re.compile(r"(?<![0-9A-Za-z-])([0-9]{4})(?: ?[0-9]){8,11} ?([0-9]{4})(?![0-9A-Za-z-])")
_MAIL: Final = re.compile(r"(?<![\w.+-])([\w+])[\w.+-]{0,63}@([\w-]{1,63}(?:\.[\w-]{1,63})+)")
_PASSPORT: Final = re.compile(r"(?<![0-9A-Za-z])([A-Z][A-Z]?)([0-9]{5,6})([0-9]{2})(?![0-9A-Za-z])")
_SECRET: Final = re.compile(
    r"""(?ix)\b(password|passwd|secret|token|authorization|cookie|set-cookie|csrf_token|key)("?'?\s*[:=]\s*"?'?)
    (?:(bearer|basic)\s+)?([^\s"',;&}\]]{3,})"""
)
_URL_SECRET: Final = re.compile(r"(?i)([a-z][a-z0-9+.-]*://[^\s/:@]*):([^\s/@]+)@")

_FIELDS: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_PLAIN: Final = frozenset({"request_id", "instance", "number", "method", "route", "status", "duration_ms", "statements"})
"""Fields that we make ourselves and that hold nothing to mask."""

_case: ContextVar[tuple[str, str] | None] = ContextVar("zhupi_case", default=None)


def note_case(instance_id: object, number: str) -> None:
    """Let the lines that this thread writes from now on name a case, until another one or `forget_case`."""
    _case.set((str(instance_id), number))


def forget_case() -> None:
    """Let the lines of this thread name no case: a new request or piece of work begins."""
    _case.set(None)


def mask(text: str) -> str:
    """Hide ID numbers, mobile numbers, card and account numbers, passports, mail addresses and secrets in a text.

    110101********1234, 138****1234, 6222********1234. Ids of ours (UUIDs, hashes) stay readable.
    """
    text = _URL_SECRET.sub(r"\1:***@", text)
    text = _SECRET.sub(lambda match: f"{match[1]}{match[2]}***", text)
    text = _ID_NUMBER.sub(r"\1********\3", text)
    text = _MOBILE.sub(r"\1****\3", text)
    text = _CARD.sub(r"\1********\2", text)
    text = _PASSPORT.sub(lambda match: f"{match[1]}{'*' * len(match[2])}{match[3]}", text)
    return _MAIL.sub(r"\1***@\2", text)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record says beside its message: the case at hand and what was given as `extra`, masked."""
    found: dict[str, Any] = {}
    case = _case.get()
    if case is not None:
        found["instance"], found["number"] = case
    for name, value in record.__dict__.items():
        if name not in _FIELDS:
            found[name] = value if name in _PLAIN else _masked(value)
    return found


class _Lines(logging.Formatter):
    """What both forms share: of an exception its kind and where it was raised, never its message.

    A message may quote what a person typed, and no pattern knows a name or a sentence. The system's own words about a
    number of an error are kept.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802 - their name
        """Return the chain of an exception, the first cause first."""
        parts: list[str] = []
        error: BaseException | None = ei[1]
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            frames = "".join(traceback.format_tb(error.__traceback__))
            parts.insert(0, f"{frames}{type(error).__qualname__}{_system_words(error)}")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return mask("\n".join(parts))


def _system_words(error: BaseException) -> str:
    return f": {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else ""


class JsonLines(_Lines):
    """Formats a record as one line of JSON; everything in it goes through the mask."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = mask(record.stack_info)
        return json.dumps(line, ensure_ascii=False, default=lambda value: mask(str(value)))


class TextLines(_Lines):
    """Formats a record for somebody who watches a terminal: the local time, the message, then what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        more = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{at} {record.levelname.lower():<7} {record.name}: {mask(record.getMessage())}{more}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): _masked(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(member) for member in value]
    if isinstance(value, bool | int | float) or value is None:
        return value if not isinstance(value, int) or abs(value) < 10**9 else mask(str(value))
    return mask(str(value))


def configure_logging(level: str = "INFO", form: str = "auto") -> None:
    """Send every logger's lines to standard error. Statements of SQLAlchemy are never logged: they carry values.

    `form` is json, text, or auto: text on a terminal, JSON everywhere else.
    """
    handler = logging.StreamHandler(sys.stderr)
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler.setFormatter(TextLines() if as_text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("sqlalchemy.engine", "urllib3", "minio", "PIL", "pikepdf", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
