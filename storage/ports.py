"""Clock and ids as ports: tests and replay bring their own, nothing else reads the time or draws an id."""

from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""


class Ids(Protocol):
    """Where new ids come from."""

    def new(self) -> UUID:
        """Return an id that was never given out before."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIds:
    """Random version 4 UUIDs."""

    def new(self) -> UUID:
        return uuid4()
