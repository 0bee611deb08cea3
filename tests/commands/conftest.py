"""The cast of every command test, and cheap password hashes."""

import pytest
from argon2 import PasswordHasher
from deadline_reading import work_off
from people_at_work import Case, Cast, begin, house_of
from returning_package import returning_files
from sending_back import sent_in

from storage.actor import SYSTEM
from storage.unit_of_work import UnitOfWork
from workflows import passwords
from workflows.commands.packages import deploy_package


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2id with the smallest parameters: what is tested here is not its cost."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def cast(uow: UnitOfWork) -> Cast:
    """Everybody, in a house with the certificate process deployed."""
    return house_of(uow)


@pytest.fixture
def case(cast: Cast) -> Case:
    """An application that was just begun."""
    return begin(cast)


@pytest.fixture
def sent(cast: Cast) -> Case:
    """An application of the small process for returns that was handed in: both of its branches are open."""
    deploy_package(cast.uow, SYSTEM, returning_files())
    return sent_in(cast)


@pytest.fixture
def in_production(case: Case, cast: Cast) -> Case:
    """A case whose keys are in production since Friday, 20 November."""
    case.submit()
    case.approve()
    case.pay()
    case.confirm()
    work_off(cast)
    return case
