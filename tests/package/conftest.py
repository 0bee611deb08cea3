"""The certificate package as it is in bpmn/, to be broken in one place at a time."""

from pathlib import Path

import pytest

from workflows.packages import read_folder

CERTIFICATES = Path(__file__).parents[2] / "bpmn" / "certificate_issuance"


@pytest.fixture(scope="session")
def sound() -> dict[str, bytes]:
    """The files of a package that is deployable."""
    return read_folder(CERTIFICATES)


@pytest.fixture
def files(sound: dict[str, bytes]) -> dict[str, bytes]:
    """A copy of the files that a test may change."""
    return dict(sound)
