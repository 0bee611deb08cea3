"""The cast of every command test, and cheap password hashes."""

import pytest
from argon2 import PasswordHasher
from people_at_work import Case, Cast, begin, house_of

from storage.unit_of_work import UnitOfWork
from workflows import deployed, passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2id with the smallest parameters: what is tested here is not its cost."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(autouse=True)
def nothing_deployed_yet() -> None:
    """Seeded ids come again in every test, so what an earlier test deployed under one of them is forgotten."""
    deployed._kept.clear()


@pytest.fixture
def cast(uow: UnitOfWork) -> Cast:
    """Everybody, in a house with the certificate process deployed."""
    return house_of(uow)


@pytest.fixture
def case(cast: Cast) -> Case:
    """An application that was just begun."""
    return begin(cast)
