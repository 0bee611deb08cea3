"""What has to be so before web and worker start: schema, safe database, the packages of bpmn/, a way in.

`python -m service.prepare [FD]`: a step of `zhupi up`, and the first container of a compose file. Progress goes to
standard output; what a person has to read at the end goes to the open file descriptor FD, if one is named.
"""

import os
import sys
from collections.abc import Mapping, Set
from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import aliased

from config.settings import Settings, SettingsError, settings_here
from storage.actor import SYSTEM
from storage.database import check_safety, init_database, migrate
from storage.db import db
from storage.documents import Documents
from storage.errors import DatabaseUnavailable, StoreUnavailable, UnsafeDatabase
from storage.models import Definition, DefinitionCall
from storage.unit_of_work import UnitOfWork, build
from workflows.commands.accounts import make_setup_token
from workflows.commands.packages import deploy_package
from workflows.errors import PackageInvalid
from workflows.handlers import HandlersUnusable, add_handlers
from workflows.packages import called_first, calls_of, read_folder, sha256_of

BPMN = Path(__file__).resolve().parent.parent / "bpmn"


class CannotPrepare(Exception):
    """The installation may not start; the message is a sentence that says what to do."""


def prepare(settings: Settings, folder: Path = BPMN) -> None:
    """Migrate, check the database, deploy what is new in `folder`, and make the bucket of an object store elsewhere.

    Raises CannotPrepare.
    """
    try:
        add_handlers(settings.handlers)
        migrate(settings)
        with _application(settings).app_context():
            check_safety()
            click.echo("  database")
            _deploy_all(build(settings), folder)
            db.session.remove()
            db.engine.dispose()
        if settings.s3_endpoint is not None:
            Documents(settings).prepare()
    except (UnsafeDatabase, HandlersUnusable) as reason:
        raise CannotPrepare(str(reason)) from None
    except DatabaseUnavailable as reason:
        message = f"The database does not answer: is ZHUPI_DATABASE_URL right, and does it run? ({reason.__cause__})"
        raise CannotPrepare(message) from None
    except StoreUnavailable as reason:
        message = f"The object store does not answer: are ZHUPI_S3_ENDPOINT and its keys right? ({reason.__cause__})"
        raise CannotPrepare(message) from None


def first_words(settings: Settings) -> str:
    """Return how to make the first administrator while there is none, with a new set-up token; else nothing."""
    with _application(settings).app_context():
        token = make_setup_token(build(settings))
    if token is None:
        return ""
    return (
        f"There is no account yet. Make the first administrator at {settings.public_url}/setup\n"
        f"with this set-up token, which works once: {token}\n"
    )


def _application(settings: Settings) -> Flask:
    app = Flask("zhupi.prepare")
    init_database(app, settings)
    return app


def _deploy_all(uow: UnitOfWork, folder: Path) -> None:
    """Deploy what is new in a folder, what is called before its callers."""
    news: set[str] = set()
    for package in called_first(path.parent for path in folder.glob("*/manifest.toml")):
        if _deploy(uow, package, news):
            news.add(package.name)


def _deploy(uow: UnitOfWork, folder: Path, news: Set[str]) -> bool:
    """Deploy a package unless exactly this content was deployed before, be it as an older version.

    Whoever published another version since then must not find it undone by a restart. Callers of the processes in
    `news`, which this very start deployed, are deployed anew. Tells whether there is a new version.
    """
    files = read_folder(folder)
    if not news & set(calls_of(files)) and _was_deployed(files):
        return False
    try:
        deployed = deploy_package(uow, SYSTEM, files, note="bpmn/" + folder.name)
    except PackageInvalid as refused:
        click.echo(
            f"  bpmn/{folder.name} is not deployable; zhupi lint bpmn/{folder.name} says why:", err=True
        )
        for finding in refused.findings[:5]:
            click.echo(f"    {finding.file}: {finding.message}", err=True)
        return False
    click.echo(f"  deployed {deployed.process_key} version {deployed.version}")
    return True


def _was_deployed(files: Mapping[str, bytes]) -> bool:
    """Tell whether these files were deployed before, whatever versions of others they were bound to then."""
    if not calls_of(files):
        alone = select(Definition.id).where(Definition.sha256 == sha256_of(files)).limit(1)
        return db.session.scalar(alone) is not None
    called = aliased(Definition)
    rows = db.session.execute(
        select(Definition.id, Definition.sha256, DefinitionCall.process_key, called.sha256)
        .join(DefinitionCall, DefinitionCall.definition_id == Definition.id)
        .join(called, called.id == DefinitionCall.called_id)
    )
    bound: dict[tuple[UUID, str], dict[str, str]] = {}
    for definition_id, sha256, called_key, called_sha256 in rows:
        bound.setdefault((definition_id, sha256), {})[called_key] = called_sha256
    return any(sha256_of(files, calls) == sha256 for (_, sha256), calls in bound.items())


def main(arguments: list[str]) -> int:
    """Prepare the installation of this process's settings: 0 when it may start, 2 when not."""
    try:
        settings = settings_here()
        prepare(settings)
    except (SettingsError, CannotPrepare) as reason:
        click.echo(str(reason), err=True)
        return 2
    with os.fdopen(int(arguments[0]) if arguments else os.dup(1), "w") as notes:
        notes.write(first_words(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
