"""Lends the scenarios of a package an application context: the models' database is bound through Flask."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from flask import Flask

from config.settings import Settings
from storage.database import init_database
from storage.db import db
from storage.embedded_s3 import EmbeddedStoreFailed
from workflows.scenarios.run import Report, run_scenarios

BPMN: Final = Path(__file__).resolve().parent.parent / "bpmn"


class UnknownPackage(Exception):
    """There is no package folder of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no package {key} in bpmn/.")


class StageNotSet(Exception):
    """The temporary house could not be built: the reason is a sentence."""


def play_packages(
    keys: Sequence[str] = (), say: Callable[[str], None] | None = None, folder: Path = BPMN
) -> Report:
    """Play the scenarios of packages by key, of all packages without one. Raises UnknownPackage, StageNotSet."""
    found = sorted(path.parent for path in folder.glob("*/manifest.toml"))
    for key in keys:
        if key not in {path.name for path in found}:
            raise UnknownPackage(key)
    chosen = [path for path in found if not keys or path.name in keys]
    try:
        return run_scenarios(chosen, _open_database, say)
    except EmbeddedStoreFailed as failed:
        raise StageNotSet(failed.sentence) from failed
    except OSError as error:
        sentence = f"{error.filename or 'The temporary folder'} cannot be used: {error.strerror or error}."
        raise StageNotSet(sentence) from error


@contextlib.contextmanager
def _open_database(settings: Settings) -> Iterator[None]:
    app = Flask("zhupi.scenarios")
    init_database(app, settings)
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()
