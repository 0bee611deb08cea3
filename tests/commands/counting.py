"""Counts what a block of a test sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event

from storage.db import db


@dataclass
class Counted:
    """What went to the database."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counting() -> Iterator[Counted]:
    """Count the statements and commits of a block; what opens a transaction is no statement."""
    counted = Counted()

    def statement(_c: object, _u: object, text: str, *_: object) -> None:
        if not text.startswith(("BEGIN", "PRAGMA")):
            counted.statements.append(text)

    def commit(_c: object) -> None:
        counted.commits += 1

    event.listen(db.engine, "before_cursor_execute", statement)
    event.listen(db.engine, "commit", commit)
    try:
        yield counted
    finally:
        event.remove(db.engine, "before_cursor_execute", statement)
        event.remove(db.engine, "commit", commit)
