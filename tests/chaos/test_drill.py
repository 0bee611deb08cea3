"""The drill itself: what it kills, what it refuses, and that it finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.drill import HOUSE_EVERY, parts
from tests.chaos.run import NONE_OF, drill

ROOT = Path(__file__).parents[2]


def test_everything_is_killed_in_turn() -> None:
    turn = parts(100, with_database=True)
    assert set(turn) == {"web", "web process", "worker", "object store", "database", "house"}
    assert turn.count("house") == 100 // HOUSE_EVERY
    assert min(turn.count(part) for part in ("web", "worker", "object store", "database")) >= 15
    assert "database" not in parts(100, with_database=False)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_database_that_holds_something_is_left_alone(database, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.run", "--db", database.url, "--kills", "1"]
    before = Path(database.url.removeprefix("sqlite:///")).read_bytes()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "wants an empty one of its own" in ended.stderr
    assert Path(database.url.removeprefix("sqlite:///")).read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_ten_kills_lose_and_double_nothing(kind: str) -> None:
    row = drill(kind, 10, 6)
    assert row["acknowledged"] > 20
    assert {name: row[name] for name in NONE_OF} == dict.fromkeys(NONE_OF, 0)
    assert row["chain_ok"]
    assert row["replay_ok"]
    assert (row["errors"], row["refused"]) == (0, 0)
