"""Clock and ids as ports: tests and replay bring their own, nothing else reads the time or draws an id."""

import random
from datetime import UTC, datetime, timedelta
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


class FixedClock:
    """A clock that stands still until it is told to go on: for scenarios, tests and replay."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Go on by a span and return the new present."""
        self._now += by
        return self._now


class HeldClock:
    """A clock that stands still while a command runs: its checks, its step and its event share one instant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: datetime | None = None

    def now(self) -> datetime:
        return self._held or self._clock.now()

    def hold(self) -> None:
        """Stop at the present."""
        self._held = self._clock.now()

    def release(self) -> None:
        """Go on."""
        self._held = None


class SeededIds:
    """The same ids in the same order for the same seed: for scenarios, tests and replay, never for production."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose

    def new(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)
