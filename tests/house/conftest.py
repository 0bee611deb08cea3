"""One house for all tests of a file."""

from collections.abc import Iterator

import pytest
from houses import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that is ready; the tests of one file share it."""
    running = House(tmp_path_factory.mktemp("house") / "data").start().ready()
    yield running
    running.end()
