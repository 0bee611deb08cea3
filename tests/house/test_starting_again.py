"""How soon a part that died is started again, and that none waits for another."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from service import supervisor
from service.supervisor import LONGEST_PAUSE, STEADY_AFTER, Watched
from storage.embedded_s3 import EmbeddedS3


class Part:
    """A part that lives or does not, as the test says."""

    def __init__(self) -> None:
        self.lives, self.starts = False, 0

    def start(self) -> None:
        self.starts += 1
        self.lives = True

    def alive(self) -> bool:
        return self.lives


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A clock of the supervisor's that the test sets."""
    at = {"s": 1000.0}
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: at["s"])
    return at


def seconds_until_start(watched: Any, now: dict[str, float]) -> float:
    """Let the part die and look every tenth of a second until it is started again."""
    watched.part.lives = False
    died, starts = now["s"], watched.part.starts
    watched.look()
    while watched.part.starts == starts:
        now["s"] += 0.1
        watched.look()
    return now["s"] - died


def test_a_part_that_lived_for_three_seconds_is_started_again_at_once(now: dict[str, float]) -> None:
    watched: Any = Watched("web", Part())  # type: ignore[arg-type]
    watched.start()
    for _ in range(5):
        now["s"] += STEADY_AFTER + 0.1
        watched.look()
        assert seconds_until_start(watched, now) == 0
        now["s"] += STEADY_AFTER + 0.1
        watched.look()


def test_a_part_that_keeps_dying_is_started_after_pauses_that_grow_to_half_a_minute(
    now: dict[str, float],
) -> None:
    watched: Any = Watched("web", Part())  # type: ignore[arg-type]
    watched.start()
    pauses = [round(seconds_until_start(watched, now)) for _ in range(8)]
    assert pauses == [0, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_store_that_died_is_started_again_without_waiting_until_it_answers(tmp_path: Path) -> None:
    store = EmbeddedS3(tmp_path, "tests", "a secret of the object store")
    endpoint = store.start()
    try:
        assert store.pid is not None
        os.kill(store.pid, signal.SIGKILL)
        while store.alive():
            time.sleep(0.01)
        Watched("object store", store).look()
        assert not answers(endpoint)
        deadline = time.monotonic() + 20
        while not answers(store.endpoint) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answers(store.endpoint)
    finally:
        store.stop()


def answers(endpoint: str | None) -> bool:
    host, _, port = str(endpoint).partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
