"""The cast of the command tests, also for drills."""

import sys
from pathlib import Path

import pytest
from argon2 import PasswordHasher

for folder in ("commands", "api", "house"):
    sys.path.append(str(Path(__file__).parents[1] / folder))

from people_at_work import Cast, house_of  # noqa: E402 - the tests' folders had to be named first

from storage.unit_of_work import UnitOfWork  # noqa: E402
from workflows import deployed, passwords  # noqa: E402
from workflows.queries import stepper  # noqa: E402


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2id with the smallest parameters: what is tested here is not its cost."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(autouse=True)
def nothing_deployed_yet() -> None:
    """Seeded ids come again in every test, so what an earlier test deployed under one of them is forgotten."""
    deployed._kept.clear()
    stepper._kept.clear()


@pytest.fixture
def cast(uow: UnitOfWork) -> Cast:
    """Everybody, in a house with the certificate process deployed."""
    return house_of(uow)
