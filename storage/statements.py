"""Statements as they go to the database: counted for whoever asks, and told in the log when one takes long."""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

if TYPE_CHECKING:
    import sqlalchemy as sa

log = logging.getLogger("zhupi.statements")

LONGEST: Final = 500
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w$:.])\d+(?:\.\d+)?\b")
_NOT_COUNTED: Final = ("BEGIN", "PRAGMA")


class _Counter(threading.local):
    count = 0


_counter = _Counter()


def count_anew() -> None:
    """Begin to count the statements of this thread from 0."""
    _counter.count = 0


def counted() -> int:
    """Return how many statements this thread has sent since `count_anew`; what opens a transaction is none."""
    return _counter.count


def shape_of(statement: str) -> str:
    """Return a statement without anything that may be a value, on one line and at most 500 characters long."""
    return " ".join(_LITERAL.sub("?", statement).split())[:LONGEST]


def watch_statements(engine: sa.Engine, slow_ms: int) -> None:
    """Count the statements of an engine, and log the shape of each that takes longer than `slow_ms` milliseconds."""
    limit = slow_ms / 1000

    @event.listens_for(engine, "before_cursor_execute")
    def _before(_c: Any, _u: Any, statement: str, _p: Any, context: Any, _m: bool) -> None:
        if not statement.startswith(_NOT_COUNTED):
            _counter.count += 1
        if context is not None:
            context.zhupi_began = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def _after(_c: Any, _u: Any, statement: str, _p: Any, context: Any, _m: bool) -> None:
        began = getattr(context, "zhupi_began", None)
        if began is None:
            return
        seconds = time.perf_counter() - began
        if seconds > limit:
            more = {"duration_ms": round(seconds * 1000), "statement": shape_of(statement)}
            log.warning("a statement took long", extra=more)
