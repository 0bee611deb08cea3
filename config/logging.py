"""Logs: one JSON object a line on standard error, with personal patterns masked wherever they turn up."""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
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


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; everything in it, tracebacks too, goes through the mask."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        for name, value in record.__dict__.items():
            if name not in _FIELDS:
                line[name] = _masked(value)
        if record.exc_info:
            line["error"] = mask(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = mask(record.stack_info)
        return json.dumps(line, ensure_ascii=False, default=lambda value: mask(str(value)))


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


def configure_logging(level: str = "INFO") -> None:
    """Send every logger's lines to standard error. Statements of SQLAlchemy are never logged: they carry values."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("sqlalchemy.engine", "urllib3", "minio", "PIL", "pikepdf", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
