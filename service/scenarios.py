"""Lends the scenarios of a package an application context: the models' database is bound through Flask."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from flask import Flask

from config.settings import Settings
from storage.database import init_database
from storage.db import db
from workflows.scenarios.run import Report, run_scenarios

BPMN: Final = Path(__file__).resolve().parent.parent / "bpmn"


class UnknownPackage(Exception):
    """There is no package folder of this key."""


def play_packages(
    keys: Sequence[str] = (), say: Callable[[str], None] | None = None, folder: Path = BPMN
) -> Report:
    """Play the scenarios of packages by key, of all packages without one. Raises UnknownPackage, OSError."""
    found = sorted(path.parent for path in folder.glob("*/manifest.toml"))
    for key in keys:
        if key not in {path.name for path in found}:
            raise UnknownPackage(key)
    return run_scenarios([path for path in found if not keys or path.name in keys], _open_database, say)


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
