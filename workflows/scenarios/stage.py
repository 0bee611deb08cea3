"""Where scenarios are played: a temporary folder with its own secrets, migrated database and object store."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from config.settings import Settings, load_settings, make_secrets
from storage.actor import SYSTEM
from storage.database import migrate
from storage.documents import Documents
from storage.embedded_s3 import EmbeddedS3
from storage.ports import FixedClock, SeededIds
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.packages import deploy_package
from workflows.packages import Package
from workflows.scenarios.casting import engage
from workflows.scenarios.play import Company
from workflows.scenarios.script import Cast

NOON: Final = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
"""When every scenario begins: a Thursday noon in Beijing."""

OpenDatabase = Callable[[Settings], AbstractContextManager[object]]
"""Binds the models to the database of some settings for a while, and lets go of every connection at the end."""


@dataclass(frozen=True)
class Scene:
    """A fresh copy of a prepared house."""

    uow: UnitOfWork
    clock: FixedClock


class Stage:
    """Use as a context manager: what scenarios leave behind is gone afterwards. `var/` is never touched."""

    def __init__(self, open_database: OpenDatabase) -> None:
        self._open_database = open_database
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _build(self) -> None:
        folder = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="zhupi-scenarios-"))
        self._folder = Path(folder)
        make_secrets(self._folder)
        settings = load_settings({"ZHUPI_DATA": folder})
        store = EmbeddedS3(self._folder, settings.s3_access_key, settings.s3_secret_key)
        self._closing.callback(store.stop)
        self._settings = replace(settings, s3_endpoint=store.start(), s3_secure=False)
        self._documents = Documents(self._settings)
        self._documents.prepare()
        self._empty = self._folder / "empty.sqlite"
        migrate(self._with(self._empty))

    def prepare(self, package: Package, cast: Cast) -> tuple[Path, Company]:
        """Deploy a package, with what it calls, and engage its cast through the real commands; return the database to copy, and who is who."""
        path = self._folder / f"{package.key}.sqlite"
        shutil.copyfile(self._empty, path)
        with self._opened(path, package.sha256) as scene:  # ids of its own: loaded packages are cached by id
            _deploy(scene.uow, package)
            company = engage(scene.uow, package, cast)
        return path, company

    @contextlib.contextmanager
    def scene(self, prepared: Path, seed: str) -> Iterator[Scene]:
        """Open a copy of a prepared database, with its own clock and ids, for one scenario."""
        path = self._folder / "scene.sqlite"
        shutil.copyfile(prepared, path)
        try:
            with self._opened(path, seed) as scene:
                yield scene
        finally:
            for file in self._folder.glob("scene.sqlite*"):
                file.unlink()

    @contextlib.contextmanager
    def _opened(self, path: Path, seed: str) -> Iterator[Scene]:
        settings = self._with(path)
        clock = FixedClock(NOON)
        with self._open_database(settings):
            yield Scene(build(settings, clock=clock, ids=SeededIds(seed), documents=self._documents), clock)

    def _with(self, path: Path) -> Settings:
        return replace(self._settings, database_url=f"sqlite:///{path}")


def _deploy(uow: UnitOfWork, package: Package) -> None:
    """Deploy a package after what it calls."""
    for called in {one.key: one for one in package.calls.values()}.values():
        _deploy(uow, called)
    deploy_package(uow, SYSTEM, package.files)
